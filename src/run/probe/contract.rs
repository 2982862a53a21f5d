//! What the verbs that return a value must answer, and the check of their answers.
//!
//! Pure. A verb is checked against the contract only after an `echo` of a similar value came back unchanged. If any `echo`
//! is wrong, the runtime is at fault, and the cases judge it. They also judge it if the fault is unclear.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::case::Step;
use crate::check::Finding;
use crate::cut::shortened;
use crate::plan::{Came, Outside};
use crate::protocol::{Endpoint, Mode, Route};
use crate::transcript::{Exchange, Transcript};
use crate::verdict::is_breach;

/// A verb that returns a value.
struct Verb {
    name: &'static str,
    /// The event, without `ricspec` and `do`.
    event: Value,
    /// A value of the same shape as the answer.
    like: Value,
    /// The contract in words.
    wants: &'static str,
    /// Whether an answer keeps the contract, as far as only the function decides it.
    holds: fn(&Value) -> bool,
}

/// A name that no environment has.
const UNSET: &str = "RICSPEC_IS_NOT_SET";

/// The length of the text that is asked for.
const LETTERS: &str = "xxxx";

/// In the order of the questions. No question asks for output: a fixture may fail to write because of the runtime.
fn verbs() -> [Verb; 7] {
    [
        Verb {
            name: "count",
            event: json!({}),
            like: json!({"count": 3, "inits": 1}),
            wants: r#"{"count": n, "inits": m}, two whole numbers from 1"#,
            holds: |answer| {
                ["count", "inits"]
                    .iter()
                    .all(|name| is_count(&answer[name]))
            },
        },
        Verb {
            name: "log",
            event: json!({}),
            like: json!({"logged": true}),
            wants: r#"{"logged": true}"#,
            holds: |answer| answer["logged"] == true,
        },
        Verb {
            name: "env",
            event: json!({"names": ["AWS_LAMBDA_FUNCTION_NAME", UNSET]}),
            like: json!({"AWS_LAMBDA_FUNCTION_NAME": "ricspec-function", UNSET: null}),
            wants: "an object with each name and its value, null if it is unset",
            holds: |answer| {
                let value = answer.get("AWS_LAMBDA_FUNCTION_NAME");
                value.is_some_and(|value| value.is_string() || value.is_null())
                    && answer.get(UNSET) == Some(&Value::Null)
            },
        },
        Verb {
            name: "large",
            event: json!({"bytes": LETTERS.len()}),
            like: json!(LETTERS),
            wants: r#"a string of as many letters x as asked for, here "xxxx""#,
            holds: |answer| answer == LETTERS,
        },
        Verb {
            name: "sleep",
            event: json!({"ms": 1}),
            like: json!({"slept_ms": 1}),
            wants: r#"{"slept_ms": ms}, here {"slept_ms": 1}"#,
            holds: |answer| answer["slept_ms"].as_f64() == Some(1.0),
        },
        Verb {
            name: "null",
            event: json!({}),
            like: Value::Null,
            wants: "nothing: null",
            holds: may_be_nothing,
        },
        Verb {
            name: "context",
            event: json!({}),
            like: context(),
            wants: "an object with `request_id`, `remaining_ms` and the other members of the contract",
            // The values of members come from the runtime, and some serialisers leave out null.
            holds: |answer| shown_by(answer).next().is_some(),
        },
    ]
}

fn is_count(value: &Value) -> bool {
    value
        .as_f64()
        .is_some_and(|count| count >= 1.0 && count.fract() == 0.0)
}

/// A runtime may turn nothing into many things, mostly by its own fault; but no runtime makes up a value.
fn may_be_nothing(answer: &Value) -> bool {
    match answer {
        Value::Null | Value::String(_) | Value::Bool(false) => true,
        Value::Bool(true) => false,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
    }
}

/// What a runtime may show of the context.
fn context() -> Value {
    json!({
        "request_id": "52fdfc07-2182-454f-963f-5f0f9a621d72",
        "deadline_ms": 1_750_000_000_000_u64,
        "remaining_ms": 59_000,
        "remaining_later_ms": null,
        "invoked_function_arn": "arn:aws:lambda:us-east-1:123456789012:function:ricspec-function",
        "function_name": "ricspec-function",
        "function_version": "$LATEST",
        "memory_limit_mb": "128",
        "log_group": null,
        "log_stream": null,
        "client_context": {"client": {}, "custom": {"a": "b"}, "env": {}},
        "identity": null,
        "tenant_id": null,
        "trace_id": "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"
    })
}

/// The members of an answer to `context` that the contract knows.
fn shown_by(answer: &Value) -> impl Iterator<Item = String> {
    let like = context();
    let names = like.as_object().map(|like| like.keys().cloned().collect());
    let names: Vec<String> = names.unwrap_or_default();
    let shown: BTreeSet<String> = answer
        .as_object()
        .map(|answer| answer.keys().cloned().collect())
        .unwrap_or_default();
    names.into_iter().filter(move |name| shown.contains(name))
}

/// The verbs among these words that can be checked.
fn asked(words: &[String]) -> Vec<Verb> {
    let named = |name: &str| words.iter().any(|word| word == name);
    match named("echo") {
        true => verbs()
            .into_iter()
            .filter(|verb| named(verb.name))
            .collect(),
        false => Vec::new(),
    }
}

fn event(verb: &str, members: &Value) -> Value {
    let mut event = json!({"ricspec": 1, "do": verb});
    if let (Value::Object(event), Value::Object(members)) = (&mut event, members) {
        event.extend(members.clone());
    }
    event
}

/// An `echo` of a similar value before each verb, and one after the last; an answer to each.
pub(super) fn steps(words: &[String]) -> Vec<Step> {
    let verbs = asked(words);
    let Some(last) = verbs.last() else {
        return Vec::new();
    };
    let echo = |verb: &Verb| event("echo", &json!({"value": verb.like}));
    let pairs = verbs
        .iter()
        .flat_map(|verb| [echo(verb), event(verb.name, &verb.event)]);
    let mut steps: Vec<Value> = pairs
        .chain([echo(last)])
        .flat_map(|event| {
            [
                json!({"serve": {"event": {"json": event}}}),
                json!({"expect": {"call": "answer", "cites": "RESP-01"}}),
            ]
        })
        .collect();
    steps.push(json!({"expect": {"call": "next", "cites": "NEXT-11"}}));
    let text = Value::from(steps).to_string();
    serde_json::from_str(&text).expect("steps of a case; a test holds them")
}

/// The verbs whose answers break the contract. The first invocation of the transcript was `describe`, the others were those
/// of [`steps`]. `findings` are what the runtime broke in it.
pub(super) fn outside(
    words: &[String],
    transcript: &Transcript,
    findings: &[Finding],
) -> Vec<Outside> {
    let verbs = asked(words);
    let answers: Vec<Option<(usize, &Exchange)>> = transcript
        .invocations
        .iter()
        .map(|delivery| answer_to(transcript, &delivery.request_id))
        .collect();
    let answer = |invocation: usize| answers.get(invocation).copied().flatten();
    let like = verbs.iter().chain(verbs.last()).map(|verb| &verb.like);
    let whole = like.enumerate().all(|(index, like)| {
        // After a missing answer, no later one came.
        answer(1 + 2 * index)
            .is_none_or(|(_, echo)| is_response(echo) && value(echo).as_ref() == Some(like))
    });
    if !whole {
        return Vec::new();
    }
    let suspect = |exchange: usize| {
        findings
            .iter()
            .any(|finding| is_breach(finding) && finding.evidence.exchange == Some(exchange))
    };
    verbs
        .iter()
        .enumerate()
        .filter_map(|(index, verb)| {
            let (exchange, answer) = answer(2 + 2 * index)?;
            let came = fault_of(verb, answer).filter(|_| !suspect(exchange))?;
            Some(Outside {
                verb: verb.name.to_owned(),
                came,
                wants: verb.wants.to_owned(),
            })
        })
        .collect()
}

/// The answer, if only the function can be at fault for it.
fn fault_of(verb: &Verb, answer: &Exchange) -> Option<Came> {
    let text = shortened(&answer.body.text());
    match is_response(answer) {
        // A runtime that cannot send "nothing" reports an error.
        false if verb.name == "null" => None,
        false => Some(Came::Raised(text)),
        true => {
            let value = value(answer)?;
            (!(verb.holds)(&value)).then_some(Came::Returned(text))
        }
    }
}

fn value(answer: &Exchange) -> Option<Value> {
    serde_json::from_slice(&answer.body.kept).ok()
}

fn is_response(answer: &Exchange) -> bool {
    let route = answer.route(Mode::OnDemand);
    matches!(route, Route::Known(Endpoint::Response(_)))
}

/// The first whole answer to an invocation.
fn answer_to<'a>(transcript: &'a Transcript, id: &str) -> Option<(usize, &'a Exchange)> {
    let mut calls = transcript.exchanges.iter().enumerate();
    calls.find(|(_, call)| {
        let route = call.route(Mode::OnDemand);
        let answered = route.endpoint().and_then(Endpoint::answers);
        answered == Some(id) && call.complete.is_some()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn what_is_like_an_answer_is_within_the_contract() {
        for verb in verbs() {
            assert!((verb.holds)(&verb.like), "{}", verb.name);
        }
    }

    #[test]
    fn an_answer_outside_the_contract_is_known() {
        let check = |name: &str, answers: &[Value]| {
            let verbs = verbs();
            let verb = verbs.iter().find(|verb| verb.name == name).expect(name);
            for answer in answers {
                assert!(!(verb.holds)(answer), "{name}: {answer}");
            }
        };
        let counts = [
            json!(3),
            json!({"count": 0, "inits": 1}),
            json!({"count": 1.5, "inits": 1}),
        ];
        check("count", &counts);
        check(
            "count",
            &[json!({"count": "1", "inits": 1}), json!({"count": 1})],
        );
        check("log", &[Value::Null, json!({}), json!({"logged": 1})]);
        check(
            "env",
            &[
                json!([]),
                json!({UNSET: null}),
                json!({"AWS_LAMBDA_FUNCTION_NAME": "a", UNSET: ""}),
            ],
        );
        check("large", &[json!(4), json!("xxx"), json!("aaaa")]);
        check(
            "sleep",
            &[Value::Null, json!({"slept_ms": 0}), json!({"slept": 1})],
        );
        check(
            "null",
            &[json!({"a": null}), json!(1), json!(true), json!([null])],
        );
        check(
            "context",
            &[Value::Null, json!([]), json!({"requestId": "a"})],
        );
    }

    #[test]
    fn without_echo_nothing_can_be_shown() {
        assert!(steps(&words(&["describe", "count"])).is_empty());
        assert!(steps(&words(&["describe", "echo"])).is_empty());
        let all: Vec<&str> = verbs().iter().map(|verb| verb.name).collect();
        let steps = steps(&words(&[&["echo"], &all[..]].concat()));
        assert_eq!(steps.len(), 2 * (2 * all.len() + 1) + 1);
    }
}
