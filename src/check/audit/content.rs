//! The content of bodies and output: error documents are correct, and no secret is printed.

use super::super::evidence;
use super::super::json::Json;
use super::super::timeline::{Call, Timeline};
use super::{Breach, Code, Proof, Scope, Weight};
use crate::cut::shortened;
use crate::law::Level;
use crate::protocol::SECRETS;

/// The members of an error document, both texts.
const MEMBERS: [&str; 2] = ["errorMessage", "errorType"];

pub(super) const SCOPE: Scope = Scope::RUNTIME;

pub(super) fn breaches(timeline: &Timeline<'_>) -> impl Iterator<Item = Breach<'static>> {
    let reports = timeline.calls.iter().filter(|call| call.is_error());
    reports.filter_map(document).chain(secrets(timeline))
}

/// What is wrong with the document of a failed invocation.
fn document(call: &Call<'_>) -> Option<Breach<'static>> {
    let body = &call.exchange.body;
    if !body.is_whole() || call.exchange.broken().is_some() {
        return None;
    }
    let read = Json::parse(&body.kept).ok();
    let kind_of = |name: &str| read.as_ref()?.at(&format!("/{name}")).map(Json::kind);
    let wrong = MEMBERS.into_iter().find_map(|name| match kind_of(name) {
        Some("string") => None,
        Some(kind) => Some((Code::WrongType, format!("{name} is {kind}"))),
        None => Some((Code::MissingMember, format!("no member {name}"))),
    });
    let (code, actual) = match &read {
        None if body.bytes == 0 => (Code::NotJson, "an empty body".to_owned()),
        None => (Code::NotJson, format!("`{}`", shortened(&body.text()))),
        Some(_) => wrong?,
    };
    let expected = "a JSON object with errorMessage and errorType, both strings";
    let breach = Breach::at(call.index, ("ERR-02", code), expected, actual).remark();
    // The service does not require a body: without one the failure is known, but not its cause.
    Some(match body.bytes {
        0 => breach.should(),
        _ => breach,
    })
}

/// Credentials of the environment in what the process printed. An ordinary function may print what it likes.
fn secrets(timeline: &Timeline<'_>) -> Option<Breach<'static>> {
    let process = timeline.transcript.runtime();
    let printed = |secret: &str| {
        [&process.stdout, &process.stderr]
            .iter()
            .any(|output| output.contains(secret))
    };
    let (name, secret) = SECRETS.into_iter().find(|(_, secret)| printed(secret))?;
    (!timeline.case.blackbox).then(|| Breach {
        weight: Weight::Remark,
        requirement: "LOG-05",
        most: Level::Must,
        code: Code::UnwantedOutput.name(),
        expected: "no credentials in the output of the process".to_owned(),
        actual: format!("the value of {name}, `{secret}`, is there"),
        proof: Proof::Shown(evidence::of_process(
            timeline.transcript,
            &format!("`{secret}` in the output"),
        )),
    })
}
