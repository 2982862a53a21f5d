//! Ids: each answer goes to the invocation that was delivered, once, and echoes its invocation id.

use super::super::timeline::{Call, Timeline};
use super::order::CROSSING_US;
use super::{Breach, Code, Scope};
use crate::case::Ack;
use crate::cut::shortened;
use crate::protocol::header;
use crate::transcript::Offset;

pub(super) const SCOPE: Scope = Scope::RUNTIME_ONE_AT_A_TIME;

pub(super) fn breaches(timeline: &Timeline<'_>) -> impl Iterator<Item = Breach<'static>> {
    timeline.calls.iter().flat_map(move |call| {
        let misplaced = match (call.answers(), call.addressed()) {
            (Some(id), None) => Some(unknown(timeline, call, id)),
            (Some(_), Some(invocation)) => repeated(timeline, call, invocation),
            (None, _) => None,
        };
        [misplaced, echo(timeline, call)].into_iter().flatten()
    })
}

fn unknown(timeline: &Timeline<'_>, call: &Call<'_>, id: &str) -> Breach<'static> {
    let mut active = timeline.active(call.at()).into_iter();
    let waits = active.find(|invocation| timeline.is_open(*invocation, call.at()));
    let (code, expected) =
        match waits.and_then(|current| timeline.transcript.invocations.get(current)) {
            Some(delivery) => (
                ("NEXT-05", Code::UnknownId),
                format!(
                    "an answer to the request id `{}`, as it came",
                    shortened(&delivery.request_id)
                ),
            ),
            None => (
                ("RESP-15", Code::AnswerWithoutInvocation),
                "no answer while no invocation is with the runtime".to_owned(),
            ),
        };
    if timeline.was_given_earlier(id) {
        let actual = format!("an answer to `{}`, which it had", shortened(id));
        let expected = "no answer to an invocation of an earlier process";
        return Breach::at(
            call.index,
            ("RESP-16", Code::IdOfEarlierProcess),
            expected,
            actual,
        );
    }
    let actual = format!(
        "an answer to `{}`, which was never delivered",
        shortened(id)
    );
    Breach::at(call.index, code, &expected, actual)
}

/// Whether the runtime cannot know that the service accepted this answer: the reply broke off.
fn acknowledged_in_vain(timeline: &Timeline<'_>, answer: &Call<'_>) -> bool {
    let cut = |ack: &Ack| ack.shape.cut.is_some();
    answer.exchange.reply.is_none() || timeline.ack_of(answer).is_some_and(cut)
}

/// Another answer to an invocation that has one.
fn repeated(
    timeline: &Timeline<'_>,
    call: &Call<'_>,
    invocation: usize,
) -> Option<Breach<'static>> {
    // An event that was delivered again, as after a 400, is answered again.
    let delivered = timeline.delivered_last(invocation, call.at())?;
    let before = timeline
        .answer_before(invocation, call.at())
        .filter(|answer| answer.at() >= delivered)?;
    let deliveries = timeline.transcript.invocations.get(invocation)?.polls.len();
    if timeline.count_answers(invocation) <= deliveries {
        // It was delivered again because of an early poll, which is the breach.
        return None;
    }
    if takes_for_current(timeline, call, invocation) {
        let expected = "an answer to the invocation that was delivered last";
        let actual = "an answer to an earlier one, which had been answered";
        return Some(Breach::at(
            call.index,
            ("NEXT-05", Code::StaleId),
            expected,
            actual,
        ));
    }
    if let Some(unlike) = after_refusal(timeline, call, before) {
        return unlike;
    }
    if call.is_error() && !before.is_error() && is_coming(timeline, before, call.at()) {
        let code = ("STREAM-07", Code::ErrorDuringStream);
        let expected = "no /error while the /response is still open";
        let actual = "an /error before the end of the /response";
        return Some(Breach::at(call.index, code, expected, actual));
    }
    if acknowledged_in_vain(timeline, before) && timeline.may_be_sent_again(before, call) {
        return None;
    }
    let once = "one answer for each invocation";
    let (code, expected, actual) = match (before.status(), before.is_error(), call.is_error()) {
        _ if acknowledged_in_vain(timeline, before) => (
            ("RESP-23", Code::ReSentAfterBreak),
            "no second answer when the connection breaks before the acknowledgement",
            "the answer came again",
        ),
        (500.., ..) => (
            ("RESP-14", Code::ReSentAfter500),
            "no further call after a 500",
            "the answer came again",
        ),
        (_, false, false) => (("RESP-02", Code::AnsweredTwice), once, "a second /response"),
        (_, false, true) => (
            ("ERR-12", Code::AnsweredTwice),
            once,
            "an /error after the /response",
        ),
        (_, true, false) => (
            ("ERR-12", Code::AnsweredTwice),
            once,
            "a /response after the /error",
        ),
        (_, true, true) => (("ERR-12", Code::AnsweredTwice), once, "a second /error"),
    };
    let breach = Breach::at(call.index, code, expected, actual);
    Some(match polled_between(timeline, before, call) {
        // The invocation has ended, and its caller has the answer.
        true => breach.should(),
        false => breach,
    })
}

/// Whether an answer has neither a reply nor an end at this time, nor soon after it: two connections are read by two tasks.
fn is_coming(timeline: &Timeline<'_>, answer: &Call<'_>, at: Offset) -> bool {
    let exchange = answer.exchange;
    let connection = timeline.transcript.connections.get(exchange.connection);
    let end = exchange
        .complete
        .or(connection.and_then(|known| known.closed));
    let is_answered = exchange.reply.as_ref().is_some_and(|reply| reply.at <= at);
    !is_answered && end.is_none_or(|end| end.us() > at.us().saturating_add(CROSSING_US))
}

fn polled_between(timeline: &Timeline<'_>, from: &Call<'_>, to: &Call<'_>) -> bool {
    let poll = timeline.poll_after(from.at());
    poll.is_some_and(|poll| poll.at() < to.at())
}

/// What is wrong with an answer after one that the service has refused; `None` if no answer was refused.
///
/// After a 400 the invocation is still open: then `/error` is a right answer, and the same answer again is only a useless
/// call. After 403, 410 and 413 an `/error` is also useless, but harmless. The same answer again can only be refused again;
/// but where the refusal came before the end of the answer, its sender may have found a broken connection and no refusal.
fn after_refusal(
    timeline: &Timeline<'_>,
    call: &Call<'_>,
    before: &Call<'_>,
) -> Option<Option<Breach<'static>>> {
    let status = before.status();
    if acknowledged_in_vain(timeline, before) || !(400..500).contains(&status) {
        return None;
    }
    let reports = call.is_error() && !before.is_error();
    if reports && status == 400 {
        return Some(None);
    }
    let actual = match reports {
        true => format!("an /error after a {status} to the /response"),
        false => format!("another answer to the same id after a {status}"),
    };
    let code = ("RESP-20", Code::ReSentAfterRefusal);
    let expected = "no further answer to an invocation whose answer the service has refused";
    let breach = Breach::at(call.index, code, expected, actual);
    let came_early = before.exchange.complete.is_none();
    Some(Some(match reports || status == 400 || came_early {
        true => breach.should(),
        false => breach,
    }))
}

/// Whether a late answer to one invocation was meant for the current one, which gets no other answer before the next poll.
fn takes_for_current(timeline: &Timeline<'_>, call: &Call<'_>, invocation: usize) -> bool {
    let mut active = timeline.active(call.at()).into_iter();
    let Some(current) = active.find(|current| *current != invocation) else {
        return false;
    };
    let answered = timeline.answer_before(current, call.at()).is_some();
    let own = timeline.answer_after(current, call.at());
    let poll = timeline.poll_after(call.at());
    let comes_late = own.is_none_or(|own| poll.is_some_and(|poll| poll.index < own.index));
    !answered && comes_late
}

fn echo(timeline: &Timeline<'_>, call: &Call<'_>) -> Option<Breach<'static>> {
    let head = call.exchange.head();
    let came = head.header(header::INVOCATION_ID);
    let Some(invocation) = call.addressed() else {
        let elsewhere = came.is_some() && (call.is_next() || call.is_init_error());
        return elsewhere.then(|| {
            let expected = "the invocation id on /response and /error only";
            let actual = format!("it came on {}", call.exchange.head().target);
            Breach::at(
                call.index,
                ("INVID-06", Code::InvocationIdElsewhere),
                expected,
                actual,
            )
            .remark()
        });
    };
    if !timeline.active(call.at()).contains(&invocation) {
        // An answer to another invocation than the current one is wrong as a whole.
        return None;
    }
    let delivery = timeline.transcript.invocations.get(invocation)?;
    let sent = delivery.header(header::INVOCATION_ID);
    let sent = sent.as_deref();
    // An empty id counts as no id, and an empty echo as no echo.
    if sent == Some("") && came.is_none_or(str::is_empty) {
        return None;
    }
    let sent = sent.filter(|id| !id.is_empty());
    let missing = if call.is_error() {
        "INVID-02"
    } else {
        "INVID-01"
    };
    let (code, expected, actual) = match (sent, came) {
        (None, None) => return None,
        (Some(sent), Some(came)) if sent == came => return None,
        // Not every library can write such a header as it came, or at all (INVID-07).
        (Some(sent), None) if !sent.is_ascii() => return None,
        (Some(sent), Some(came)) if !sent.is_ascii() && !timeline.knows_invocation_id(came) => {
            return None;
        }
        (Some(sent), None) => (
            (missing, Code::InvocationIdMissing),
            format!("{}: {sent}", header::INVOCATION_ID),
            "no such header".to_owned(),
        ),
        (None, Some(came)) => (
            ("INVID-03", Code::InvocationIdInvented),
            "no invocation id, as the event came without one".to_owned(),
            format!("`{}`", shortened(came)),
        ),
        (Some(sent), Some(came)) => (
            ("INVID-04", Code::InvocationIdCrossed),
            format!("{}: {sent}", header::INVOCATION_ID),
            format!("`{}`", shortened(came)),
        ),
    };
    let breach = Breach::at(call.index, code, &expected, actual);
    if sent.is_none() {
        // The service ignores an echo if it sent no id.
        return Some(breach.remark().should());
    }
    // The service refuses a wrong id, so the invocation stays without an answer.
    Some(match call.status() {
        400.. => breach,
        _ => breach.remark(),
    })
}
