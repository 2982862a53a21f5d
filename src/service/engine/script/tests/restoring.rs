//! An environment that is copied and restored.

use super::*;
use crate::protocol::header;

/// A script in an environment that is restored.
fn of_steps(steps: &serde_json::Value) -> Script {
    let case = json!({
        "$schema": "", "id": "", "title": "", "why": "", "requirements": [], "mode": "snap_start", "steps": steps,
    });
    let case: Case = serde_json::from_value(case).expect("a case");
    begun(&case, &[])
}

fn call_of(script: &mut Script, exchange: usize, line: &str) -> Vec<Command> {
    let (method, target) = line.split_once(' ').expect("a method and a path");
    let path = format!("/2018-06-01/runtime/{target}");
    call_with(script, exchange, (method, &path), &[], b"")
}

fn call_with(
    script: &mut Script,
    exchange: usize,
    (method, path): (&str, &str),
    headers: &[(&str, &str)],
    body: &[u8],
) -> Vec<Command> {
    let head = Event::Head(Arrival {
        exchange,
        route: Route::of(Mode::SnapStart, method, path),
        head: Head::of(method, headers),
    });
    let mut commands = script.on(head, 0);
    let body = body.to_vec();
    commands.extend(script.on(Event::End { exchange, body }, 0));
    commands
}

/// The commands that stop, answer and continue, by their names.
fn told(commands: &[Command]) -> Vec<String> {
    let name = |command: &Command| match command {
        Command::Freeze => Some("freeze".to_owned()),
        Command::Thaw => Some("thaw".to_owned()),
        Command::HangUp => Some("hang up".to_owned()),
        Command::Reply { exchange, reply } => Some(format!("{} to {exchange}", reply.status)),
        Command::Deliver { exchange, .. } => Some(format!("event to {exchange}")),
        Command::Arm { .. }
        | Command::Launch(_)
        | Command::Terminate(_)
        | Command::Kill(_)
        | Command::Measure
        | Command::Visit(_)
        | Command::Post(_)
        | Command::Return { .. }
        | Command::Began { .. }
        | Command::Met { .. }
        | Command::End(_) => None,
    };
    commands.iter().filter_map(name).collect()
}

#[test]
fn the_processes_go_on_once_the_reply_is_written() {
    let wait = json!({ "expect": { "call": "restore_next", "cites": "SNAP-01" } });
    let freeze = json!({ "freeze": { "ms": 100, "close": "silent" } });
    let mut script = of_steps(&json!([wait, freeze, { "serve": {} }]));
    let held = call_of(&mut script, 0, "GET restore/next");
    assert_eq!(told(&held), ["freeze", "hang up"]);
    let pause = Event::Timer(Timer::Pause(Place { track: 0, step: 1 }));
    let restored = script.on(pause, 0);
    assert_eq!(told(&restored), ["200 to 0"]);
    let ends = |command: &Command| matches!(command, Command::Reply { reply, .. } if reply.shape.ends_connection() && reply.body.is_empty());
    assert!(restored.iter().any(ends), "{restored:?}");
    let written = script.on(Event::Written { exchange: 0 }, 0);
    assert_eq!(told(&written), ["thaw"]);
    assert_eq!(
        told(&call_of(&mut script, 1, "GET invocation/next")),
        ["event to 1"]
    );
}

#[test]
fn a_copy_is_made_when_an_extension_of_the_runtime_has_asked_for_an_event_too() {
    let wait = json!({ "expect": { "call": "restore_next", "cites": "SNAP-01" } });
    let freeze = json!({ "freeze": { "ms": 100, "close": "silent" } });
    let mut script = of_steps(&json!([wait, freeze, { "serve": {} }]));
    let register = ("POST", "/2020-01-01/extension/register");
    let name = (header::EXTENSION_NAME, "inside");
    let registered = call_with(&mut script, 0, register, &[name], b"{}");
    let reply = registered.iter().find_map(|command| {
        let Command::Reply { reply, .. } = command else {
            return None;
        };
        Some(reply)
    });
    let mut headers = reply.expect("a reply").headers.iter();
    let identifier = headers.find(|(name, _)| name == header::EXTENSION_IDENTIFIER);
    let (name, identifier) = identifier.expect("an identifier");
    let held = call_of(&mut script, 1, "GET restore/next");
    assert!(told(&held).is_empty(), "{held:?}");
    let poll = ("GET", "/2020-01-01/extension/event/next");
    let polled = call_with(&mut script, 2, poll, &[(name, identifier)], b"");
    assert_eq!(told(&polled), ["freeze", "hang up"]);
}

#[test]
fn an_event_restores_an_environment_that_was_not_frozen() {
    let mut script = of_steps(&json!([{ "serve": {} }]));
    assert_eq!(
        told(&call_of(&mut script, 0, "GET restore/next")),
        ["200 to 0"]
    );
    assert_eq!(
        told(&call_of(&mut script, 1, "GET invocation/next")),
        ["event to 1"]
    );
}

#[test]
fn each_call_is_refused_where_the_case_refuses_the_first() {
    let refused = json!({ "call": "restore_next", "cites": "SNAP-01", "ack": { "status": 500 } });
    let end = json!({ "expect": { "call": "exit", "cites": "SNAP-13" } });
    let mut script = of_steps(&json!([{ "expect": refused }, end]));
    for exchange in 0..3 {
        let commands = call_of(&mut script, exchange, "GET restore/next");
        assert_eq!(told(&commands), [format!("500 to {exchange}")]);
    }
    assert_eq!(
        told(&call_of(&mut script, 3, "POST init/error")),
        ["202 to 3"]
    );
}

#[test]
fn a_failed_restore_is_reported_on_either_path() {
    for path in ["POST restore/error", "POST init/error"] {
        let steps = json!([
            { "expect": { "call": "restore_next", "cites": "SNAP-01" } },
            { "freeze": { "ms": 0 } },
            { "expect": { "call": "restore_error", "cites": "SNAP-06" } },
        ]);
        let mut script = of_steps(&steps);
        call_of(&mut script, 0, "GET restore/next");
        script.on(Event::Written { exchange: 0 }, 0);
        let commands = call_of(&mut script, 1, path);
        assert_eq!(told(&commands), ["202 to 1"], "{path}");
        assert!(is_met(&commands, 2), "{path}");
    }
}
