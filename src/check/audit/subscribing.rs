//! The subscriptions of an extension to telemetry: what the service refuses, and what follows a refusal.

use super::super::reached::{reached, status};
use super::super::timeline::Timeline;
use super::{Breach, Code, Proof, Scope, Weight};
use crate::cut::shortened;
use crate::law::Level;
use crate::protocol::Endpoint;
use crate::transcript::{EndReason, Exchange};

pub(super) const SCOPE: Scope = Scope::EXTENSION;

pub(super) fn breaches(timeline: &Timeline<'_>) -> Vec<Breach<'static>> {
    let calls = timeline.calls_of(timeline.target);
    let subscriptions: Vec<_> = calls
        .filter(|(_, call)| subscribes(timeline, call))
        .collect();
    let refused = subscriptions
        .iter()
        .flat_map(|(index, call)| refused(*index, call));
    let mut found: Vec<Breach<'static>> = refused.collect();
    found.extend(gave_up(timeline, &subscriptions));
    found
}

fn subscribes(timeline: &Timeline<'_>, call: &Exchange) -> bool {
    let endpoint = reached(timeline.transcript.mode, call);
    endpoint.is_some_and(|endpoint| [Endpoint::Telemetry, Endpoint::Logs].contains(&endpoint))
}

/// What is wrong with a subscription, by the words of the service.
fn refused(index: usize, call: &Exchange) -> Vec<Breach<'static>> {
    let reply = call.reply.as_ref().map(|reply| reply.wire.text());
    let reply = reply.unwrap_or_default();
    let said = reply.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    let breach = |requirement, expected: &str, actual: String| {
        Breach::at(
            index,
            (requirement, Code::SubscriptionRefused),
            expected,
            actual,
        )
    };
    match status(call) {
        Some(403) if said.contains(".SubscriptionClosed") => {
            let actual = "it came after the first event/next of all, and was refused with 403";
            vec![breach(
                "TEL-01",
                "the subscription before the first event/next",
                actual.to_owned(),
            )]
        }
        Some(400) if said.contains("by the other API") => {
            let actual = "a subscription to the other as well, which is refused with 400";
            let both = breach(
                "TEL-14",
                "one of Telemetry API and Logs API",
                actual.to_owned(),
            );
            vec![both.remark()]
        }
        Some(400) => {
            let body = shortened(&call.body.text());
            let (host, document): (Vec<&str>, Vec<&str>) = said
                .split("; ")
                .partition(|fault| fault.contains("URI host"));
            let host = host.first().map(|_| {
                let expected = "http://sandbox.localdomain and a port as the destination";
                breach("TEL-03", expected, format!("`{body}`"))
            });
            let document = document.first().map(|_| {
                let expected = "a document that the service takes";
                let actual = format!(
                    "`{body}`; the service answered `{}`",
                    shortened(said.trim())
                );
                breach("TEL-02", expected, actual)
            });
            host.into_iter().chain(document).collect()
        }
        Some(_) | None => Vec::new(),
    }
}

/// A subscription is not accepted, and the extension never polls.
fn gave_up(
    timeline: &Timeline<'_>,
    subscriptions: &[(usize, &Exchange)],
) -> Option<Breach<'static>> {
    let transcript = timeline.transcript;
    let by_itself = match transcript.end.reason {
        EndReason::Exited | EndReason::Deadline => true,
        EndReason::Complete
        | EndReason::NeverCalled
        | EndReason::Flood
        | EndReason::Excess
        | EndReason::Cancelled => false,
    };
    let (index, last) = subscriptions.last()?;
    let status = status(last).filter(|status| by_itself && *status != 200)?;
    let polls = timeline.calls_of(timeline.target).any(|(_, call)| {
        reached(transcript.mode, call) == Some(Endpoint::EventNext) && call.at > last.at
    });
    (!polls).then(|| Breach {
        weight: Weight::Cause,
        requirement: "TEL-13",
        most: Level::Must,
        code: Code::GaveUp.name(),
        expected: "GET /extension/event/next, also without telemetry".to_owned(),
        actual: format!("no poll after its subscription was answered with {status}"),
        proof: Proof::Silence(Some(*index)),
    })
}
