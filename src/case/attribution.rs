//! Which requirement a wrong body breaks: the one that the check cites, or a more basic one.
//!
//! A body that is not JSON, or not what the function returned, breaks every rule about its members. That is one basic fault,
//! which says nothing about the subject of the case.

use super::rule::{About, Facts};
use crate::law::Code;
use crate::protocol::AnswerKind;

/// Requirements about bodies in general: once one of them is broken, later bodies of the case prove nothing about other
/// requirements.
const BASIC: [&str; 4] = ["RESP-03", "RESP-04", "NEXT-07", "ERR-02"];

/// Whether a breach of this requirement makes later bodies of the case meaningless.
pub fn is_basic(requirement: &str) -> bool {
    BASIC.contains(&requirement)
}

/// The requirement to which a breach with this code is attributed, if the check cites `cites` and the call was this answer,
/// or another call.
pub fn attributed<'a>(
    cites: &'a str,
    rule: &Facts<'_>,
    code: Code,
    answer: Option<AnswerKind>,
) -> &'a str {
    let is_error = answer == Some(AnswerKind::Error);
    let of = |response, error| if is_error { error } else { response };
    if code == Code::ByteOrderMark || code == Code::Wrapped {
        return of("RESP-03", "ERR-02");
    }
    // A limit of the case is not the limit of the service.
    if code == Code::TooLong && rule.about != About::Length {
        return of("RESP-07", "ERR-16");
    }
    let (not_json, missing) = (code == Code::NotJson, code == Code::MissingMember);
    if !not_json && !missing {
        return cites;
    }
    let own = |areas: &[&str]| areas.iter().any(|area| cites.starts_with(area));
    let at = rule.at.unwrap_or_default();
    match answer {
        Some(AnswerKind::Error) => {
            // An /error without the members of a result is still a complete document.
            let of_document = not_json || matches!(at, "/errorMessage" | "/errorType");
            // Unless the case is about something that may damage the document.
            match of_document && !own(&["ERR-16", "ERR-17", "ERR-19"]) {
                true => "ERR-02",
                false => cites,
            }
        }
        Some(AnswerKind::Response) => {
            // A member of the body itself, not a deeper one.
            let whole = not_json || at.matches('/').count() == 1;
            let basic = cites == "NEXT-07" || !own(&["RESP-", "NEXT-", "ERR-14"]);
            match whole && basic {
                true if not_json => "RESP-04",
                true => "RESP-03",
                false => cites,
            }
        }
        None => cites,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_is_no_json_is_attributed_as_such() {
        let check = |cites: &str, at, code, answer, expect: &str| {
            let facts = Facts::of_member(at, &[]);
            let found = attributed(cites, &facts, code, Some(answer));
            assert_eq!(found, expect, "{cites} {code}");
        };
        let (response, error) = (AnswerKind::Response, AnswerKind::Error);
        check("CTX-01", "/a", Code::NotJson, response, "RESP-04");
        check("CTX-01", "/a", Code::MissingMember, response, "RESP-03");
        check("CTX-06", "/a/b", Code::MissingMember, response, "CTX-06");
        check("CTX-01", "/a", Code::WrongValue, response, "CTX-01");
        check("RESP-07", "/a", Code::NotJson, response, "RESP-07");
        let message = "/errorMessage";
        check("ERR-10", message, Code::MissingMember, error, "ERR-02");
        check("CTX-06", "/a/b", Code::MissingMember, error, "CTX-06");
        check("CTX-01", "/a", Code::MissingMember, error, "CTX-01");
        check("ERR-19", "/a", Code::NotJson, error, "ERR-19");
        check("RESP-03", "", Code::TooLong, response, "RESP-07");
        check("ERR-10", "/a", Code::TooLong, error, "ERR-16");
        check("CTX-01", "/a", Code::ByteOrderMark, response, "RESP-03");
    }
}
