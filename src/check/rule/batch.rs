//! Rules about batches of telemetry, and the answers to them.

use super::{Breach, Hold, Ruling, Subject};
use crate::case::rule;
use crate::check::headroom::near;
use crate::law::Code;
use crate::transcript::{Direction, Exchange, Transcript};

impl Hold for rule::AnswerStatus {
    fn hold(&self, subject: &Subject<'_>) -> Ruling {
        let Self { min, max } = self;
        let reply = subject
            .exchange
            .and_then(|exchange| exchange.reply.as_ref());
        let holds = reply.is_none_or(|reply| (min..=max).contains(&&reply.status));
        let expected = match min == max {
            true => format!("an answer with the status {min}"),
            false => format!("an answer with a status from {min} to {max}"),
        };
        let status = reply.map_or(0, |reply| reply.status);
        Breach::unless(
            holds,
            Code::WrongStatus,
            expected,
            format!("the status {status}"),
        )
    }
}

impl Hold for rule::Answered {
    fn hold(&self, subject: &Subject<'_>) -> Ruling {
        let Some(ms) = subject.exchange.and_then(answer_ms) else {
            return Ok(());
        };
        let most = subject.timeline.transcript.stretched(self.within_ms);
        let expected = format!("an answer within {} ms", self.within_ms);
        Breach::unless(
            ms <= most,
            Code::SlowAnswer,
            expected,
            format!("after {ms} ms"),
        )
    }

    fn headroom(&self, transcript: &Transcript, call: &Exchange) -> Option<String> {
        let most = transcript.stretched(self.within_ms);
        near("the answer", answer_ms(call)?, most, "ms")
    }
}

/// How long the answer to a batch took, in milliseconds.
fn answer_ms(batch: &Exchange) -> Option<u64> {
    let reply = batch.reply.as_ref()?;
    Some(reply.at.ms_since(batch.at))
}

impl Hold for rule::Batches {
    fn hold(&self, subject: &Subject<'_>) -> Ruling {
        let max = self.max;
        let exchanges = subject.timeline.transcript.exchanges.iter();
        let sent = exchanges.filter(|exchange| exchange.direction == Direction::Outbound);
        let came = subject
            .exchange
            .map(|exchange| (exchange.at, exchange.actor));
        let sent = sent.filter(|exchange| {
            came.is_none_or(|(at, actor)| exchange.at <= at && exchange.actor == actor)
        });
        let count = sent.count();
        let expected = format!("at most {max} batches: an extension does not print what it gets");
        Breach::unless(
            count <= max,
            Code::FeedbackLoop,
            expected,
            format!("{count} batches"),
        )
    }
}
