//! Cases for a function that is no fixture: what of a case can be tried without its cooperation.
//!
//! The events become the user's own, and either answer will do, since nothing is known of the function. What would need
//! to know its results, or what it prints, is not judged. A case that keeps nothing of its point is left out with the
//! reason. The function is never blamed for what the runtime would not do.

use std::collections::BTreeSet;

use super::{Case, Expect, Payload, Step};

/// Events for a function that is no fixture, and what is known of it.
#[derive(Clone, Debug)]
pub struct Ordinary {
    /// The events, taken in turn; there is at least one.
    pub events: Vec<Payload>,
    /// How long the function takes for one of them, at most, in milliseconds.
    pub answer_ms: u64,
}

impl Ordinary {
    /// A function of which nothing is known, with the event that stands for any.
    pub fn unknown() -> Self {
        Self {
            events: vec![Payload::default()],
            answer_ms: 0,
        }
    }
}

/// Verbs that ask for nothing in particular: any event will do instead.
const PLAIN_VERBS: [&str; 3] = ["count", "describe", "echo"];

/// An event of the fixture's that is larger has its size for a point.
const PLAIN_BYTES_MAX: usize = 1024;

/// Requirements about the bytes of events, which the user's own events do not try.
const ABOUT_EVENTS: [&str; 4] = ["NEXT-07", "NEXT-08", "NEXT-09", "NEXT-20"];

/// The longest that a case's events may take together, in milliseconds.
const EVENTS_MS_MAX: u64 = 60_000;

/// The case as it can be played with an ordinary function, or why it cannot.
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
    let earlier = swap.steps(&case.earlier)?;
    let steps = swap.steps(&case.steps)?;
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
        return Err(needs("it is about what stands in events and answers"));
    }
    Ok(Case {
        requirements,
        needs: Vec::new(),
        earlier,
        steps,
        // Twice what was seen: nobody knows how evenly the function works.
        deadline_ms: case.deadline_ms.saturating_add(events_ms.saturating_mul(2)),
        blackbox: true,
        ..case.clone()
    })
}

fn needs(why: &str) -> String {
    format!("needs a fixture: {why}")
}

/// What the case asks of the function outside of events.
fn cooperation(case: &Case) -> Result<(), String> {
    let steering = |need: &&String| {
        need.starts_with("init-") || case.handler.is_some() || case.steps.iter().any(Step::serves)
    };
    let word = case.needs.iter().filter(steering);
    let mut special = word.filter(|word| !PLAIN_VERBS.contains(&word.as_str()));
    if let Some(word) = special.next() {
        return Err(needs(&format!("one that honours `{word}`")));
    }
    // On Lambda they are always there, so that a function may read them.
    match case.env.iter().find(|(_, value)| value.is_none()) {
        Some((name, _)) => Err(needs(&format!("another function may read {name}"))),
        None => Ok(()),
    }
}

/// Steps being rewritten.
pub(super) struct Swap<'a> {
    ordinary: &'a Ordinary,
    /// The case's own events, in the order in which they were first met.
    seen: Vec<Vec<u8>>,
    /// Whether an event keeps its bytes.
    special: bool,
}

impl Swap<'_> {
    fn steps(&mut self, steps: &[Step]) -> Result<Vec<Step>, String> {
        // The wait that follows each step, if one does.
        let mut following = Vec::with_capacity(steps.len());
        let mut wait: Option<&Expect> = None;
        for step in steps.iter().rev() {
            following.push(wait);
            if let Step::Expect(expect) = step {
                wait = Some(expect);
            }
        }
        let paired = steps.iter().zip(following.into_iter().rev());
        paired
            .map(|(step, answer)| step.without_fixture(self, answer))
            .collect()
    }

    /// The event that is delivered instead of this one; `answer` is the wait that follows.
    pub(super) fn event(
        &mut self,
        event: &Payload,
        answer: Option<&Expect>,
    ) -> Result<Payload, String> {
        match verb(event) {
            Some(verb) if PLAIN_VERBS.contains(&verb.as_str()) => Ok(self.ours(event)),
            Some(verb) => Err(needs(&format!("its events ask for `{verb}`"))),
            None if answer.is_some_and(Expect::asks_for_survival) => {
                self.special = true;
                Ok(event.clone())
            }
            None => Err(needs("it is about what stands in events and answers")),
        }
    }

    /// The next of the user's events; equal events of the case stay equal.
    fn ours(&mut self, event: &Payload) -> Payload {
        let bytes = event.bytes().unwrap_or_default();
        let known = self.seen.iter().position(|seen| *seen == bytes);
        let at = known.unwrap_or(self.seen.len());
        if known.is_none() {
            self.seen.push(bytes);
        }
        let events = &self.ordinary.events;
        events
            .get(at % events.len().max(1))
            .cloned()
            .unwrap_or_default()
    }
}

/// The verb of an event that is nothing but a small document in ASCII; others have their bytes for a point.
fn verb(event: &Payload) -> Option<String> {
    let Payload::Json(raw) = event else {
        return None;
    };
    let text = raw.get();
    if !text.is_ascii() || text.len() > PLAIN_BYTES_MAX {
        return None;
    }
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    Some(value.get("do")?.as_str()?.to_owned())
}

/// The case's requirements without those that nothing in it tries any more.
fn still_tried(case: &Case, steps: &[Step], special: bool) -> Vec<String> {
    let (before, after) = (cited(&case.steps), cited(steps));
    let tried = |id: &&String| {
        let lost = before.contains(id.as_str()) && !after.contains(id.as_str());
        let trap = case.trap.iter().any(|trap| trap.cites == **id);
        let vacuous = !special && ABOUT_EVENTS.contains(&id.as_str());
        (trap || !lost) && !vacuous
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
    use crate::case::{Source, embedded, read};

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
        let content = "needs a fixture: it is about what stands in events and answers";
        check(
            "context/request_id",
            "needs a fixture: one that honours `context`",
        );
        check(
            "init/failure_reported",
            "needs a fixture: one that honours `init-fail`",
        );
        check(
            "init/missing_handler",
            "needs a fixture: one that honours `missing-handler`",
        );
        check("response/scalars", content);
        check("next/hundred_levels", content);
        check("next/event_of_six_mebibytes", content);
        check("boot/chunked_letters", content);
        check("lifecycle/payload_is_not_logged", content);
        check(
            "boot/no_optional_variables",
            "needs a fixture: another function may read AWS_LAMBDA_LOG_GROUP_NAME",
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
