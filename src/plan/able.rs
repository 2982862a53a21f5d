//! What the fixture can do, and which cases can be tried with it.

use std::fmt;
use std::sync::Arc;

use crate::case::{Case, Step, What};

/// What the fixture can do.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Able {
    /// Its verbs and init words.
    pub verbs: Vec<String>,
    /// Those that break the contract.
    pub outside: Vec<Outside>,
}

impl From<Vec<String>> for Able {
    /// A fixture that keeps the contract.
    fn from(verbs: Vec<String>) -> Self {
        let outside = Vec::new();
        Self { verbs, outside }
    }
}

/// A verb whose answer breaks the contract. The runtime is not at fault: it passes on a similar value unchanged.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Outside {
    /// The verb.
    pub verb: String,
    /// The answer.
    pub came: Came,
    /// What the contract demands, in words.
    pub wants: String,
}

/// An answer that breaks the contract.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Came {
    /// The function returned this.
    Returned(String),
    /// It raised an error, with this document.
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
    /// The fixture's answer to this verb breaks the contract.
    Outside(Outside),
    /// The function is not a fixture, or cannot be used here; the reason.
    NoFixture(String),
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotHonoured(words) => {
                let words: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
                write!(f, "the fixture lacks {}", words.join(" and "))
            }
            Self::Outside(outside) => outside.fmt(f),
            Self::NoFixture(reason) => f.write_str(reason),
        }
    }
}

/// The case in the form that this fixture can play, or why it cannot be played.
///
/// # Errors
/// Says why the case cannot be played.
pub fn fitted(case: &Case, able: &Able) -> Result<Case, SkipReason> {
    if let Some(reason) = lacking(case, able) {
        return Err(reason);
    }
    let mut case = case.clone();
    let raises = |outside: &Outside| case.needs.contains(&outside.verb) && tells(&case, outside);
    if able.outside.iter().any(raises) {
        // A `context` that raises does not return the remaining time.
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

/// Why a case cannot be tried with a fixture that can do this, if so.
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

/// The requirements for the code that gives the remaining time: it is part of the runtime and may itself raise.
const REMAINING_TIME: [&str; 2] = ["CTX-02", "CTX-03"];

/// Whether a case says something about the runtime even if the verb raises.
fn tells(case: &Case, outside: &Outside) -> bool {
    let on_time = |id: &String| REMAINING_TIME.contains(&id.as_str());
    matches!(outside.came, Came::Raised(_))
        && outside.verb == "context"
        && case.requirements.iter().all(on_time)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{able, case, words};
    use super::*;

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
}
