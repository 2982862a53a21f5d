//! Rules about a JSON value in the body.

use super::{Breach, Hold, Ruling, Subject, absent, place, wrapped_or};
use crate::case::rule;
use crate::check::json::Json;
use crate::law::Code;
use crate::protocol::header;
use crate::transcript::Offset;

impl Hold for rule::Json {
    fn hold(&self, subject: &Subject<'_>) -> Ruling {
        subject.json("").map(drop)
    }
}

impl Hold for rule::Type {
    fn hold(&self, subject: &Subject<'_>) -> Ruling {
        let Self { at, is } = self;
        let value = subject.json(at)?;
        let actual = format!("{} `{}`", value.kind(), value.brief());
        Breach::unless(
            value.kind() == *is,
            Code::WrongType,
            format!("{is}{}", place(at)),
            actual,
        )
    }
}

impl Hold for rule::Items {
    fn hold(&self, subject: &Subject<'_>) -> Ruling {
        let Self { at, are } = self;
        let body = Json::parse(&subject.body().kept).ok();
        let expected = format!("an array of {are}s{}", place(at));
        match body.as_ref().and_then(|body| body.at(at)) {
            None => Ok(()),
            Some(Json::Array(items)) => match items.iter().find(|item| item.kind() != *are) {
                None => Ok(()),
                Some(item) => {
                    let actual = format!("an item of type {}: {}", item.kind(), item.brief());
                    Err(Breach::new(Code::WrongType, expected, actual))
                }
            },
            Some(other) => {
                let actual = format!("{}: {}", other.kind(), other.brief());
                Err(Breach::new(Code::WrongType, expected, actual))
            }
        }
    }
}

impl Hold for rule::Absent {
    fn hold(&self, subject: &Subject<'_>) -> Ruling {
        absent(subject, &self.at)
    }
}

impl Hold for rule::Range {
    fn hold(&self, subject: &Subject<'_>) -> Ruling {
        let Self {
            at,
            min,
            max,
            or_absent,
        } = self;
        if *or_absent && absent(subject, at).is_ok() {
            return Ok(());
        }
        let number = subject.integer(at)?;
        let expected = format!("a number from {min} to {max}{}", place(at));
        Breach::unless(
            (*min..=*max).contains(&number),
            Code::OutOfRange,
            expected,
            number.to_string(),
        )
    }
}

impl Hold for rule::Exceeds {
    fn hold(&self, subject: &Subject<'_>) -> Ruling {
        let Self {
            at,
            other,
            min,
            max,
        } = self;
        let difference = subject.integer(at)?.saturating_sub(subject.integer(other)?);
        let expected = format!("`{at}` greater than `{other}` by {min} to {max}");
        let actual = format!("by {difference}");
        Breach::unless(
            (*min..=*max).contains(&difference),
            Code::OutOfRange,
            expected,
            actual,
        )
    }
}

impl Hold for rule::Remaining {
    /// The function read its remaining time at some moment between the delivery and the answer.
    fn hold(&self, subject: &Subject<'_>) -> Ruling {
        let Self { at, tolerance_ms } = self;
        let read = subject.integer(at)?;
        let timeline = subject.timeline;
        let sent = subject
            .delivery
            .and_then(|delivery| delivery.header(header::DEADLINE_MS))
            .and_then(|deadline| deadline.parse::<i64>().ok());
        let (Some(deadline), Some(answer), Some(delivery)) =
            (sent, subject.exchange, subject.delivery)
        else {
            return Ok(());
        };
        let delivered = delivery
            .polls
            .first()
            .and_then(|poll| timeline.transcript.exchanges.get(*poll))
            .and_then(|poll| poll.reply.as_ref())
            .map_or(answer.at, |reply| reply.at);
        let left = |at: Offset| {
            let now = timeline.transcript.began_unix_ms.saturating_add(at.ms());
            deadline.saturating_sub(i64::try_from(now).unwrap_or(i64::MAX))
        };
        let (least, most) = (
            left(answer.at).saturating_sub(*tolerance_ms),
            left(delivered).saturating_add(*tolerance_ms),
        );
        let expected = format!(
            "from {least} to {most} ms{}: the deadline minus the time of the call",
            place(at)
        );
        Breach::unless(
            (least..=most).contains(&read),
            Code::WrongRemainingTime,
            expected,
            format!("{read} ms"),
        )
    }
}

impl Hold for rule::Length {
    fn hold(&self, subject: &Subject<'_>) -> Ruling {
        let Self { at, is } = self;
        let value = subject.json(at)?;
        let count = value.characters();
        let actual = match count {
            Some(count) => format!("{count} characters"),
            None => format!("{}: {}", value.kind(), value.brief()),
        };
        let expected = format!("a string of {is} characters{}", place(at));
        let long = |value: &Json| value.characters() == Some(*is);
        if long(&value) {
            return Ok(());
        }
        let code = wrapped_or(Code::WrongLength, subject, (at, &value), long);
        Err(Breach::new(code, expected, actual))
    }
}
