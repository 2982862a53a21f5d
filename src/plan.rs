//! The plan: which cases run, in which order, and why the others do not.
//!
//! Pure. It knows the cases and the verbs of the fixture, and no target. Nothing is lost: a case is run, skipped with its
//! reason, or counted as deselected.

mod able;
mod error;
mod pattern;

pub use able::{Able, Came, Outside, SkipReason, fitted};
pub use error::PlanError;
pub use pattern::Unmatched;

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::case::{Because, Case, LeftOut, Ordinary, blackbox};
use crate::law::{Set, Subject};
use pattern::patterns;

/// The profiles by default: what every runtime does, and what a runtime does if it can. There each case needs a verb of the
/// fixture, and is skipped with this reason where the runtime, and so the fixture, lacks it.
pub const BY_DEFAULT: [&str; 3] = ["core", "streaming", "snapstart"];

/// A profile: the cases of [`BY_DEFAULT`] that do not take long.
const QUICK: &str = "quick";

/// What the user selected. Empty lists select the default.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Selection {
    /// What is under test; by default, a runtime and the image that holds it.
    pub subjects: Vec<Subject>,
    /// Globs, one of which must match; one without a slash names areas, or requirements if it has a capital letter; `*` does
    /// not match a slash.
    pub filter: Vec<String>,
    /// Globs, none of which may match.
    pub skip: Vec<String>,
    /// Profiles; those of [`BY_DEFAULT`] if there are none. `quick` is the same without the long cases.
    pub profiles: Vec<String>,
    /// The only set of requirements that counts, if the user chose one: newer cases are left out.
    pub set: Option<Arc<Set>>,
    /// What failed last, and when it is played.
    pub again: Option<Again>,
    /// The part to run and the number of parts, from 1: `(2, 5)` is the second fifth.
    pub shard: Option<(u32, u32)>,
}

/// What failed in the last run.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Again {
    /// The ids of the cases.
    pub ids: BTreeSet<String>,
    /// When they are played.
    pub order: Order,
}

/// When cases are played that failed last.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Order {
    /// They alone are.
    Only,
    /// Before the others.
    First,
}

/// What will be done.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The cases to run. First those that run alone, then the longest, so that a parallel run does not end with one long
    /// case.
    pub run: Vec<Case>,
    /// Selected, but not run; by id.
    pub skipped: Vec<(Case, SkipReason)>,
    /// The cases that filter, skip, profile and shard leave out.
    pub left_out: Vec<LeftOut>,
    /// Globs that match no case: probably typing errors.
    pub unmatched: Vec<Unmatched>,
}

/// Selects and orders cases by what the fixture can do; `None` takes every need as met.
///
/// # Errors
/// The selection makes no sense.
///
/// # Examples
/// ```
/// use ricspec::case::{embedded, read};
/// use ricspec::plan::{Selection, plan};
///
/// let cases = read(&embedded()).expect("the built-in cases");
/// let selection = Selection {
///     filter: vec!["next/*".to_owned()],
///     ..Selection::default()
/// };
/// let plan = plan(cases, None, &selection).expect("a glob");
/// assert!(plan.run.iter().all(|case| case.area() == "next"));
/// ```
pub fn plan(
    cases: Vec<Case>,
    able: Option<&Able>,
    selection: &Selection,
) -> Result<Plan, PlanError> {
    let filter = patterns(&selection.filter)?;
    let skip = patterns(&selection.skip)?;
    let subjects = subjects(&selection.subjects);
    let is_about = |case: &Case| subjects.contains(&case.subject);
    let profiles = profiles(
        cases.iter().filter(|case| is_about(case)),
        &selection.profiles,
    )?;
    let again = selection.again.as_ref();
    let wanted = |case: &Case| profiles.iter().any(|profile| belongs(case, profile));
    let unmatched = filter
        .iter()
        .map(|glob| glob.unmatched(&cases, is_about, wanted));
    let unmatched = unmatched.chain(
        skip.iter()
            .map(|glob| glob.unmatched(&cases, |_| true, |_| true)),
    );
    let unmatched = unmatched.flatten().collect();

    let chosen = |case: &Case| {
        (filter.is_empty() || filter.iter().any(|pattern| pattern.matches(case)))
            && !skip.iter().any(|pattern| pattern.matches(case))
            && again.is_none_or(|again| again.order != Order::Only || again.has(case))
    };
    let set = selection.set.as_ref();
    let is_of_set = |case: &Case| set.is_none_or(|set| set.has_case(&case.id));
    let mut plan = Plan {
        unmatched,
        ..Plan::default()
    };
    let mut selected = Vec::new();
    for case in cases.into_iter().filter(|case| is_about(case)) {
        if !is_of_set(&case) {
            plan.leave_out(&case, Because::Set);
            continue;
        }
        match (chosen(&case), wanted(&case)) {
            (true, true) => selected.push(case),
            (true, false) => plan.leave_out(&case, Because::Profile),
            (false, _) => plan.leave_out(&case, Because::Filter),
        }
    }
    selected.sort_by_cached_key(|case| {
        let later = again.is_some_and(|again| !again.has(case));
        let id = case.id.clone();
        (later, !case.alone, Reverse(case.takes_ms()), id)
    });
    if let Some((index, count)) = selection.shard {
        let (own, others) = shard(selected, index, count)?;
        others
            .iter()
            .for_each(|case| plan.leave_out(case, Because::Shard));
        selected = own;
    }
    for case in selected {
        match able.map_or_else(|| Ok(case.clone()), |able| fitted(&case, able)) {
            Err(reason) => plan.skipped.push((case, reason)),
            Ok(case) => plan.run.push(case),
        }
    }
    plan.skipped
        .sort_by(|(one, _), (other, _)| one.id.cmp(&other.id));
    Ok(plan)
}

impl Again {
    fn has(&self, case: &Case) -> bool {
        self.ids.contains(&case.id)
    }
}

impl Plan {
    fn leave_out(&mut self, case: &Case, because: Because) {
        self.left_out.push(LeftOut::new(case, because));
    }

    /// The same for a function that is not a fixture: cases that need a fixture are skipped.
    #[must_use]
    pub fn blackbox(mut self, ordinary: &Ordinary) -> Self {
        for case in std::mem::take(&mut self.run) {
            match blackbox(&case, ordinary) {
                Ok(case) => self.run.push(case),
                Err(reason) => self.skipped.push((case, SkipReason::NoFixture(reason))),
            }
        }
        self.skipped
            .sort_by(|(one, _), (other, _)| one.id.cmp(&other.id));
        self
    }
}

/// What the cases are about that a run plays. An image is checked together with the runtime in it.
fn subjects(asked: &[Subject]) -> &[Subject] {
    match asked {
        [] => &[Subject::Runtime, Subject::Image],
        asked => asked,
    }
}

fn profiles<'a>(
    cases: impl Iterator<Item = &'a Case> + Clone,
    asked: &[String],
) -> Result<Vec<String>, PlanError> {
    if asked.is_empty() {
        return Ok(BY_DEFAULT.map(str::to_owned).to_vec());
    }
    for name in asked {
        if name != QUICK && !cases.clone().any(|case| case.profile == *name) {
            let names = cases.map(|case| case.profile.as_str());
            let mut known: Vec<String> = names
                .chain([QUICK])
                .map(|name| format!("`{name}`"))
                .collect();
            known.sort();
            known.dedup();
            return Err(PlanError::Profile {
                name: name.clone(),
                known: known.join(", "),
            });
        }
    }
    Ok(asked.to_vec())
}

fn belongs(case: &Case, profile: &str) -> bool {
    match profile {
        QUICK => BY_DEFAULT.contains(&&*case.profile) && !case.is_long(),
        name => case.profile == name,
    }
}

/// Deals the cases out like cards. The longest come first, so every part gets its share of long cases. The fixture has no
/// influence here, so the parts of one selection fit together, whatever verbs each machine's fixture has.
fn shard(cases: Vec<Case>, index: u32, count: u32) -> Result<(Vec<Case>, Vec<Case>), PlanError> {
    if index == 0 || index > count {
        return Err(PlanError::Shard { index, count });
    }
    let mut at = 0;
    Ok(cases.into_iter().partition(|_| {
        at += 1;
        (at - 1) % u64::from(count) == u64::from(index - 1)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn case(id: &str, more: &str) -> Case {
        let steps = if more.contains("\"steps\"") {
            ""
        } else {
            r#""steps": [],"#
        };
        serde_json::from_str(&format!(
            r#"{{"$schema": "", "title": "", "why": "", {steps} {more} "id": "{id}", "requirements": []}}"#
        ))
        .expect("a case")
    }

    fn suite() -> Vec<Case> {
        vec![
            case("init/raises", r#""needs": ["init-fail"],"#),
            case(
                "next/held",
                r#""steps": [{"serve": {"hold_ms": 700}}, {"quiet": {"ms": 400, "cites": "X"}}],"#,
            ),
            case("next/polls", ""),
            case("next/late", r#""steps": [{"freeze": {"ms": 900}}],"#),
            case("response/nan", r#""needs": ["nan", "echo"],"#),
            case("managed/one", r#""profile": "preview","#),
        ]
    }

    pub(super) fn words(list: &[&str]) -> Vec<String> {
        list.iter().map(|word| (*word).to_owned()).collect()
    }

    pub(super) fn able(verbs: &[&str]) -> Able {
        Able::from(words(verbs))
    }

    fn ids(cases: &[Case]) -> Vec<&str> {
        cases.iter().map(|case| case.id.as_str()).collect()
    }

    #[track_caller]
    fn check(selection: &Selection, run: &[&str], deselected: usize) {
        let plan = plan(suite(), None, selection).expect("a plan");
        assert_eq!(
            (ids(&plan.run), plan.left_out.len()),
            (run.to_vec(), deselected)
        );
    }

    fn filter(globs: &[&str]) -> Selection {
        Selection {
            filter: words(globs),
            ..Selection::default()
        }
    }

    #[test]
    fn the_longest_cases_come_first_and_ties_go_by_id() {
        check(
            &Selection::default(),
            &[
                "next/held",
                "next/late",
                "init/raises",
                "next/polls",
                "response/nan",
            ],
            1,
        );
    }

    #[test]
    fn a_glob_without_a_slash_names_areas() {
        check(
            &filter(&["next"]),
            &["next/held", "next/late", "next/polls"],
            3,
        );
        check(
            &filter(&["next/"]),
            &["next/held", "next/late", "next/polls"],
            3,
        );
        check(&filter(&["re*"]), &["response/nan"], 5);
        check(&filter(&["polls"]), &[], 6);
    }

    #[test]
    fn a_glob_with_a_slash_names_ids() {
        check(&filter(&["next/polls"]), &["next/polls"], 5);
        check(
            &filter(&["*/{polls,late}"]),
            &["next/late", "next/polls"],
            4,
        );
        check(&filter(&["n*s"]), &[], 6);
        check(
            &filter(&["init", "next/p*"]),
            &["init/raises", "next/polls"],
            4,
        );
    }

    #[test]
    fn a_glob_with_a_capital_letter_names_requirements() {
        let mut cases = suite();
        let asked = [["RESP-06", "NEXT-01"], ["NEXT-02", "NEXT-03"]];
        for (case, requirements) in cases.iter_mut().zip(asked) {
            case.requirements = words(&requirements);
        }
        let run = |glob: &str| {
            let plan = plan(cases.clone(), None, &filter(&[glob])).expect("a plan");
            let told = plan.unmatched.first().map(ToString::to_string);
            (plan.run.len(), told.unwrap_or_default())
        };
        assert_eq!(run("RESP-06"), (1, String::new()));
        assert_eq!(run("NEXT-*"), (2, String::new()));
        let unknown = "`RESP-99` matches no case; did you mean `RESP-09`, `RESP-19` or `RESP-01`?";
        assert_eq!(run("RESP-99"), (0, unknown.to_owned()));
        let untried = "`NEXT-05` matches no case; it is a requirement that no case tries";
        assert_eq!(run("NEXT-05"), (0, untried.to_owned()));
        let area = "`nxt/*` matches no case; did you mean `next/*` or `init/*`?";
        assert_eq!(run("nxt/*"), (0, area.to_owned()));
        let profile =
            "`managed` matches only cases of the profile `preview`; add --profile preview";
        assert_eq!(run("managed"), (0, profile.to_owned()));
    }

    #[test]
    fn what_failed_last_is_played_alone_or_first() {
        let with = |order| Selection {
            again: Some(Again {
                ids: words(&["next/late", "response/nan"]).into_iter().collect(),
                order,
            }),
            ..filter(&["next", "init"])
        };
        check(&with(Order::Only), &["next/late"], 5);
        check(
            &with(Order::First),
            &["next/late", "next/held", "init/raises", "next/polls"],
            2,
        );
    }

    #[test]
    fn skip_wins_over_filter() {
        let selection = Selection {
            skip: words(&["next/held", "init"]),
            ..filter(&["next", "init"])
        };
        check(&selection, &["next/late", "next/polls"], 4);
    }

    #[test]
    fn profiles_replace_the_default_one() {
        let selection = Selection {
            profiles: words(&["preview"]),
            ..Selection::default()
        };
        check(&selection, &["managed/one"], 5);
    }

    #[test]
    fn what_not_every_runtime_can_do_is_tried_by_default_if_this_one_can() {
        let mut cases = suite();
        for (area, profile, verb) in [
            ("streaming", "streaming", "stream"),
            ("restore", "snapstart", "hooks"),
        ] {
            let more = format!(r#""profile": "{profile}", "needs": ["{verb}"],"#);
            cases.push(case(&format!("{area}/one"), &more));
            let run = |verbs: &[&str]| {
                let selection = filter(&[area]);
                let plan = plan(cases.clone(), Some(&able(verbs)), &selection).expect("a plan");
                let skipped = plan.skipped.first().map(|(_, reason)| reason.to_string());
                (plan.run.len(), skipped.unwrap_or_default())
            };
            assert_eq!(run(&[verb]), (1, String::new()));
            assert_eq!(run(&[]), (0, format!("the fixture lacks `{verb}`")));
        }
    }

    #[test]
    fn cases_that_are_newer_than_the_chosen_set_are_left_out() {
        let set = Set::of_law("runtime-api-2026-11", Subject::Runtime);
        let old = set.with_cases(words(&["next/polls", "init/raises"]));
        let selection = Selection {
            set: Some(Arc::new(old)),
            ..filter(&["next"])
        };
        check(&selection, &["next/polls"], 5);
        let plan = plan(suite(), None, &selection).expect("a plan");
        let newer = plan.left_out.iter().find(|case| case.id == "next/held");
        assert_eq!(newer.map(|case| case.because), Some(Because::Set));
    }

    #[test]
    fn the_quick_profile_is_the_default_one_without_its_long_cases() {
        let mut cases = suite();
        cases.push(case(
            "next/half_a_minute",
            r#""steps": [{"serve": {"hold_ms": 35000}}],"#,
        ));
        let run = |profiles: &[&str]| {
            let selection = Selection {
                profiles: words(profiles),
                ..filter(&["next"])
            };
            let plan = plan(cases.clone(), None, &selection).expect("a plan");
            let ids = plan.run.into_iter().map(|case| case.id);
            ids.collect::<Vec<_>>()
        };
        let quick = ["next/held", "next/late", "next/polls"];
        assert_eq!(run(&["quick"]), quick);
        assert_eq!(run(&[]), [&["next/half_a_minute"][..], &quick].concat());
    }

    #[test]
    fn an_unmet_need_is_a_skip_with_its_reason() {
        let plan = plan(suite(), Some(&able(&["echo"])), &Selection::default()).expect("a plan");
        let reasons: Vec<_> = plan
            .skipped
            .iter()
            .map(|(case, reason)| format!("{}: {reason}", case.id))
            .collect();
        assert_eq!(
            reasons,
            [
                "init/raises: the fixture lacks `init-fail`",
                "response/nan: the fixture lacks `nan`",
            ]
        );
        assert_eq!(plan.run.len() + plan.skipped.len() + plan.left_out.len(), 6);
    }

    #[test]
    fn shards_are_disjoint_and_together_the_whole() {
        let mut all = Vec::new();
        for index in 1..=4 {
            let selection = Selection {
                shard: Some((index, 4)),
                ..Selection::default()
            };
            let plan = plan(suite(), Some(&Able::default()), &selection).expect("a plan");
            all.extend(plan.run.into_iter().map(|case| case.id));
            all.extend(plan.skipped.into_iter().map(|(case, _)| case.id));
        }
        all.sort();
        assert_eq!(all.len(), 5);
        all.dedup();
        assert_eq!(all.len(), 5);
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_a_mend() {
        let check = |selection: Selection, message: &str| {
            let error = plan(suite(), None, &selection).expect_err("refused");
            assert_eq!(error.to_string(), message);
        };
        check(
            filter(&["next/[a"]),
            "`next/[a` is not a glob: unclosed character class; missing ']'; \
             write an area such as `next`, an id, or an id with `*`",
        );
        let profiles = Selection {
            profiles: words(&["cor"]),
            ..Selection::default()
        };
        check(
            profiles,
            "no case belongs to profile `cor`; the profiles are `core`, `preview`, `quick`",
        );
        for (index, count) in [(0, 3), (4, 3), (0, 0)] {
            let selection = Selection {
                shard: Some((index, count)),
                ..Selection::default()
            };
            check(
                selection,
                &format!("there is no shard {index}/{count}; shards go from 1/N to N/N"),
            );
        }
    }

    #[test]
    fn globs_that_match_nothing_are_told() {
        let selection = Selection {
            skip: words(&["nxt", "managed"]),
            ..filter(&["next/poll", "init"])
        };
        let plan = plan(suite(), None, &selection).expect("a plan");
        let told: Vec<String> = plan.unmatched.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "`next/poll` matches no case; did you mean `next/polls` or `next/held`?",
                "`nxt` matches no case; did you mean `next` or `init`?",
            ]
        );
    }
}
