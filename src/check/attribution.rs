//! To which requirement a wrong body is attributed: the one that the check cites, or a more basic one.
//!
//! A body that is no JSON at all, or not what the function returned, makes every rule about a member of it fail. That is
//! one fault of the plain kind, and says nothing of what the case is about.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::code::Code;
use super::json::Json;
use crate::case::Rule;
use crate::protocol::Endpoint;
use crate::transcript::Body;

/// Requirements about bodies as such: once one of them is broken, later bodies of the case prove nothing special.
const PLAIN: &[&str] = &["RESP-03", "RESP-04", "NEXT-07", "ERR-02"];

/// Whether the breach of this requirement spoils what later bodies of the case would show.
pub(super) fn is_plain(requirement: &str) -> bool {
    PLAIN.contains(&requirement)
}

/// Whether a rule is about the body of an answer.
pub(super) fn is_about_body(rule: &Rule) -> bool {
    !matches!(
        rule,
        Rule::Header { .. }
            | Rule::Output { .. }
            | Rule::AnyOutput {}
            | Rule::NoOutput { .. }
            | Rule::JsonLines { .. }
            | Rule::LogLine { .. }
            | Rule::LoggerLine { .. }
            | Rule::LogLevel { .. }
            | Rule::Started { .. }
            | Rule::Size { .. }
            | Rule::SameConnection {}
    )
}

/// The requirement that a breach with this code is attributed to, where the check cites `cites`.
pub(super) fn attributed<'a>(
    cites: &'a str,
    rule: &Rule,
    code: Code,
    endpoint: Option<&Endpoint>,
) -> &'a str {
    let own = |areas: &[&str]| areas.iter().any(|area| cites.starts_with(area));
    let whole = match code {
        Code::ByteOrderMark | Code::Wrapped => {
            return match endpoint {
                Some(Endpoint::Error(_)) => "ERR-02",
                _ => "RESP-03",
            };
        }
        // A limit of the case's own is another matter than that of the service.
        Code::TooLong if !matches!(rule, Rule::Size { .. }) => {
            return match endpoint {
                Some(Endpoint::Error(_)) => "ERR-16",
                _ => "RESP-07",
            };
        }
        Code::NotJson => true,
        Code::MissingMember => is_top(rule),
        _ => return cites,
    };
    // An /error that has not what only a result could have is a whole document all the same.
    let of_document = code == Code::NotJson || is_of_report(rule);
    match endpoint {
        // What is wrong with the document as such, save where the case is about what may break it.
        Some(Endpoint::Error(_)) if of_document && !own(&["ERR-16", "ERR-17", "ERR-19"]) => {
            "ERR-02"
        }
        Some(Endpoint::Response(_))
            if whole && (cites == "NEXT-07" || !own(&["RESP-", "NEXT-", "ERR-14"])) =>
        {
            match code {
                Code::NotJson => "RESP-04",
                _ => "RESP-03",
            }
        }
        _ => cites,
    }
}

/// Whether a rule looks at a member of the body itself, and not deeper.
fn is_top(rule: &Rule) -> bool {
    pointer(rule).is_some_and(|at| at.matches('/').count() == 1)
}

/// Whether a rule looks at what every report of a failure has.
fn is_of_report(rule: &Rule) -> bool {
    matches!(pointer(rule), Some("/errorMessage" | "/errorType"))
}

fn pointer(rule: &Rule) -> Option<&str> {
    match rule {
        Rule::Equals { at, .. }
        | Rule::EqualsHeader { at, .. }
        | Rule::EqualsEnv { at, .. }
        | Rule::Type { at, .. }
        | Rule::Range { at, .. }
        | Rule::Exceeds { at, .. }
        | Rule::Remaining { at, .. }
        | Rule::Contains { at, .. }
        | Rule::Lacks { at, .. }
        | Rule::Length { at, .. }
        | Rule::Compare { at, .. } => Some(at),
        _ => None,
    }
}

/// Whether the body holds the right value one layer deeper: in a member, or as the text of a string, plain or base64.
pub(super) fn is_wrapped(body: &Body, right: impl Fn(&Json) -> bool) -> bool {
    let Ok(value) = Json::parse(&body.kept) else {
        return false;
    };
    let text = value.text().unwrap_or_default();
    let decoded = STANDARD.decode(&text).unwrap_or_default();
    let inner = [text.as_bytes(), &decoded].map(|bytes| Json::parse(bytes).ok());
    let texts = value
        .members()
        .filter_map(|member| Json::parse(member.text()?.as_bytes()).ok());
    value.members().any(&right)
        || texts.into_iter().any(|inner| right(&inner))
        || inner.iter().flatten().any(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_is_no_json_is_attributed_as_such() {
        let at = |at: &str| Rule::EqualsHeader {
            at: at.to_owned(),
            header: String::new(),
        };
        let response = Endpoint::Response("id".to_owned());
        let error = Endpoint::Error("id".to_owned());
        let check = |cites: &str, at: Rule, code, endpoint: &Endpoint, expect: &str| {
            assert_eq!(
                attributed(cites, &at, code, Some(endpoint)),
                expect,
                "{cites} {code}"
            );
        };
        check("CTX-01", at("/a"), Code::NotJson, &response, "RESP-04");
        check(
            "CTX-01",
            at("/a"),
            Code::MissingMember,
            &response,
            "RESP-03",
        );
        check(
            "CTX-06",
            at("/a/b"),
            Code::MissingMember,
            &response,
            "CTX-06",
        );
        check("CTX-01", at("/a"), Code::WrongValue, &response, "CTX-01");
        check("RESP-07", at("/a"), Code::NotJson, &response, "RESP-07");
        let message = at("/errorMessage");
        check("ERR-10", message, Code::MissingMember, &error, "ERR-02");
        check("CTX-06", at("/a/b"), Code::MissingMember, &error, "CTX-06");
        check("CTX-01", at("/a"), Code::MissingMember, &error, "CTX-01");
        check("ERR-19", at("/a"), Code::NotJson, &error, "ERR-19");
        check("RESP-03", at(""), Code::TooLong, &response, "RESP-07");
        check("ERR-10", at("/a"), Code::TooLong, &error, "ERR-16");
        check(
            "CTX-01",
            at("/a"),
            Code::ByteOrderMark,
            &response,
            "RESP-03",
        );
    }
}
