//! The plan: which cases run, in which order, and why the others do not.
//!
//! Pure. It knows cases and what the fixture honours; it refuses to know targets. Nothing vanishes: a case is run,
//! skipped with its reason, or counted as deselected.

use std::cmp::Reverse;
use std::fmt;
use std::sync::Arc;

use globset::{GlobBuilder, GlobMatcher};
use thiserror::Error;

use crate::case::{Case, Ordinary, Step, What, blackbox};

/// The profile of a case that says nothing else.
const CORE: &str = "core";

/// A name for those of [`CORE`] that do not take long.
const QUICK: &str = "quick";

/// What the user asked for. Empty lists ask for nothing special.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Selection {
    /// Globs, one of which must match; a glob without a slash names areas, `*` stops at a slash.
    pub filter: Vec<String>,
    /// Globs, none of which may match.
    pub skip: Vec<String>,
    /// Profiles; `core` by default. `quick` is that without its long cases.
    pub profiles: Vec<String>,
    /// The part to run and the number of parts, from 1: `(2, 5)` is the second fifth.
    pub shard: Option<(u32, u32)>,
}

/// A selection that cannot be meant.
#[derive(Debug, Error)]
pub enum PlanError {
    /// Not a glob.
    #[error(
        "`{pattern}` is not a glob: {what}; write an area such as `next`, an id, or an id with `*`"
    )]
    Glob {
        /// As given.
        pattern: String,
        /// What is wrong with it.
        what: globset::ErrorKind,
    },
    /// No case has this profile.
    #[error("no case belongs to profile `{name}`; the profiles are {known}")]
    Profile {
        /// As given.
        name: String,
        /// Those that there are, as a list to print.
        known: String,
    },
    /// There is no such part.
    #[error("there is no shard {index}/{count}; shards go from 1/N to N/N")]
    Shard {
        /// The part.
        index: u32,
        /// The number of parts.
        count: u32,
    },
}

/// What the fixture can do.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Able {
    /// The verbs and init words that it honours.
    pub verbs: Vec<String>,
    /// Those of them that answer outside the contract.
    pub outside: Vec<Outside>,
}

impl From<Vec<String>> for Able {
    /// A fixture that keeps to the contract.
    fn from(verbs: Vec<String>) -> Self {
        let outside = Vec::new();
        Self { verbs, outside }
    }
}

/// A verb that answers outside the contract, through no fault of the runtime: a like value comes through whole.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Outside {
    /// The verb.
    pub verb: String,
    /// What came.
    pub came: Came,
    /// What the contract wants, in words.
    pub wants: String,
}

/// An answer outside the contract.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Came {
    /// The function returned this.
    Returned(String),
    /// It raised an error, of which this is the document.
    Raised(String),
}

impl fmt::Display for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { verb, came, wants } = self;
        match came {
            Came::Returned(text) => write!(f, "`{verb}` of the fixture returned {text}")?,
            Came::Raised(text) => write!(f, "`{verb}` of the fixture raised {text}")?,
        }
        write!(f, "; the contract wants {wants}")
    }
}

/// Why a selected case is not run.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SkipReason {
    /// The fixture lacks these verbs or init words.
    NotHonoured(Vec<String>),
    /// The fixture answers this verb outside the contract.
    Outside(Outside),
    /// The function is no fixture, or is of no use here; in words.
    NoFixture(String),
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotHonoured(words) => {
                let words: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
                write!(f, "the fixture does not honour {}", words.join(" and "))
            }
            Self::Outside(outside) => outside.fmt(f),
            Self::NoFixture(reason) => f.write_str(reason),
        }
    }
}

/// What will be done.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The cases to run. Those that run alone come first, then the longest, so that a parallel run does not end with one of them alone.
    pub run: Vec<Case>,
    /// Selected, yet not run; by id.
    pub skipped: Vec<(Case, SkipReason)>,
    /// How many cases filter, skip, profile and shard leave out.
    pub deselected: usize,
    /// Left out by their profile alone, though they are about what a runtime does.
    pub other_profiles: Vec<Case>,
    /// Globs that match no case at all, whatever the profile: most likely typing errors.
    pub unmatched: Vec<String>,
}

/// Selects and orders cases, by what the fixture can do; `None` takes every need as met.
pub fn plan(
    cases: Vec<Case>,
    able: Option<&Able>,
    selection: &Selection,
) -> Result<Plan, PlanError> {
    let filter = patterns(&selection.filter)?;
    let skip = patterns(&selection.skip)?;
    let profiles = profiles(&cases, &selection.profiles)?;
    let total = cases.len();
    let unmatched = filter
        .iter()
        .chain(&skip)
        .filter(|pattern| !cases.iter().any(|case| pattern.matches(case)))
        .map(|pattern| pattern.text.clone())
        .collect();

    let (mut selected, other_profiles): (Vec<Case>, Vec<Case>) = cases
        .into_iter()
        .filter(|case| filter.is_empty() || filter.iter().any(|pattern| pattern.matches(case)))
        .filter(|case| !skip.iter().any(|pattern| pattern.matches(case)))
        .partition(|case| profiles.iter().any(|profile| belongs(case, profile)));
    selected.sort_by_cached_key(|case| (!case.alone, Reverse(case.least_ms()), case.id.clone()));
    if let Some((index, count)) = selection.shard {
        selected = shard(selected, index, count)?;
    }

    let mut plan = Plan {
        deselected: total - selected.len(),
        other_profiles: other_profiles
            .into_iter()
            .filter(|case| case.fact.is_none())
            .collect(),
        unmatched,
        ..Plan::default()
    };
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

impl Plan {
    /// The same for a function that is no fixture: what cannot be tried without one is skipped.
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

struct Pattern {
    text: String,
    glob: GlobMatcher,
    on: On,
}

/// What a glob is held against.
enum On {
    Area,
    Id,
}

impl Pattern {
    fn matches(&self, case: &Case) -> bool {
        match self.on {
            On::Area => self.glob.is_match(case.area()),
            On::Id => self.glob.is_match(&case.id),
        }
    }
}

fn patterns(texts: &[String]) -> Result<Vec<Pattern>, PlanError> {
    texts.iter().map(|text| pattern(text)).collect()
}

fn pattern(text: &str) -> Result<Pattern, PlanError> {
    // Shells complete `next` to `next/` where there is a folder of that name.
    let bare = text.strip_suffix('/').unwrap_or(text);
    let glob = GlobBuilder::new(bare)
        .literal_separator(true)
        .build()
        .map_err(|error| PlanError::Glob {
            pattern: text.to_owned(),
            what: error.kind().clone(),
        })?;
    Ok(Pattern {
        text: text.to_owned(),
        glob: glob.compile_matcher(),
        on: if bare.contains('/') { On::Id } else { On::Area },
    })
}

fn profiles(cases: &[Case], asked: &[String]) -> Result<Vec<String>, PlanError> {
    if asked.is_empty() {
        return Ok(vec![CORE.to_owned()]);
    }
    for name in asked {
        if name != QUICK && !cases.iter().any(|case| case.profile == *name) {
            let names = cases.iter().map(|case| case.profile.as_str());
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
        QUICK => case.profile == CORE && !case.is_long(),
        name => case.profile == name,
    }
}

/// Deals the cases out like cards. They come longest first, so every part gets its share of the long ones; and since
/// the fixture has no say here, the parts of one selection fit together whatever each machine's fixture honours.
fn shard(cases: Vec<Case>, index: u32, count: u32) -> Result<Vec<Case>, PlanError> {
    if index == 0 || index > count {
        return Err(PlanError::Shard { index, count });
    }
    Ok(cases
        .into_iter()
        .enumerate()
        .filter(|(at, _)| *at as u64 % u64::from(count) == u64::from(index - 1))
        .map(|(_, case)| case)
        .collect())
}

/// The case as it is to be played with a fixture that can do this, or why it cannot.
pub fn fitted(case: &Case, able: &Able) -> Result<Case, SkipReason> {
    if let Some(reason) = lacking(case, able) {
        return Err(reason);
    }
    let mut case = case.clone();
    let raises = |outside: &Outside| case.needs.contains(&outside.verb) && tells(&case, outside);
    if able.outside.iter().any(raises) {
        // What is not returned is the remaining time.
        let cited = case.requirements.first().cloned();
        for step in &mut case.steps {
            if let (Step::Expect(expect), Some(cited)) = (step, &cited)
                && expect.call == What::Response
            {
                Arc::make_mut(expect).cites.clone_from(cited);
            }
        }
    }
    Ok(case)
}

/// Why a case cannot be tried with a fixture that can do this, if it cannot.
fn lacking(case: &Case, able: &Able) -> Option<SkipReason> {
    let words: Vec<String> = case
        .needs
        .iter()
        .filter(|need| !able.verbs.contains(need))
        .cloned()
        .collect();
    if !words.is_empty() {
        return Some(SkipReason::NotHonoured(words));
    }
    let spoilt = |outside: &&Outside| case.needs.contains(&outside.verb) && !tells(case, outside);
    let outside = able.outside.iter().find(spoilt)?;
    Some(SkipReason::Outside(outside.clone()))
}

/// The requirements on what gives the remaining time: a part of the runtime that may itself raise.
const REMAINING_TIME: [&str; 2] = ["CTX-02", "CTX-03"];

/// Whether a case tells something of the runtime though the verb raises.
fn tells(case: &Case, outside: &Outside) -> bool {
    let on_time = |id: &String| REMAINING_TIME.contains(&id.as_str());
    matches!(outside.came, Came::Raised(_))
        && outside.verb == "context"
        && case.requirements.iter().all(on_time)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(id: &str, more: &str) -> Case {
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
            case("streaming/one", r#""profile": "streaming","#),
        ]
    }

    fn words(list: &[&str]) -> Vec<String> {
        list.iter().map(|word| (*word).to_owned()).collect()
    }

    fn able(verbs: &[&str]) -> Able {
        Able::from(words(verbs))
    }

    fn ids(cases: &[Case]) -> Vec<&str> {
        cases.iter().map(|case| case.id.as_str()).collect()
    }

    #[track_caller]
    fn check(selection: &Selection, run: &[&str], deselected: usize) {
        let plan = plan(suite(), None, selection).expect("a plan");
        assert_eq!(
            (ids(&plan.run), plan.deselected),
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
            profiles: words(&["streaming"]),
            ..Selection::default()
        };
        check(&selection, &["streaming/one"], 5);
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
                "init/raises: the fixture does not honour `init-fail`",
                "response/nan: the fixture does not honour `nan`",
            ]
        );
        assert_eq!(plan.run.len() + plan.skipped.len() + plan.deselected, 6);
    }

    #[test]
    fn a_verb_outside_the_contract_is_a_skip_that_says_so() {
        let outside = |verb: &str, came: Came| Outside {
            verb: verb.to_owned(),
            came,
            wants: "a number".to_owned(),
        };
        let reason = |case: &Case, outside: Outside| {
            let able = Able {
                outside: vec![outside],
                ..able(&["context", "count"])
            };
            lacking(case, &able).map(|reason| reason.to_string())
        };
        let counts = case("next/counts", r#""needs": ["count"],"#);
        assert_eq!(
            reason(&counts, outside("count", Came::Returned("[]".to_owned()))).as_deref(),
            Some("`count` of the fixture returned []; the contract wants a number")
        );
        let mut time = case("context/time", r#""needs": ["context"],"#);
        time.requirements = words(&["CTX-02"]);
        let raised = || outside("context", Came::Raised("{}".to_owned()));
        assert_eq!(reason(&counts, raised()), None);
        assert_eq!(reason(&time, raised()), None);
        assert!(reason(&time, outside("context", Came::Returned("1".to_owned()))).is_some());
        time.requirements.push("CTX-01".to_owned());
        assert_eq!(
            reason(&time, raised()).as_deref(),
            Some("`context` of the fixture raised {}; the contract wants a number")
        );
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
            "no case belongs to profile `cor`; the profiles are `core`, `quick`, `streaming`",
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
            skip: words(&["nxt", "streaming"]),
            ..filter(&["next/poll", "init"])
        };
        let plan = plan(suite(), None, &selection).expect("a plan");
        assert_eq!(plan.unmatched, words(&["next/poll", "nxt"]));
    }
}
