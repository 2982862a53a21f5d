//! Cases for a function that is not a fixture: the part of a case that works with any function.
//!
//! The user's events replace those of the case, and both kinds of answer are allowed, because the function is unknown. Rules
//! about its results or its output are not judged. A case that then tries nothing is left out, with the reason. The function
//! is never blamed for what the runtime does.

use std::collections::BTreeSet;

use super::ordinary::{Ordinary, PLAIN_VERBS, Swap, needs};
use super::{Case, Step};

/// Requirements about the bytes of events, which the user's own events do not try.
const ABOUT_EVENTS: [&str; 4] = ["NEXT-07", "NEXT-08", "NEXT-09", "NEXT-20"];

/// The longest time that a case's events may take together, in milliseconds.
const EVENTS_MS_MAX: u64 = 60_000;

/// The case in a form that an ordinary function can play.
///
/// # Errors
/// Says why the case needs a fixture.
pub fn blackbox(case: &Case, ordinary: &Ordinary) -> Result<Case, String> {
    if case.fact.is_some() {
        return Ok(case.clone());
    }
    cooperation(case)?;
    let mut swap = Swap {
        ordinary,
        seen: Vec::new(),
        special: false,
    };
    let earlier = rewritten(&case.earlier, &mut swap)?;
    let steps = rewritten(&case.steps, &mut swap)?;
    let served = steps.iter().filter(|step| step.serves()).count();
    let events_ms = ordinary.answer_ms.saturating_mul(served as u64);
    if events_ms > EVENTS_MS_MAX {
        return Err(format!(
            "its {served} events would take this function {} s",
            events_ms / 1000
        ));
    }
    let requirements = still_tried(case, &steps, swap.special);
    if requirements.is_empty() {
        return Err(needs("it is about the content of events and answers"));
    }
    Ok(Case {
        requirements,
        needs: Vec::new(),
        earlier,
        steps,
        // Twice the measured time: the time of a function varies.
        deadline_ms: case.deadline_ms.saturating_add(events_ms.saturating_mul(2)),
        blackbox: true,
        ..case.clone()
    })
}

/// What the case asks of the function, except by events.
fn cooperation(case: &Case) -> Result<(), String> {
    let steering = |need: &&String| {
        is_of_start(need) || case.handler.is_some() || case.steps.iter().any(Step::serves)
    };
    let word = case.needs.iter().filter(steering);
    let mut special = word.filter(|word| !PLAIN_VERBS.contains(&word.as_str()));
    if let Some(word) = special.next() {
        return Err(needs(&format!("one with `{word}`")));
    }
    // In Lambda they are always set, and the function may read them.
    match case.env.iter().find(|(_, value)| value.is_none()) {
        Some((name, _)) => Err(needs(&format!("your function may read {name}"))),
        None => Ok(()),
    }
}

/// Whether a function needs this before its first event.
fn is_of_start(need: &str) -> bool {
    need.starts_with("init-") || need == "hooks"
}

/// The steps with events of the user, each with the wait that follows it.
fn rewritten(steps: &[Step], swap: &mut Swap<'_>) -> Result<Vec<Step>, String> {
    let mut following = Vec::with_capacity(steps.len());
    let mut wait: Option<&Step> = None;
    for step in steps.iter().rev() {
        following.push(wait);
        if step.facts().call.is_some() {
            wait = Some(step);
        }
    }
    let paired = steps.iter().zip(following.into_iter().rev());
    paired
        .map(|(step, answer)| step.without_fixture(swap, answer))
        .collect()
}

/// The requirements of the case that its steps still try.
fn still_tried(case: &Case, steps: &[Step], special: bool) -> Vec<String> {
    let (before, after) = (cited(&case.steps), cited(steps));
    let tried = |id: &&String| {
        let lost = before.contains(id.as_str()) && !after.contains(id.as_str());
        let decoy = case.decoy.iter().any(|decoy| decoy.cites == **id);
        let vacuous = !special && ABOUT_EVENTS.contains(&id.as_str());
        (decoy || !lost) && !vacuous
    };
    case.requirements.iter().filter(tried).cloned().collect()
}

/// The requirements that steps name.
fn cited(steps: &[Step]) -> BTreeSet<&str> {
    steps.iter().flat_map(|step| step.facts().cites).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{Payload, Source, embedded, read};

    fn ordinary() -> Ordinary {
        let event = |text: &str| Payload::Text(text.to_owned());
        Ordinary {
            events: vec![event("{\"n\":1}"), event("{\"n\":2}")],
            answer_ms: 100,
        }
    }

    fn built_in(id: &str) -> Case {
        let sources: Vec<Source> = embedded();
        let cases = read(&sources).expect("the built-in cases");
        cases
            .into_iter()
            .find(|case| case.id == id)
            .expect("a case")
    }

    fn events(case: &Case) -> Vec<String> {
        let served = case.steps.iter().filter_map(|step| step.facts().event);
        let served = served.filter_map(|event| event.bytes().ok());
        served
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .collect()
    }

    #[test]
    fn events_are_taken_in_turn_and_equal_ones_stay_equal() {
        let case = |id| blackbox(&built_in(id), &ordinary()).expect("it applies");
        assert_eq!(
            events(&case("response/current_id")),
            ["{\"n\":1}", "{\"n\":2}", "{\"n\":1}"]
        );
        assert_eq!(
            events(&case("next/identical_events")),
            ["{\"n\":1}", "{\"n\":1}"]
        );
    }

    #[test]
    fn special_bytes_stay_where_survival_is_all_that_is_asked() {
        let case = blackbox(&built_in("next/malformed_event"), &ordinary()).expect("it applies");
        assert_eq!(events(&case), ["{\"ricspec\":1,", "{\"n\":1}"]);
        assert_eq!(case.requirements, ["NEXT-08"]);
    }

    #[test]
    fn what_is_lost_is_no_longer_claimed() {
        let case = blackbox(&built_in("next/five_in_a_row"), &ordinary()).expect("it applies");
        assert_eq!(case.requirements, ["NEXT-11", "LIFE-01"]);
        assert_eq!(
            case.deadline_ms,
            built_in("next/five_in_a_row").deadline_ms + 1000
        );
    }

    #[test]
    fn what_needs_a_fixture_says_why() {
        let check = |id: &str, why: &str| {
            let reason = blackbox(&built_in(id), &ordinary()).expect_err(id);
            assert_eq!(reason, why, "{id}");
        };
        let content = "needs a fixture: it is about the content of events and answers";
        check("context/request_id", "needs a fixture: one with `context`");
        check(
            "init/failure_reported",
            "needs a fixture: one with `init-fail`",
        );
        check(
            "init/missing_handler",
            "needs a fixture: one with `missing-handler`",
        );
        check(
            "restore/before_hook_fails",
            "needs a fixture: one with `hooks`",
        );
        check("response/scalars", content);
        check("next/hundred_levels", content);
        check("next/event_of_six_mebibytes", content);
        check("boot/chunked_letters", content);
        check("lifecycle/payload_is_not_logged", content);
        check(
            "boot/no_optional_variables",
            "needs a fixture: your function may read AWS_LAMBDA_LOG_GROUP_NAME",
        );
        let slow = Ordinary {
            answer_ms: 2000,
            ..ordinary()
        };
        assert_eq!(
            blackbox(&built_in("next/two_hundred_in_a_row"), &slow).expect_err("slow"),
            "its 210 events would take this function 420 s"
        );
    }
}
