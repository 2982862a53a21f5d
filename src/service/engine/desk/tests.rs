//! What the desk does with callers, in time and out of time.

use super::*;
use crate::http1::Head;
use crate::protocol::{Actor, AnswerKind, Route, header};
use crate::service::engine::{Arrival, Reads};

const NOW: u64 = 1_000;

fn desk() -> Desk {
    let mut desk = Desk::new(DeskOptions {
        mode: Mode::OnDemand,
        function: Function::of_tests(),
        log_format: LogFormat::default(),
        extensions: Vec::new(),
        timeout_ms: 3_000,
        init_ms: 10_000,
    });
    let begun = desk.begin(NOW);
    assert!(matches!(
        begun.as_slice(),
        [Command::Arm { .. }, Command::Launch(Actor::Runtime)]
    ));
    desk
}

/// The head of a call.
fn begin(
    desk: &mut Desk,
    exchange: usize,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
) -> Vec<Command> {
    let target = format!("/2018-06-01/runtime/{path}");
    let arrival = Arrival {
        exchange,
        route: Route::of(Mode::OnDemand, method, &target),
        head: Head::of(method, headers),
    };
    desk.on(Event::Head(arrival), NOW)
}

fn call(desk: &mut Desk, exchange: usize, method: &str, path: &str, body: &str) -> Vec<Command> {
    let mut commands = begin(desk, exchange, method, path, &[]);
    let body = body.as_bytes().to_vec();
    commands.extend(desk.on(Event::End { exchange, body }, NOW));
    commands
}

fn poll(desk: &mut Desk, exchange: usize) -> Vec<Command> {
    call(desk, exchange, "GET", "invocation/next", "")
}

fn invoke(desk: &mut Desk, caller: usize) -> Vec<Command> {
    invoke_to(desk, caller, Reads::Whole)
}

fn invoke_to(desk: &mut Desk, caller: usize, reads: Reads) -> Vec<Command> {
    let invoke = Invoke {
        caller,
        function: "function".to_owned(),
        request_id: Some(format!("id-{caller}")),
        client_context: None,
        event: "{}".into(),
        reads,
    };
    desk.on(Event::Invoke(invoke), NOW)
}

/// What callers get, as texts.
fn returned(commands: &[Command]) -> Vec<(usize, AnswerKind, String)> {
    let told = commands.iter().filter_map(|command| match command {
        Command::Return { caller, returned } => {
            let body = String::from_utf8_lossy(&returned.body).into_owned();
            Some((*caller, returned.kind, body))
        }
        _ => None,
    });
    told.collect()
}

/// The exchange on which an event goes out.
fn delivered(commands: &[Command]) -> Option<usize> {
    commands.iter().find_map(|command| match command {
        Command::Deliver { exchange, .. } => Some(*exchange),
        _ => None,
    })
}

fn kills(commands: &[Command]) -> bool {
    let kill = |command: &Command| matches!(command, Command::Kill(Actor::Runtime));
    commands.iter().any(kill)
}

#[test]
fn an_event_goes_to_the_poll_and_its_caller_gets_the_answer_at_once() {
    let mut desk = desk();
    assert!(!desk.is_free());
    poll(&mut desk, 0);
    assert!(desk.is_free());
    assert_eq!(delivered(&invoke(&mut desk, 7)), Some(0));
    assert!(!desk.is_free());
    let answered = call(&mut desk, 1, "POST", "invocation/id-7/response", "1");
    let expect = (7, AnswerKind::Response, "1".to_owned());
    assert_eq!(returned(&answered), [expect]);
    assert!(!desk.is_free(), "the invocation ends at the next poll");
    poll(&mut desk, 2);
    assert!(desk.is_free());
}

#[test]
fn an_event_that_comes_during_the_start_waits_for_the_first_poll() {
    let mut desk = desk();
    assert_eq!(delivered(&invoke(&mut desk, 1)), None);
    assert_eq!(delivered(&poll(&mut desk, 0)), Some(0));
}

#[test]
fn a_time_out_is_told_and_ends_the_runtime() {
    let mut desk = desk();
    poll(&mut desk, 0);
    invoke(&mut desk, 1);
    let late = desk.on(Event::Timer(Timer::Invocation(0)), NOW);
    let message = "RequestId: id-1 Error: Task timed out after 3.00 seconds";
    assert!(returned(&late)[0].2.contains(message), "{late:?}");
    assert!(kills(&late));
    let over = desk.on(Event::Exited(Actor::Runtime), NOW);
    assert!(returned(&over).is_empty(), "the caller has its answer");
    assert!(matches!(over.last(), Some(Command::End(EndReason::Exited))));
}

#[test]
fn the_timer_of_an_invocation_that_is_over_does_nothing() {
    let mut desk = desk();
    poll(&mut desk, 0);
    invoke(&mut desk, 1);
    call(&mut desk, 1, "POST", "invocation/id-1/response", "1");
    poll(&mut desk, 2);
    invoke(&mut desk, 2);
    let early = desk.on(Event::Timer(Timer::Invocation(0)), NOW);
    assert!(early.is_empty(), "{early:?}");
}

#[test]
fn a_runtime_that_ends_is_told_to_its_caller() {
    let mut desk = desk();
    poll(&mut desk, 0);
    invoke(&mut desk, 1);
    let ended = desk.on(Event::Exited(Actor::Runtime), NOW);
    assert!(returned(&ended)[0].2.contains("Runtime.ExitError"));
    assert!(matches!(
        ended.last(),
        Some(Command::End(EndReason::Exited))
    ));
}

#[test]
fn the_document_of_a_failed_start_goes_to_the_caller() {
    let mut desk = desk();
    invoke(&mut desk, 1);
    let document = r#"{"errorType":"Function.NoSuchHandler"}"#;
    call(&mut desk, 0, "POST", "init/error", document);
    let ended = desk.on(Event::Exited(Actor::Runtime), NOW);
    let expect = (1, AnswerKind::Error, document.to_owned());
    assert_eq!(returned(&ended), [expect]);
}

#[test]
fn a_start_that_takes_too_long_is_told_and_ended() {
    let mut desk = desk();
    invoke(&mut desk, 1);
    let late = desk.on(Event::Timer(Timer::Startup), NOW);
    assert!(
        returned(&late)[0]
            .2
            .contains("Task timed out after 10.00 seconds")
    );
    assert!(kills(&late));
}

#[test]
fn only_the_first_answer_is_read_as_it_comes() {
    const STREAMING: [(&str, &str); 1] = [(header::RESPONSE_MODE, "streaming")];
    for (reads, headers, reader) in [
        (Reads::Stream, &[][..], Some(7)),
        (Reads::Stream, &STREAMING[..], Some(7)),
        (Reads::Stream, &[(header::RESPONSE_MODE, "other")][..], None),
        (Reads::AsSent, &STREAMING[..], Some(7)),
        (Reads::AsSent, &[][..], None),
        (Reads::Whole, &STREAMING[..], None),
    ] {
        let mut desk = desk();
        poll(&mut desk, 0);
        invoke_to(&mut desk, 7, reads);
        begin(&mut desk, 1, "POST", "invocation/id-7/response", headers);
        assert_eq!(desk.reader_of(1), reader, "{reads:?} {headers:?}");
        begin(&mut desk, 2, "POST", "invocation/id-7/response", headers);
        begin(&mut desk, 3, "POST", "invocation/id-7/error", &[]);
        assert_eq!((desk.reader_of(2), desk.reader_of(3)), (None, None));
    }
}

#[test]
fn a_reader_is_told_that_an_answer_broke_off_and_the_invocation_is_over() {
    let mut desk = desk();
    poll(&mut desk, 0);
    invoke_to(&mut desk, 7, Reads::Stream);
    begin(&mut desk, 1, "POST", "invocation/id-7/response", &[]);
    let told = desk.on(Event::Broken { exchange: 1 }, NOW);
    assert!(returned(&told)[0].2.contains("Runtime.TruncatedResponse"));
    assert_eq!(
        delivered(&poll(&mut desk, 2)),
        None,
        "it is not delivered again"
    );
    assert!(desk.is_free());
}
