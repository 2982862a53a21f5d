//! Extensions in addition to the runtime.

use super::*;
use crate::http1::Head;
use crate::protocol::header;
use crate::service::engine::command::Timer;

const REGISTER: &str = "/2020-01-01/extension/register";
const EVENT_NEXT: &str = "/2020-01-01/extension/event/next";
const RUNTIME: Actor = Actor::Runtime;
const WATCHER: Actor = Actor::Extension(0);

fn script() -> Script {
    let cases = read(&embedded()).expect("our cases");
    let mut cases = cases.iter();
    let case = cases.find(|case| case.id == "extensions/shut_down_beside_one");
    begun(case.expect("the case"), &[])
}

/// Gives a call of the extension to the script.
fn extension(script: &mut Script, exchange: usize, method: &str, target: &str) -> Vec<Command> {
    let identifier = "e7e45101-0000-4000-a000-000000000000";
    let headers = [
        (header::EXTENSION_NAME, "watcher"),
        (header::EXTENSION_IDENTIFIER, identifier),
    ];
    let mut commands = script.on(
        Event::Head(Arrival {
            exchange,
            route: Route::of(Mode::OnDemand, method, target),
            head: Head::of(method, &headers),
        }),
        0,
    );
    let body = br#"{"events":["INVOKE","SHUTDOWN"]}"#.to_vec();
    commands.extend(script.on(Event::End { exchange, body }, 1000));
    commands
}

/// The commands in words, without records.
fn done(commands: &[Command]) -> Vec<String> {
    let word = |command: &Command| match command {
        Command::Reply { exchange, reply } => {
            let body = String::from_utf8_lossy(&reply.body);
            let event = body
                .split(',')
                .next()
                .filter(|first| first.contains("eventType"));
            let status = reply.status.to_string();
            Some(format!("{exchange}: {}", event.unwrap_or(&status)))
        }
        Command::Deliver { exchange, .. } => Some(format!("{exchange}: event")),
        Command::Arm {
            timer: Timer::Shutdown(actor),
            after_ms,
        } => Some(format!("{actor:?} has {after_ms} ms")),
        Command::Launch(actor) => Some(format!("launch {actor:?}")),
        Command::Terminate(actor) => Some(format!("terminate {actor:?}")),
        Command::Kill(actor) => Some(format!("kill {actor:?}")),
        Command::End(reason) => Some(format!("end {reason:?}")),
        Command::Arm { .. }
        | Command::Freeze
        | Command::Thaw
        | Command::HangUp
        | Command::Measure
        | Command::Visit(_)
        | Command::Post(_)
        | Command::Return { .. }
        | Command::Began { .. }
        | Command::Met { .. } => None,
    };
    commands.iter().filter_map(word).collect()
}

/// Plays the case until the environment ends.
fn shut_down() -> Script {
    let mut script = script();
    let registered = extension(&mut script, 0, "POST", REGISTER);
    assert_eq!(done(&registered), ["0: 200", "launch Runtime"]);
    assert_eq!(done(&call(&mut script, 1, "GET", "next")), [""; 0]);
    let ready = extension(&mut script, 2, "GET", EVENT_NEXT);
    assert_eq!(done(&ready), ["2: {\"eventType\":\"INVOKE\"", "1: event"]);
    script.on(Event::Written { exchange: 1 }, 0);
    let id = script.options.request_ids.first().cloned();
    let id = id.unwrap_or_else(|| "ricspec-0".to_owned());
    call(&mut script, 3, "POST", &format!("{id}/response"));
    assert_eq!(done(&call(&mut script, 4, "GET", "next")), [""; 0]);
    let back = extension(&mut script, 5, "GET", EVENT_NEXT);
    assert_eq!(done(&back), ["terminate Runtime", "Runtime has 1200 ms"]);
    script
}

#[test]
fn the_runtime_is_started_when_the_extension_has_registered_and_ends_before_it() {
    let mut script = shut_down();
    assert_eq!(script.held_up_by(), None);
    let told = script.on(Event::Exited(RUNTIME), 1400);
    let expect = ["5: {\"eventType\":\"SHUTDOWN\"", "Extension(0) has 3600 ms"];
    assert_eq!(done(&told), expect);
    assert_eq!(script.held_up_by(), Some(WATCHER));
    let ended = script.on(Event::Exited(WATCHER), 1500);
    assert_eq!(done(&ended), ["end Complete"]);
}

#[test]
fn who_does_not_end_in_time_is_killed() {
    let mut script = shut_down();
    let late = script.on(Event::Timer(Timer::Shutdown(RUNTIME)), 2200);
    assert_eq!(done(&late), ["kill Runtime"]);
    script.on(Event::Exited(RUNTIME), 2210);
    let late = script.on(Event::Timer(Timer::Shutdown(WATCHER)), 5000);
    assert_eq!(done(&late), ["kill Extension(0)"]);
    let ended = script.on(Event::Exited(WATCHER), 5010);
    assert_eq!(done(&ended), ["end Exited"]);
}

#[test]
fn an_extension_that_does_not_come_back_holds_the_next_event_up() {
    let mut script = script();
    assert_eq!(script.held_up_by(), Some(WATCHER));
    extension(&mut script, 0, "POST", REGISTER);
    assert_eq!(script.held_up_by(), None);
    call(&mut script, 1, "GET", "next");
    assert_eq!(script.held_up_by(), Some(WATCHER));
}

#[test]
fn without_an_extension_the_runtime_is_killed() {
    let case = json!({
        "$schema": "", "id": "", "title": "", "why": "", "requirements": [],
        "steps": [{ "shutdown": {} }],
    });
    let case: Case = serde_json::from_value(case).expect("a case");
    let options = ScriptOptions {
        startup_ms: 1000,
        time_scale: 1.0,
        function: Function::of_tests(),
        request_ids: Vec::new(),
    };
    let mut script = Script::new(&case, options);
    assert_eq!(done(&script.begin(0)), ["launch Runtime", "kill Runtime"]);
    let ended = script.on(Event::Exited(RUNTIME), 10);
    assert_eq!(done(&ended), ["end Complete"]);
}

#[test]
fn an_extension_that_ends_by_itself_ends_the_environment() {
    let mut script = script();
    extension(&mut script, 0, "POST", REGISTER);
    call(&mut script, 1, "GET", "next");
    extension(&mut script, 2, "GET", EVENT_NEXT);
    let crashed = script.on(Event::Written { exchange: 1 }, 0);
    assert_eq!(done(&crashed), [""; 0]);
    let crashed = script.on(Event::Exited(WATCHER), 1000);
    assert_eq!(done(&crashed), ["terminate Runtime", "Runtime has 600 ms"]);
    assert_eq!(script.held_up_by(), Some(WATCHER));
    let ended = script.on(Event::Exited(RUNTIME), 1100);
    assert_eq!(done(&ended), ["end Exited"]);
}

#[test]
fn without_the_registration_of_an_extension_that_has_ended_the_runtime_is_not_started() {
    let mut script = script();
    let ended = script.on(Event::Exited(WATCHER), 10);
    assert_eq!(done(&ended), ["end Exited"]);
    assert_eq!(script.held_up_by(), Some(WATCHER));
}

#[test]
fn a_caller_gets_its_answer_when_the_extensions_are_back() {
    let case = json!({
        "$schema": "", "id": "", "title": "", "why": "", "requirements": [],
        "actors": [{ "name": "watcher", "kind": "extension" }],
        "steps": [
            { "serve": { "from": "caller", "event": { "json": 1 } } },
            { "expect": { "call": "response", "cites": "" } },
            { "expect": { "call": "returned", "cites": "" } },
        ],
    });
    let case: Case = serde_json::from_value(case).expect("a case");
    let mut script = begun(&case, &[]);
    extension(&mut script, 0, "POST", REGISTER);
    call(&mut script, 1, "GET", "next");
    let invoke = Invoke {
        caller: 7,
        function: "function".to_owned(),
        request_id: Some("ricspec-0".to_owned()),
        client_context: None,
        event: "1".into(),
        reads: Reads::Whole,
    };
    script.on(Event::Invoke(invoke), 0);
    let ready = extension(&mut script, 2, "GET", EVENT_NEXT);
    assert_eq!(done(&ready), ["2: {\"eventType\":\"INVOKE\"", "1: event"]);
    let returns = |commands: &[Command]| {
        let mut commands = commands.iter();
        commands.any(|command| matches!(command, Command::Return { caller: 7, .. }))
    };
    assert!(!returns(&call(
        &mut script,
        3,
        "POST",
        "ricspec-0/response"
    )));
    assert!(!returns(&call(&mut script, 4, "GET", "next")));
    assert!(returns(&extension(&mut script, 5, "GET", EVENT_NEXT)));
}
