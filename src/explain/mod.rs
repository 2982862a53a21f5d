//! What is known of an id: a requirement, a case, a code of findings or an area, with the runtimes that fail it.
//!
//! Pure. It collects what law, cases, codes and known failures say; reports turn it into text.

mod page;
mod prose;
mod runtimes;

pub use page::{
    AreaPage, CaseLine, CasePage, CodePage, Contents, Explanation, Failing, FoundIn, Mutation,
    Place, RequirementLine, RequirementPage,
};
pub use runtimes::{Runtime, runtimes};

use std::collections::BTreeSet;

use thiserror::Error;

use crate::case::{Case, PossibleFinding, What, did_you_mean, nearest, possible_findings};
use crate::law::{self, Area, Meaning, Requirement, Source};
use crate::verdict::Known;

/// Everything that can be explained.
pub struct Book {
    cases: Vec<(Case, BTreeSet<PossibleFinding>)>,
    mutants: Vec<Mutation>,
}

/// An unknown id.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("`{id}` is unknown; {hint}`ricspec explain` lists what there is")]
pub struct UnknownId {
    /// The unknown id.
    pub id: String,
    /// A did-you-mean question, or nothing.
    pub hint: String,
}

impl Book {
    /// A book of these cases and mutants, with the law, the codes and the known failures.
    pub fn new(cases: Vec<Case>, mutants: Vec<Mutation>) -> Self {
        let cases = cases.into_iter().map(|case| {
            let shown = possible_findings(&case);
            (case, shown)
        });
        Self {
            cases: cases.collect(),
            mutants,
        }
    }

    /// What is known of an id. Upper and lower case do not matter.
    ///
    /// # Errors
    /// The id is unknown; the error suggests similar ones.
    pub fn explain(&self, id: &str) -> Result<Explanation, UnknownId> {
        let (upper, lower) = (id.to_ascii_uppercase(), id.to_ascii_lowercase());
        if let Some(requirement) = law::requirements().get(&upper) {
            let page = self.requirement(requirement);
            return Ok(Explanation::Requirement(Box::new(page)));
        }
        if let Some((case, shown)) = self.cases.iter().find(|(case, _)| case.id == lower) {
            return Ok(Explanation::Case(Box::new(self.case(case, shown))));
        }
        if let Some(meaning) = law::codes().get(&lower) {
            return Ok(Explanation::Code(Box::new(self.code(meaning))));
        }
        match self.area(&lower) {
            Some(page) => Ok(Explanation::Area(page)),
            None => Err(UnknownId {
                id: id.to_owned(),
                hint: did_you_mean(&nearest(&lower, &self.ids()))
                    .map_or_else(String::new, |question| question + " "),
            }),
        }
    }

    /// All that can be explained.
    pub fn contents(&self) -> Contents {
        let areas = self.areas();
        Contents {
            areas: areas.iter().filter_map(|area| self.area(area)).collect(),
            codes: law::codes().keys().cloned().collect(),
        }
    }

    fn ids(&self) -> Vec<String> {
        let mut ids: Vec<String> = law::requirements().keys().cloned().collect();
        ids.extend(self.cases.iter().map(|(case, _)| case.id.clone()));
        ids.extend(law::codes().keys().cloned());
        ids.extend(self.areas());
        ids
    }

    fn areas(&self) -> BTreeSet<String> {
        let tried = self.cases.iter().map(|(case, _)| case.area().to_owned());
        let demanded = law::areas().iter().map(|area| area.area.clone());
        demanded.chain(tried).collect()
    }

    fn area(&self, name: &str) -> Option<AreaPage> {
        let law = law::areas().iter().find(|area| area.area == name);
        let cases = self.cases_where(|case, _| case.area() == name);
        if law.is_none() && cases.is_empty() {
            return None;
        }
        Some(AreaPage {
            area: name.to_owned(),
            title: law.map(|area| area.title.clone()),
            requirements: law.map_or(Vec::new(), |area| {
                area.requirements.iter().map(line_of).collect()
            }),
            cases,
        })
    }

    fn requirement(&self, requirement: &Requirement) -> RequirementPage {
        let id = &requirement.id;
        let own = |area: &&Area| area.requirements.iter().any(|other| other.id == *id);
        let area = law::areas().iter().find(own);
        RequirementPage {
            id: id.clone(),
            area: area.map(|area| area.area.clone()).unwrap_or_default(),
            level: requirement.level,
            since: law::since(id),
            text: requirement.text.clone(),
            why: requirement.why.clone(),
            fix: requirement.fix.clone(),
            met: requirement.met.clone(),
            evidence: requirement.evidence.clone(),
            conflicts: requirement.conflicts.clone(),
            sources: requirement.source.iter().map(place_of).collect(),
            unobservable: requirement.unobservable.clone(),
            cases: self.cases_where(|case, _| case.requirements.contains(id)),
            mutants: self.mutants_of(id),
            codes: self.codes_of(id),
            failing: self.failing(|known| self.breaks(known, id)),
        }
    }

    fn case(&self, case: &Case, shown: &BTreeSet<PossibleFinding>) -> CasePage {
        let law = law::requirements();
        let tried = case.requirements.iter().filter_map(|id| law.get(id));
        let codes: BTreeSet<&str> = shown.iter().map(|breach| breach.code.as_str()).collect();
        CasePage {
            id: case.id.clone(),
            title: case.title.clone(),
            level: case.level(),
            why: case.why.clone(),
            beyond: case.beyond.clone(),
            requirements: tried.map(line_of).collect(),
            needs: case.needs.clone(),
            profile: case.profile.clone(),
            setting: prose::setting(case),
            steps: prose::steps(case),
            run: run(case),
            codes: codes.into_iter().map(str::to_owned).collect(),
            failing: self.failing(|known| known.case == case.id),
        }
    }

    fn code(&self, meaning: &Meaning) -> CodePage {
        let code = &meaning.code;
        let shows =
            |shown: &BTreeSet<PossibleFinding>| shown.iter().any(|breach| breach.code == *code);
        let of_cases = self.cases.iter().flat_map(|(_, shown)| shown);
        let cited = of_cases
            .filter(|breach| breach.code == *code)
            .map(|breach| &breach.requirement);
        let requirements: BTreeSet<&String> = cited.chain(meaning.booked_on()).collect();
        let law = law::requirements();
        CodePage {
            code: code.clone(),
            text: meaning.text.clone(),
            why: meaning.why.clone(),
            fix: meaning.fix.clone(),
            requirements: requirements
                .into_iter()
                .filter_map(|id| law.get(id))
                .map(line_of)
                .collect(),
            reach: match meaning.requirements.is_empty() {
                true => FoundIn::NamedCases,
                false => FoundIn::EveryCase,
            },
            cases: self
                .cases_where(|_, shown| shows(shown))
                .into_iter()
                .map(|line| line.id)
                .collect(),
            failing: self.failing(|known| known.code == *code),
        }
    }

    fn cases_where(
        &self,
        wanted: impl Fn(&Case, &BTreeSet<PossibleFinding>) -> bool,
    ) -> Vec<CaseLine> {
        self.cases
            .iter()
            .filter(|(case, shown)| wanted(case, shown))
            .map(|(case, _)| CaseLine {
                id: case.id.clone(),
                title: case.title.clone(),
            })
            .collect()
    }

    fn mutants_of(&self, requirement: &str) -> Vec<Mutation> {
        let breaks = |mutant: &&Mutation| mutant.breaks.iter().any(|id| id == requirement);
        self.mutants.iter().filter(breaks).cloned().collect()
    }

    fn codes_of(&self, requirement: &str) -> Vec<String> {
        let of_cases = self.cases.iter().flat_map(|(_, shown)| shown);
        let asked = of_cases
            .filter(|breach| breach.requirement == requirement)
            .map(|breach| &breach.code);
        let usual = law::codes()
            .values()
            .filter(|meaning| meaning.booked_on().any(|id| id == requirement))
            .map(|meaning| &meaning.code);
        let codes: BTreeSet<&String> = asked.chain(usual).collect();
        codes.into_iter().cloned().collect()
    }

    /// Whether a known failure is a breach of a requirement. A baseline names case and code. Of several requirements with
    /// that code, it means those of the case: first those that its steps cite; if there are none, all that its steps cite;
    /// if there are none, those that ricspec itself cites for the code.
    fn breaks(&self, known: &Known, requirement: &str) -> bool {
        self.broken_by(known).contains(&requirement)
    }

    fn broken_by(&self, known: &Known) -> BTreeSet<&str> {
        let Some((case, shown)) = self.cases.iter().find(|(case, _)| case.id == known.case) else {
            return BTreeSet::new();
        };
        let asked: BTreeSet<&str> = shown
            .iter()
            .filter(|breach| breach.code == known.code)
            .map(|breach| breach.requirement.as_str())
            .collect();
        let meaning = law::codes().get(&known.code);
        let usual: BTreeSet<&str> =
            meaning.map_or_else(BTreeSet::new, |meaning| usual(case, meaning));
        let tried = |id: &&str| case.requirements.iter().any(|tried| tried == id);
        let of_the_case = [&asked, &usual].map(|ids| ids.iter().copied().filter(tried).collect());
        let [cited, audited]: [BTreeSet<&str>; 2] = of_the_case;
        [cited, audited, asked]
            .into_iter()
            .find(|ids| !ids.is_empty())
            .unwrap_or(usual)
    }

    /// The known failures; those of one runtime with one code and one reason are joined.
    fn failing(&self, wanted: impl Fn(&Known) -> bool) -> Vec<Failing> {
        let mut found: Vec<Failing> = Vec::new();
        for runtime in runtimes() {
            for known in runtime.known.iter().filter(|known| wanted(known)) {
                let twin = found.iter_mut().find(|other| {
                    (&other.runtime, &other.code, &other.reason)
                        == (&runtime.name, &known.code, &known.reason)
                });
                match twin {
                    Some(twin) => twin.cases.push(known.case.clone()),
                    None => found.push(Failing {
                        runtime: runtime.name.clone(),
                        maker: runtime.maker.clone(),
                        code: known.code.clone(),
                        cases: vec![known.case.clone()],
                        reason: known.reason.clone(),
                    }),
                }
            }
        }
        found
    }
}

/// The requirements that a code breaks in a case that cites none: they follow from the answers that the case waits for.
fn usual<'a>(case: &Case, meaning: &'a Meaning) -> BTreeSet<&'a str> {
    let waits = |wanted: &[What]| {
        let mut calls = case.steps.iter().filter_map(|step| step.facts().call);
        calls.any(|call| wanted.contains(&call))
    };
    let (either, error) = (&[What::Answer, What::AnswerOrExit], &[What::Error]);
    let errors = waits(either) || waits(error);
    let others = waits(either) || !waits(error) || waits(&[What::Response]);
    let (plain, on_error) = (&meaning.requirements, &meaning.on_error);
    let plain = plain.iter().filter(|_| others || on_error.is_empty());
    let on_error = on_error.iter().filter(|_| errors);
    plain.chain(on_error).map(String::as_str).collect()
}

fn line_of(requirement: &Requirement) -> RequirementLine {
    RequirementLine {
        id: requirement.id.clone(),
        level: requirement.level,
        text: requirement.text.clone(),
    }
}

fn place_of(source: &Source) -> Place {
    let document = law::documents().get(&source.name);
    Place {
        name: source.name.clone(),
        title: document.map_or_else(String::new, |document| document.title.clone()),
        url: document.and_then(|document| document.url.clone()),
        place: source.place.clone(),
    }
}

fn run(case: &Case) -> String {
    let profile = match case.profile.as_str() {
        "core" => String::new(),
        other => format!(" --profile {other}"),
    };
    format!("ricspec run{profile} --filter {} -- COMMAND", case.id)
}
