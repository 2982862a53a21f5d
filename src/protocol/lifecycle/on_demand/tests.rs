//! What the service does in each state, and the state after each reply.

use super::*;

use crate::http1::Header;
use crate::protocol::header;

fn running() -> OnDemand {
    let mut lifecycle = OnDemand::default();
    assert_eq!(lifecycle.poll(), Ruling::Hold);
    lifecycle.dispatch(Invocation {
        request_id: "a".into(),
        invocation_id: Some("i".into()),
    });
    lifecycle
}

fn answer(request_id: &str) -> Answer<'_> {
    Answer {
        kind: AnswerKind::Response,
        request_id,
        headers: &[],
        is_too_large: false,
    }
}

fn error(request_id: &str) -> Answer<'_> {
    Answer {
        kind: AnswerKind::Error,
        ..answer(request_id)
    }
}

fn status(ruling: &Ruling) -> u16 {
    match ruling {
        Ruling::Hold => 0,
        Ruling::Redeliver => 200,
        Ruling::Accept => 202,
        Ruling::Refuse { status, .. } => *status,
    }
}

#[test]
fn a_second_answer_is_403_before_next_and_400_after() {
    let mut lifecycle = running();
    assert_eq!(lifecycle.answer(answer("a")), Ruling::Accept);
    assert_eq!(status(&lifecycle.answer(error("a"))), 403);
    assert_eq!(lifecycle.poll(), Ruling::Hold);
    assert_eq!(status(&lifecycle.answer(answer("a"))), 400);
}

#[test]
fn the_id_is_checked_before_the_state_and_changes_nothing() {
    let mut lifecycle = running();
    assert_eq!(status(&lifecycle.answer(answer("b"))), 400);
    let echo = |value| [Header::new(header::INVOCATION_ID, value)];
    let (old, empty) = (echo("old"), echo(""));
    let mut stale = answer("a");
    stale.headers = &old;
    assert_eq!(status(&lifecycle.answer(stale)), 410);
    stale.headers = &empty;
    assert_eq!(
        status(&lifecycle.answer(Answer {
            kind: AnswerKind::Error,
            ..stale
        })),
        410
    );
    assert_eq!(lifecycle.state(), State::Running);
    assert_eq!(lifecycle.answer(answer("a")), Ruling::Accept);
}

#[test]
fn an_echo_of_nothing_is_not_looked_at() {
    for echo in [None, Some(""), Some("invented")] {
        let mut lifecycle = running();
        lifecycle.dispatch(Invocation {
            request_id: "b".into(),
            invocation_id: None,
        });
        let echoes = echo.map(|echo| Header::new(header::INVOCATION_ID, echo));
        let echoing = Answer {
            headers: echoes.as_slice(),
            ..answer("b")
        };
        assert_eq!(lifecycle.answer(echoing), Ruling::Accept, "{echo:?}");
    }
}

#[test]
fn the_state_follows_the_reply_that_was_sent() {
    let check = |report, status, after: State| {
        assert_eq!(
            State::Running.after(report, status),
            after,
            "{report:?} {status}"
        );
    };
    for report in [AnswerKind::Response, AnswerKind::Error].map(Report::Answer) {
        check(report, 202, State::RuntimeResponseSent);
        check(report, 400, State::Running);
        check(report, 501, State::Running);
        check(report, 403, State::RuntimeResponseSent);
        check(report, 410, State::Open);
        check(report, 500, State::RuntimeResponseSent);
    }
    check(
        Report::Answer(AnswerKind::Response),
        413,
        State::RuntimeResponseSent,
    );
    check(Report::Answer(AnswerKind::Error), 413, State::Open);
    assert_eq!(State::Started.after(Report::InitError, 400), State::Started);
    assert_eq!(
        State::Started.after(Report::InitError, 403),
        State::InitError
    );
    assert_eq!(State::Ready.after(Report::InitError, 202), State::Ready);
    let wedged = State::InvocationResponse;
    assert_eq!(
        wedged.after(Report::Answer(AnswerKind::Response), 202),
        wedged
    );
}

#[test]
fn after_a_400_the_error_is_taken_and_after_a_410_a_poll_waits() {
    let mut lifecycle = running();
    let response = Call::Answer(answer("a"));
    assert_eq!(lifecycle.take(response), Ruling::Accept);
    lifecycle.overrule(400);
    assert_eq!(lifecycle.poll(), Ruling::Redeliver);
    assert_eq!(lifecycle.answer(error("a")), Ruling::Accept);
    let mut lifecycle = running();
    assert_eq!(lifecycle.take(response), Ruling::Accept);
    lifecycle.overrule(410);
    let mut late = lifecycle.clone();
    assert_eq!(late.answer(error("a")), Ruling::Accept);
    assert_eq!(lifecycle.poll(), Ruling::Hold);
    assert_eq!(status(&lifecycle.answer(error("a"))), 400);
}

#[test]
fn next_without_an_answer_redelivers() {
    let mut lifecycle = running();
    assert_eq!(lifecycle.poll(), Ruling::Redeliver);
    assert_eq!(lifecycle.state(), State::Running);
}

#[test]
fn init_error_is_taken_once_and_ends_polling() {
    let mut lifecycle = OnDemand::default();
    assert_eq!(lifecycle.init_error(), Ruling::Accept);
    assert_eq!(status(&lifecycle.init_error()), 403);
    assert_eq!(status(&lifecycle.poll()), 403);
    assert_eq!(status(&running().init_error()), 403);
}

#[test]
fn what_is_too_large_ends_the_invocation_and_a_bad_mode_wedges() {
    let mut lifecycle = running();
    let over = Answer {
        is_too_large: true,
        ..answer("a")
    };
    assert_eq!(status(&lifecycle.answer(over)), 413);
    assert_eq!(lifecycle.poll(), Ruling::Hold);
    let mut lifecycle = running();
    let unknown = [Header::new(header::RESPONSE_MODE, "Streaming")];
    let bad = Answer {
        headers: &unknown,
        ..answer("a")
    };
    assert_eq!(status(&lifecycle.answer(bad)), 400);
    assert_eq!(lifecycle.moment(), Moment::Wedged);
    assert_eq!(status(&lifecycle.poll()), 403);
}
