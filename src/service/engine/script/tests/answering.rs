//! Calls that come while an answer is still coming.

use super::*;

/// The script of a case with an event, while its answer is coming on the exchange 1.
fn answering(id: &str) -> Script {
    let mut script = serving(id);
    let path = "/2018-06-01/runtime/invocation/a/response";
    begins(&mut script, 1, path);
    script
}

fn begins(script: &mut Script, exchange: usize, target: &str) {
    script.on(
        Event::Head(Arrival {
            exchange,
            route: Route::of(Mode::OnDemand, "POST", target),
            head: Head::of("POST", &[]),
        }),
        0,
    );
}

fn ends(script: &mut Script, exchange: usize) -> Vec<Command> {
    let body = Vec::new();
    script.on(Event::End { exchange, body }, 0)
}

/// The statuses of replies, each with its exchange.
fn replies(commands: &[Command]) -> Vec<(usize, u16)> {
    let reply = |command: &Command| {
        if let Command::Reply { exchange, reply } = command {
            Some((*exchange, reply.status))
        } else {
            None
        }
    };
    commands.iter().filter_map(reply).collect()
}

#[test]
fn an_error_during_an_answer_waits_for_its_end_and_is_refused() {
    let mut script = answering("streaming/whole");
    let waiting = call(&mut script, 2, "POST", "a/error");
    assert_eq!(replies(&waiting), []);
    assert_eq!(replies(&ends(&mut script, 1)), [(1, 202), (2, 403)]);
}

#[test]
fn an_error_after_an_answer_that_broke_off_is_taken() {
    let mut script = answering("streaming/whole");
    call(&mut script, 2, "POST", "a/error");
    let commands = script.on(Event::Broken { exchange: 1 }, 0);
    assert_eq!(replies(&commands), [(2, 202)]);
}

#[test]
fn a_poll_during_an_answer_is_refused_after_a_moment() {
    let mut script = answering("streaming/whole");
    assert_eq!(replies(&call(&mut script, 2, "GET", "next")), []);
    let commands = script.on(Event::Timer(Timer::Reply { exchange: 2 }), 0);
    assert_eq!(replies(&commands), [(2, 403)]);
}

#[test]
fn a_poll_that_crosses_the_end_of_an_answer_is_held() {
    let mut script = answering("streaming/whole");
    call(&mut script, 2, "GET", "next");
    assert_eq!(replies(&ends(&mut script, 1)), [(1, 202)]);
    let late = script.on(Event::Timer(Timer::Reply { exchange: 2 }), 0);
    assert_eq!(replies(&late), []);
}

#[test]
fn a_case_answers_before_the_end() {
    let mut script = answering("streaming/refused_in_the_middle");
    let data = Event::Data {
        exchange: 1,
        bytes: 1,
    };
    assert_eq!(replies(&script.on(data, 0)), [(1, 413)]);
    assert_eq!(replies(&ends(&mut script, 1)), []);
}

#[test]
fn only_a_caller_that_streams_takes_more_than_six_mebibytes() {
    for (id, status) in [
        ("streaming/seven_mebibytes", 202),
        ("streaming/too_long_for_its_caller", 413),
    ] {
        let mut script = answering(id);
        let data = Event::Data {
            exchange: 1,
            bytes: 7 * 1024 * 1024,
        };
        script.on(data, 0);
        assert_eq!(replies(&ends(&mut script, 1)), [(1, status)], "{id}");
    }
}
