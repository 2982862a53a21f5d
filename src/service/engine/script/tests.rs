//! What the script does with a case, step by step.

mod answering;
mod beside;
mod restoring;

use serde_json::json;

use super::*;
use crate::case::{embedded, read};
use crate::http1::Head;
use crate::protocol::{Mode, Route};
use crate::service::engine::command::Place;
use crate::service::engine::event::{Arrival, Invoke};
use crate::service::engine::reads::Reads;

/// Takes a whole call of the runtime in.
fn call(script: &mut Script, exchange: usize, method: &str, path: &str) -> Vec<Command> {
    let target = format!("/2018-06-01/runtime/invocation/{path}");
    take(script, exchange, method, &target)
}

fn take(script: &mut Script, exchange: usize, method: &str, target: &str) -> Vec<Command> {
    let route = Route::of(Mode::OnDemand, method, target);
    let head = Event::Head(Arrival {
        exchange,
        route,
        head: Head::of(method, &[]),
    });
    let body = Vec::new();
    let mut commands = script.on(head, 0);
    commands.extend(script.on(
        Event::Data {
            exchange,
            bytes: 20,
        },
        0,
    ));
    commands.extend(script.on(Event::End { exchange, body }, 0));
    commands
}

/// The status of the one reply among commands, 0 where there is none.
fn status(commands: &[Command]) -> u16 {
    let reply = |command: &Command| match command {
        Command::Reply { reply, .. } => Some(reply.status),
        Command::Deliver { served, .. } => Some(served.reply.status),
        _ => None,
    };
    commands.iter().find_map(reply).unwrap_or_default()
}

#[test]
fn an_extension_polls_without_end_and_wastes_nothing() {
    let mut script = serving("error/reported");
    let target = "/2020-01-01/extension/event/next";
    for exchange in 1..100 {
        let commands = take(&mut script, exchange, "GET", target);
        assert!(
            commands
                .iter()
                .all(|command| !matches!(command, Command::End(_)))
        );
    }
    assert_eq!(script.environment.calls(), 1);
}

#[test]
fn after_a_400_the_invocation_is_still_open() {
    let mut script = serving("service_errors/response_refused_with_400");
    assert_eq!(status(&call(&mut script, 1, "POST", "a/response")), 400);
    let mut reporting = serving("service_errors/response_refused_with_400");
    call(&mut reporting, 1, "POST", "a/response");
    assert_eq!(status(&call(&mut reporting, 2, "POST", "a/error")), 202);
    assert_eq!(status(&call(&mut script, 2, "GET", "next")), 200);
    assert_eq!(script.served(), 1, "the same event again");
}

#[test]
fn after_a_403_or_413_it_is_not() {
    for refusal in ["403", "413"] {
        let mut script = serving(&format!("service_errors/response_refused_with_{refusal}"));
        let refused = status(&call(&mut script, 1, "POST", "a/response"));
        assert_eq!(refused.to_string(), refusal);
        assert_eq!(status(&call(&mut script, 2, "POST", "a/error")), 403);
    }
}

/// The script of a case, with an event on its way.
fn serving(id: &str) -> Script {
    let cases = read(&embedded()).expect("our cases");
    let case = cases.iter().find(|case| case.id == id);
    begun(case.expect("the case"), &["a"])
}

/// The script of a case, with an event on its way for each id.
fn begun(case: &Case, ids: &[&str]) -> Script {
    let options = ScriptOptions {
        startup_ms: 1000,
        time_scale: 1.0,
        function: Function::of_tests(),
        request_ids: ids.iter().map(|id| (*id).to_owned()).collect(),
    };
    let mut script = Script::new(case, options);
    script.begin(0);
    for exchange in 0..ids.len() {
        call(&mut script, exchange, "GET", "next");
    }
    script
}

#[test]
fn a_signal_waits_for_the_event_that_it_is_to_meet() {
    let mut script = serving("lifecycle/term_in_an_event");
    let terminates = |command: &Command| matches!(command, Command::Terminate(_));
    let again = script.on(Event::Written { exchange: 7 }, 0);
    assert!(!again.iter().any(terminates), "{again:?}");
    let commands = script.on(Event::Written { exchange: 0 }, 0);
    assert!(commands.iter().any(terminates), "{commands:?}");
}

#[test]
fn an_answer_that_comes_before_the_freeze_takes_effect_counts() {
    let mut script = serving("next/frozen_in_an_event");
    script.on(Event::Written { exchange: 0 }, 0);
    script.on(Event::Timer(Timer::Pause(Place { track: 0, step: 1 })), 0);
    call(&mut script, 1, "POST", "a/response");
    let commands = script.on(Event::Timer(Timer::Pause(Place { track: 0, step: 2 })), 0);
    let met = |command: &Command| {
        matches!(
            command,
            Command::Met {
                step: 3,
                exchange: Some(1)
            }
        )
    };
    assert!(commands.iter().any(met), "{commands:?}");
}

/// A case with events `a` and `b`, and two waits.
fn of_two(mode: Mode, first: &str, second: &str) -> Case {
    let serve = |name: &str| json!({ "serve": { "as": name } });
    let expect = |of: &str| json!({ "expect": { "call": "answer", "cites": "", "of": of } });
    let steps = [serve("a"), serve("b"), expect(first), expect(second)];
    let case = json!({
        "$schema": "", "id": "", "title": "", "why": "", "requirements": [], "steps": steps,
    });
    let case: Case = serde_json::from_value(case).expect("a case");
    Case { mode, ..case }
}

fn is_met(commands: &[Command], wanted: usize) -> bool {
    commands
        .iter()
        .any(|command| matches!(command, Command::Met { step, .. } if *step == wanted))
}

#[test]
fn a_wait_is_met_by_an_answer_to_its_own_invocation_only() {
    let managed = Mode::ManagedInstances { max_concurrency: 2 };
    for (first, second, met) in [("b", "a", true), ("a", "b", false)] {
        let mut script = begun(&of_two(managed, first, second), &["a", "b"]);
        let commands = call(&mut script, 2, "POST", "b/response");
        assert_eq!(status(&commands), 202);
        assert_eq!(is_met(&commands, 2), met, "{first}, {second}");
    }
}

/// The script of a case with one event that a caller brings, once the runtime has it.
fn with_caller() -> Script {
    let case = json!({
        "$schema": "", "id": "", "title": "", "why": "", "requirements": [],
        "steps": [{ "serve": { "from": "caller" } }, { "expect": { "call": "returned", "cites": "" } }],
    });
    let case: Case = serde_json::from_value(case).expect("a case");
    let mut script = begun(&case, &["a"]);
    let invoke = |request_id: Option<&str>, caller| {
        Event::Invoke(Invoke {
            caller,
            function: "function".to_owned(),
            request_id: request_id.map(str::to_owned),
            client_context: Some("{}".to_owned()),
            event: "{}".into(),
            reads: Reads::Whole,
        })
    };
    let of_another = script.on(invoke(None, 6), 0);
    assert_eq!(status(&of_another), 0, "{of_another:?}");
    let commands = script.on(invoke(Some("a"), 7), 0);
    let has_context = |command: &Command| match command {
        Command::Deliver { served, .. } => {
            let mut headers = served.reply.headers.iter();
            headers.any(|(name, value)| name.ends_with("Client-Context") && value == "{}")
        }
        _ => false,
    };
    assert!(commands.iter().any(has_context), "{commands:?}");
    script
}

/// What callers are given, by the caller.
fn returned(commands: &[Command]) -> Vec<(usize, String)> {
    let given = |command: &Command| match command {
        Command::Return { caller, returned } => Some((
            *caller,
            String::from_utf8_lossy(&returned.body).into_owned(),
        )),
        _ => None,
    };
    commands.iter().filter_map(given).collect()
}

#[test]
fn a_caller_gets_the_answer_at_once_and_once() {
    let mut script = with_caller();
    let given = returned(&call(&mut script, 1, "POST", "a/response"));
    assert_eq!(given, [(7, String::new())]);
    assert_eq!(returned(&call(&mut script, 2, "POST", "a/response")), []);
    let visited = Event::Visited {
        request_id: "a".to_owned(),
    };
    assert!(is_met(&script.on(visited, 0), 1));
}

#[test]
fn every_caller_is_told_when_the_process_ends() {
    let mut script = with_caller();
    let given = returned(&script.on(Event::Exited(Actor::Runtime), 0));
    let callers: Vec<usize> = given.iter().map(|(caller, _)| *caller).collect();
    assert_eq!(callers, [7, 6]);
    assert!(
        given
            .iter()
            .all(|(_, body)| body.contains("Runtime.ExitError")),
        "{given:?}"
    );
}
