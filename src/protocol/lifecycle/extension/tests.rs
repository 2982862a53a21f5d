//! The replies of the Extensions API, call by call.

use super::*;

use crate::http1::{Head, Header};
use crate::protocol::ErrorBody;

fn registration(name: &str, body: &str) -> OtherCall {
    OtherCall {
        head: Head::of("POST", &[(header::EXTENSION_NAME, name)]),
        body: body.as_bytes().to_vec(),
        ..OtherCall::default()
    }
}

/// The status, and the type and the text of an error document.
fn told(reply: &OtherReply) -> (u16, String, String) {
    let error: ErrorBody = serde_json::from_slice(&reply.body).unwrap_or(ErrorBody::new("", ""));
    (reply.status, error.error_type, error.error_message)
}

fn of(identifier: &str) -> OtherCall {
    OtherCall {
        head: Head::of(
            "POST",
            &[
                (header::EXTENSION_IDENTIFIER, identifier),
                (header::EXTENSION_ERROR_TYPE, "Extension.Reason"),
            ],
        ),
        ..OtherCall::default()
    }
}

fn registered() -> (Extensions, String) {
    let mut extensions = Extensions::new(Mode::OnDemand, Function::of_tests(), &[]);
    let reply = extensions.register(&registration("one", r#"{"events":[]}"#));
    assert_eq!(reply.status, 200);
    let header = reply
        .headers
        .iter()
        .find(|(name, _)| *name == header::EXTENSION_IDENTIFIER);
    let identifier = header.expect("an identifier").1.clone();
    (extensions, identifier)
}

#[test]
fn a_registration_tells_the_function() {
    let mut extensions = Extensions::new(Mode::OnDemand, Function::of_tests(), &[]);
    let reply = extensions.register(&registration("one", r#"{"events":["INVOKE"]}"#));
    let body =
        r#"{"functionName":"function","functionVersion":"$LATEST","handler":"main.handler"}"#;
    assert_eq!(String::from_utf8_lossy(&reply.body), format!("{body}\n"));
    let mut asks = registration("two", "{}");
    let features = Header::new(header::EXTENSION_FEATURES, "other, accountId");
    asks.head.headers.push(features);
    let reply = extensions.register(&asks);
    assert!(
        reply
            .body
            .starts_with(br#"{"accountId":"123456789012","functionName""#)
    );
}

#[test]
fn registrations_are_refused_in_the_words_of_the_service() {
    let (mut extensions, _) = registered();
    let mut check = |name: &str, body: &str, error_type: &str, message: &str| {
        let reply = extensions.register(&registration(name, body));
        let expect = (403, error_type.to_owned(), message.to_owned());
        assert_eq!(told(&reply), expect, "{name} {body}");
    };
    let nothing = "Extension.InvalidExtensionName";
    check("", "", nothing, "Empty extension name");
    let format = "InvalidRequestFormat";
    check("two", "", format, "unexpected end of JSON input");
    check(
        "two",
        r#"{"events":["#,
        format,
        "unexpected end of JSON input",
    );
    check(
        "two",
        "x",
        format,
        "invalid character 'x' looking for beginning of value",
    );
    check(
        "two",
        r#"{"events":[],"configurationKeys":["a"]}"#,
        format,
        "configurationKeys are deprecated; use environment variables instead",
    );
    let kind = "Extension.InvalidEventType";
    check(
        "two",
        r#"{"events":["OTHER"]}"#,
        kind,
        "OTHER: ErrorInvalidEventType",
    );
    check(
        "two",
        r#"{"events":["INVOKE","SHUTDOWN"]}"#,
        kind,
        "SHUTDOWN: ShutdownEventNotSupportedForInternalExtension",
    );
    let state = "Extension.InvalidExtensionState";
    check(
        "one",
        "{}",
        state,
        "Extension with this name already registered",
    );
}

#[test]
fn ten_may_register_and_none_after_the_first_poll_of_the_runtime() {
    let mut extensions = Extensions::new(Mode::OnDemand, Function::of_tests(), &[]);
    for name in "abcdefghij".split("").filter(|name| !name.is_empty()) {
        assert_eq!(extensions.register(&registration(name, "{}")).status, 200);
    }
    let (_, kind, message) = told(&extensions.register(&registration("k", "{}")));
    assert_eq!(kind, "Extension.TooManyExtensions");
    assert_eq!(message, "Extension limit (10) reached");
    extensions.close();
    let (_, kind, _) = told(&extensions.register(&registration("k", "{}")));
    assert_eq!(kind, "Extension.RegistrationClosed");
}

#[test]
fn a_poll_is_held_once() {
    let (mut extensions, identifier) = registered();
    assert_eq!(
        extensions.event_next(&of(&identifier.to_uppercase())),
        OtherRuling::Hold
    );
    let OtherRuling::Reply(reply) = extensions.event_next(&of(&identifier)) else {
        panic!("a second poll is held");
    };
    let message = format!(
        "State transition from Ready to Ready failed for extension {identifier}. Error: State transition is not allowed"
    );
    assert_eq!(
        told(&reply),
        (403, "Extension.InvalidExtensionState".to_owned(), message)
    );
}

#[test]
fn identifiers_are_looked_at() {
    let (mut extensions, _) = registered();
    let other = "00000000-0000-0000-0000-000000000000";
    for (identifier, kind) in [
        ("", "Extension.MissingExtensionIdentifier"),
        ("e7e45101", "Extension.InvalidExtensionIdentifier"),
        (other, "Extension.UnknownExtensionIdentifier"),
    ] {
        let OtherRuling::Reply(next) = extensions.event_next(&of(identifier)) else {
            panic!("{identifier} may poll");
        };
        for reply in [
            next,
            extensions.init_error(&of(identifier)),
            extensions.exit_error(&of(identifier)),
        ] {
            assert_eq!((told(&reply).0, told(&reply).1.as_str()), (403, kind));
        }
    }
}

#[test]
fn failures_are_taken_with_their_type() {
    let (mut extensions, identifier) = registered();
    let bare = OtherCall {
        head: Head::of("POST", &[(header::EXTENSION_IDENTIFIER, &identifier)]),
        ..OtherCall::default()
    };
    let missing = "Lambda-Extension-Function-Error-Type not found".to_owned();
    let expect = (403, "Extension.MissingHeader".to_owned(), missing);
    assert_eq!(told(&extensions.init_error(&bare)), expect);
    assert_eq!(told(&extensions.exit_error(&bare)), expect);
    assert_eq!(extensions.event_next(&of(&identifier)), OtherRuling::Hold);
    assert_eq!(extensions.init_error(&of(&identifier)).status, 403);
    assert_eq!(extensions.exit_error(&of(&identifier)).status, 202);
    assert_eq!(extensions.exit_error(&of(&identifier)).status, 202);
    let (mut extensions, identifier) = registered();
    assert_eq!(extensions.init_error(&of(&identifier)).status, 202);
    assert_eq!(extensions.exit_error(&of(&identifier)).status, 403);
}

/// An external extension that has registered for both events.
fn external() -> (Extensions, String) {
    let mut extensions = Extensions::new(
        Mode::OnDemand,
        Function::of_tests(),
        &["watcher".to_owned()],
    );
    assert!(!extensions.have_registered());
    let both = r#"{"events":["INVOKE","SHUTDOWN"]}"#;
    assert_eq!(
        extensions.register(&registration("watcher", both)).status,
        200
    );
    assert!(extensions.have_registered());
    (extensions, identifier(0))
}

fn text(told: &[(usize, OtherReply)]) -> (usize, String) {
    let [(poll, reply)] = told else {
        panic!("one is told: {told:?}");
    };
    (*poll, String::from_utf8_lossy(&reply.body).into_owned())
}

const INVOKE: Invoke<'static> = Invoke {
    request_id: "id",
    deadline_ms: 7,
    function_arn: "arn",
    trace_id: Some("Root=1"),
};

#[test]
fn an_external_extension_is_told_of_invocations_and_of_the_end() {
    let (mut extensions, identifier) = external();
    let poll = |exchange| OtherCall {
        exchange,
        ..of(&identifier)
    };
    assert_eq!(extensions.shutdown_ms(), 2000);
    assert_eq!(extensions.awaited_external(), Some(0));
    assert_eq!(extensions.event_next(&poll(5)), OtherRuling::Hold);
    assert!(extensions.are_ready());
    assert_eq!(extensions.poll_of(0, 0), Some(5));
    let invoke = r#"{"eventType":"INVOKE","deadlineMs":7,"requestId":"id","invokedFunctionArn":"arn","tracing":{"type":"X-Amzn-Trace-Id","value":"Root=1"}}"#;
    assert_eq!(text(&extensions.invoke(&INVOKE)), (5, invoke.to_owned()));
    assert!(!extensions.are_ready());
    assert_eq!(extensions.shut_down("spindown", 9), []);
    let OtherRuling::Reply(reply) = extensions.event_next(&poll(6)) else {
        panic!("it waits for nothing any more");
    };
    let end = r#"{"eventType":"SHUTDOWN","deadlineMs":9,"shutdownReason":"spindown"}"#;
    assert_eq!(text(&[(6, reply)]), (6, end.to_owned()));
    // It is told once.
    assert_eq!(extensions.event_next(&poll(7)), OtherRuling::Hold);
}

#[test]
fn with_an_internal_extension_a_runtime_has_its_whole_time_and_on_managed_instances_its_part() {
    for (mode, budget_ms, runtime_ms) in [
        (Mode::OnDemand, 500, 500),
        (Mode::ManagedInstances { max_concurrency: 2 }, 2000, 600),
    ] {
        let mut extensions = Extensions::new(mode, Function::of_tests(), &[]);
        assert_eq!(extensions.shutdown_ms(), 0);
        let reply = extensions.register(&registration("one", r#"{"events":[]}"#));
        assert_eq!((reply.status, extensions.shutdown_ms()), (200, budget_ms));
        assert_eq!(extensions.runtime_ms(budget_ms), runtime_ms);
    }
}

#[test]
fn beside_an_external_extension_a_runtime_has_a_part_of_the_time() {
    let (mut extensions, _) = external();
    extensions.register(&registration("inside", r#"{"events":[]}"#));
    assert_eq!(extensions.runtime_ms(extensions.shutdown_ms()), 600);
}

#[test]
fn an_internal_extension_is_told_of_invocations_only_and_waited_for() {
    let mut extensions = Extensions::new(Mode::OnDemand, Function::of_tests(), &[]);
    assert_eq!(extensions.shutdown_ms(), 0);
    extensions.register(&registration("one", r#"{"events":["INVOKE"]}"#));
    assert_eq!(
        (extensions.shutdown_ms(), extensions.are_ready()),
        (500, false)
    );
    assert_eq!(extensions.awaited_external(), None);
    let poll = OtherCall {
        exchange: 3,
        ..of(&identifier(0))
    };
    assert_eq!(extensions.event_next(&poll), OtherRuling::Hold);
    let bare = Invoke {
        trace_id: None,
        ..INVOKE
    };
    let invoke =
        r#"{"eventType":"INVOKE","deadlineMs":7,"requestId":"id","invokedFunctionArn":"arn"}"#;
    assert_eq!(text(&extensions.invoke(&bare)), (3, invoke.to_owned()));
    assert_eq!(extensions.invoke(&bare), []);
    assert!(!extensions.are_ready());
    assert_eq!(extensions.event_next(&poll), OtherRuling::Hold);
    assert_eq!(extensions.shut_down("failure", 9), []);
}

#[test]
fn one_that_was_started_registers_once_and_at_any_time() {
    let mut extensions = Extensions::new(
        Mode::OnDemand,
        Function::of_tests(),
        &["watcher".to_owned()],
    );
    extensions.close();
    assert_eq!(
        extensions.register(&registration("watcher", "{}")).status,
        200
    );
    let (_, kind, message) = told(&extensions.register(&registration("watcher", "{}")));
    assert_eq!(kind, "Extension.InvalidExtensionState");
    let expect = "State transition from Registered to Registered failed for extension watcher. Error: State transition is not allowed";
    assert_eq!(message, expect);
}

#[test]
fn one_that_has_reported_an_error_is_waited_for_all_the_same() {
    let (mut extensions, identifier) = registered();
    assert_eq!(extensions.init_error(&of(&identifier)).status, 202);
    assert!(!extensions.are_ready());
    let (mut extensions, identifier) = external();
    let poll = OtherCall {
        exchange: 4,
        ..of(&identifier)
    };
    assert_eq!(extensions.event_next(&poll), OtherRuling::Hold);
    assert_eq!(extensions.exit_error(&of(&identifier)).status, 202);
    assert!(extensions.are_ready());
    let polls = extensions.invoke(&INVOKE);
    let [(4, reply)] = polls.as_slice() else {
        panic!("its poll is answered: {polls:?}");
    };
    let message = format!(
        "State transition from ExitError to Ready failed for extension {identifier}. Error: Concurrent state modification"
    );
    let kind = "Extension.InvalidExtensionState".to_owned();
    assert_eq!(told(reply), (403, kind, message));
    assert!(!extensions.are_ready());
}

#[test]
fn on_managed_instances_nobody_is_told_of_invocations() {
    let managed = Mode::ManagedInstances { max_concurrency: 2 };
    let mut extensions = Extensions::new(managed, Function::of_tests(), &["watcher".to_owned()]);
    let mut check = |name: &str, body: &str, expect: &str| {
        let reply = extensions.register(&registration(name, body));
        assert_eq!(told(&reply).2, expect, "{name} {body}");
    };
    let invoke = r#"{"events":["INVOKE"]}"#;
    let shutdown = r#"{"events":["SHUTDOWN"]}"#;
    let none = "No events allowed for internal extensions";
    check("watcher", invoke, "INVOKE: ErrorInvalidEventType");
    check("watcher", shutdown, "");
    let twice = "State transition from Registered to Registered failed for extension watcher. Error: state transition is not allowed";
    check("watcher", shutdown, twice);
    check("one", invoke, none);
    check("one", shutdown, none);
    check("one", r#"{"events":[]}"#, "");
}

#[test]
fn an_identifier_is_known_in_each_form_of_a_uuid() {
    let (mut extensions, identifier) = registered();
    let bare = identifier.replace('-', "");
    for form in [
        format!("{{{identifier}}}"),
        format!("URN:UUID:{identifier}"),
        bare.clone(),
    ] {
        let reply = extensions.init_error(&of(&form));
        assert_eq!(reply.status, 202, "{form}");
    }
    for form in [
        format!("{bare}0"),
        format!("urn:uuid:{bare}"),
        format!("{{{identifier}"),
    ] {
        let (_, kind, _) = told(&extensions.init_error(&of(&form)));
        assert_eq!(kind, "Extension.InvalidExtensionIdentifier", "{form}");
    }
}
