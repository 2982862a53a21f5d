//! Subscriptions, and what the subscribers get.

mod course;
mod emulator;
mod queue;

use serde_json::{Value, json};

use super::{Feed, LogFormat, Subscriber, Task, Telemetry};
use crate::protocol::{Actor, Function, Mode};

const MANAGED: Mode = Mode::ManagedInstances { max_concurrency: 2 };

const WHO: Subscriber<'static> = Subscriber {
    name: "ext1",
    actor: Actor::Extension(0),
    exchange: 7,
};

fn telemetry(mode: Mode) -> Telemetry {
    Telemetry::new(mode, Function::of_tests(), LogFormat::Text)
}

/// A right document of this version, with these members instead of its own; null leaves one out.
fn document(version: &str, members: &Value) -> Vec<u8> {
    let mut document = json!({
        "schemaVersion": version,
        "types": ["platform", "function", "extension"],
        "destination": {"protocol": "HTTP", "URI": "http://sandbox.localdomain:4243/path?a=b"},
    });
    for (name, value) in members.as_object().into_iter().flatten() {
        let all = document.as_object_mut().expect("an object");
        match value {
            Value::Null => drop(all.remove(name)),
            value => drop(all.insert(name.clone(), value.clone())),
        }
    }
    document.to_string().into_bytes()
}

/// Status and body of the reply to a subscription.
fn asked(telemetry: &mut Telemetry, feed: Feed, body: &[u8]) -> (u16, String) {
    let reply = telemetry.subscribe(feed, &WHO, body, 0);
    let body = String::from_utf8(reply.body).expect("text");
    (reply.status, body)
}

/// The batches that go out now.
fn sent(telemetry: &mut Telemetry) -> Vec<String> {
    let tasks = telemetry.take_tasks().into_iter();
    let bodies = tasks.filter_map(|task| match task {
        Task::Post { body, .. } => Some(String::from_utf8_lossy(&body).into_owned()),
        Task::Flush { .. } | Task::Again { .. } => None,
    });
    bodies.collect()
}

#[test]
fn a_right_document_is_taken_and_a_second_one_changes_nothing() {
    for (feed, version) in [
        (Feed::Telemetry, "2022-07-01"),
        (Feed::Telemetry, "2022-12-13"),
        (Feed::Telemetry, "2025-01-29"),
        (Feed::Logs, "2020-08-15"),
        (Feed::Logs, "2021-03-18"),
    ] {
        let mut telemetry = telemetry(Mode::OnDemand);
        let body = document(version, &json!({}));
        for _ in 0..2 {
            let reply = asked(&mut telemetry, feed, &body);
            assert_eq!(reply, (200, "\"OK\"".to_owned()), "{version}");
        }
        telemetry.flush();
        assert_eq!(sent(&mut telemetry).len(), 1);
        assert_eq!(telemetry.subscription_of(WHO.actor), Some(7));
    }
}

#[test]
fn the_logs_api_has_a_schema_of_its_own_by_default() {
    let body = document("", &json!({"schemaVersion": null}));
    let reply = asked(&mut telemetry(Mode::OnDemand), Feed::Logs, &body);
    assert_eq!(reply.0, 200);
    let reply = asked(&mut telemetry(Mode::OnDemand), Feed::Telemetry, &body);
    assert_eq!(reply.0, 400);
}

#[test]
fn a_subscription_by_the_other_api_is_refused() {
    let mut telemetry = telemetry(Mode::OnDemand);
    let body = document("2022-07-01", &json!({}));
    assert_eq!(asked(&mut telemetry, Feed::Telemetry, &body).0, 200);
    let (status, text) = asked(
        &mut telemetry,
        Feed::Logs,
        &document("2020-08-15", &json!({})),
    );
    assert_eq!(status, 400);
    assert!(text.contains("\"Logs.ValidationError\""), "{text}");
}

#[test]
fn after_the_initialisation_a_right_document_is_too_late() {
    let closed = |feed, version: &str| {
        let mut telemetry = telemetry(Mode::OnDemand);
        telemetry.close();
        assert_eq!(asked(&mut telemetry, feed, b"{}").0, 400);
        asked(&mut telemetry, feed, &document(version, &json!({})))
    };
    let body = |api: &str| {
        format!(
            "{{\"errorMessage\":\"{api} API subscription is closed\",\"errorType\":\"{api}.SubscriptionClosed\"}}\n"
        )
    };
    assert_eq!(
        closed(Feed::Telemetry, "2022-12-13"),
        (403, body("Telemetry"))
    );
    assert_eq!(closed(Feed::Logs, "2020-08-15"), (403, body("Logs")));
}

/// The message of a refusal.
fn message(mode: Mode, feed: Feed, body: &[u8]) -> String {
    let (status, text) = asked(&mut telemetry(mode), feed, body);
    assert_eq!(status, 400, "{text}");
    let kind = feed.validation_error();
    let before = format!(r#"{{"errorType": "{kind}", "errorMessage": ""#);
    let message = text
        .strip_prefix(&before)
        .and_then(|text| text.strip_suffix("\"}"));
    message.unwrap_or_default().to_owned()
}

#[test]
fn on_demand_all_faults_are_told() {
    let check = |members: Value, expect: &str| {
        let body = document("2022-12-13", &members);
        assert_eq!(message(Mode::OnDemand, Feed::Telemetry, &body), expect);
    };
    let to = |uri: &str| json!({"protocol": "HTTP", "URI": uri});
    check(
        json!({"types": [], "destination": to("http://sandbox.localdomain")}),
        "URI port is not provided; types should not be empty",
    );
    check(
        json!({"schemaVersion": "2022-12-12"}),
        "schemaVersion should be one of 2022-07-01, 2022-12-13, 2025-01-29",
    );
    check(
        json!({"types": ["platform", "other"]}),
        "types should be platform, function or extension",
    );
    for (uri, expect) in [
        ("https://sandbox.localdomain:1", "URI scheme should be http"),
        (
            "http://localhost:1",
            "URI host should be sandbox.localdomain",
        ),
        ("http://sandbox:0", "URI port is not valid"),
        ("http://sandbox:x", "URI port is not valid"),
    ] {
        check(json!({"destination": to(uri)}), expect);
    }
    check(json!({"destination": null}), "destination is not provided");
    check(
        json!({"destination": {"protocol": "UDP"}}),
        "protocol should be HTTP or TCP",
    );
    check(
        json!({"destination": {"protocol": "TCP", "port": 65_536}}),
        "port is not provided",
    );
    check(
        json!({"buffering": {"maxItems": 999, "maxBytes": 262_143, "timeoutMs": 24}}),
        "maxItems should be between 1000 and 10000; maxBytes should be between 262144 and 1048576; timeoutMs should be between 25 and 30000",
    );
    check(json!({"buffering": []}), "buffering should be an object");
    let other = message(Mode::OnDemand, Feed::Logs, b"[]");
    assert_eq!(other, "the body is not a JSON object");
}

/// What the emulator was seen to answer.
#[test]
fn managed_instances_tell_the_first_fault_in_the_words_of_a_validator() {
    let told = |body: &[u8]| message(MANAGED, Feed::Telemetry, body);
    let check = |members: Value, at: &str, keyword: &str, expect: &str| {
        let schema = "file:///var/task/telemetry-subscription-schema.json";
        assert_eq!(
            told(&document("2025-01-29", &members)),
            format!(
                "schema validation error: jsonschema: '{at}' does not validate with {schema}#{keyword}: {expect}"
            )
        );
    };
    let version = "/properties/schemaVersion";
    let only = r#"value must be "2025-01-29""#;
    for other in ["2022-07-01", "2022-12-13"] {
        let members = json!({"schemaVersion": other});
        check(members, "/schemaVersion", &format!("{version}/enum"), only);
    }
    check(
        json!({"schemaVersion": 3}),
        "/schemaVersion",
        &format!("{version}/type"),
        "expected string, but got number",
    );
    check(
        json!({"types": ["bad"]}),
        "/types/0",
        "/properties/types/items/enum",
        r#"value must be one of "platform", "function", "extension""#,
    );
    check(
        json!({"types": []}),
        "/types",
        "/properties/types/minItems",
        "minimum 1 items required, but found 0 items",
    );
    check(
        json!({"schemaVersion": null, "types": null, "destination": null}),
        "",
        "/required",
        "missing properties: 'schemaVersion', 'types', 'destination'",
    );
    check(
        json!({"destination": {"protocol": "TCP"}}),
        "/destination",
        "/properties/destination/oneOf/0/required",
        "missing properties: 'URI'",
    );
    check(
        json!({"buffering": {"maxBytes": 2_000_000}}),
        "/buffering/maxBytes",
        "/properties/buffering/properties/maxBytes/maximum",
        "must be <= 1.048576e+06 but found 2e+06",
    );
    check(
        json!({"buffering": {"timeoutMs": 24.5}}),
        "/buffering/timeoutMs",
        "/properties/buffering/properties/timeoutMs/type",
        "expected integer, but got number",
    );
}

#[test]
fn managed_instances_refuse_other_hosts_and_bodies() {
    let told = |body: &[u8]| message(MANAGED, Feed::Telemetry, body);
    let elsewhere = json!({"destination": {"protocol": "HTTP", "URI": "http://127.0.0.1:1"}});
    assert_eq!(
        told(&document("2025-01-29", &elsewhere)),
        "Invalid destination: destination.URI host must be sandbox.localdomain"
    );
    assert_eq!(
        told(b""),
        "failed to parse JSON: unexpected end of JSON input"
    );
    assert_eq!(
        told(b"[]"),
        "failed to parse JSON: json: cannot unmarshal array into Go value of type map[string]interface {}"
    );
}
