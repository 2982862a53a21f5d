//! What there is to say about one id, as data; reports turn it into text.

use serde::Serialize;

use crate::law::Level;

/// What is known of a requirement, a case, a code or an area.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "lowercase", tag = "kind")]
pub enum Explanation {
    /// One sentence of law.
    Requirement(Box<RequirementPage>),
    /// One case.
    Case(Box<CasePage>),
    /// One code of findings.
    Code(Box<CodePage>),
    /// The requirements and cases of one area.
    Area(AreaPage),
}

/// What is known of a requirement.
#[derive(Clone, Debug, Serialize)]
pub struct RequirementPage {
    /// Such as `NEXT-03`.
    pub id: String,
    /// The area that it belongs to.
    pub area: String,
    /// How binding it is.
    pub level: Level,
    /// The set in which it came first; `None` if no set has it yet.
    pub since: Option<&'static str>,
    /// The requirement.
    pub text: String,
    /// What breaks when it is not met.
    pub why: Option<String>,
    /// What the author of a runtime should change.
    pub fix: Option<String>,
    /// How a runtime meets it in production, or how an invocation is lost there; every MUST has this.
    pub met: Option<String>,
    /// The kinds of evidence for it.
    pub evidence: Vec<String>,
    /// Where sources disagree.
    pub conflicts: Vec<String>,
    /// Where it comes from.
    pub sources: Vec<Place>,
    /// Why no case can show it, if so.
    pub unobservable: Option<String>,
    /// The cases that try it.
    pub cases: Vec<CaseLine>,
    /// The mutants of the reference runtime that break it.
    pub mutants: Vec<Mutation>,
    /// The codes of its findings.
    pub codes: Vec<String>,
    /// The runtimes that are known to break it.
    pub failing: Vec<Failing>,
}

/// What is known of a case.
#[derive(Clone, Debug, Serialize)]
pub struct CasePage {
    /// `area/name`
    pub id: String,
    /// What a conformant runtime does.
    pub title: String,
    /// Its strongest requirement's level, as far as the case can show it.
    pub level: Level,
    /// Why the real service never does what it does here, if so.
    pub why: String,
    /// Why the real service never does what it does here, if that is so.
    pub beyond: Option<String>,
    /// The requirements that it tries.
    pub requirements: Vec<RequirementLine>,
    /// The fixture verbs that it needs.
    pub needs: Vec<String>,
    /// The profile that it belongs to.
    pub profile: String,
    /// The environment in which the runtime is started, if it is not the usual one.
    pub setting: Vec<String>,
    /// What happens, in words.
    pub steps: Vec<String>,
    /// A command that plays it alone.
    pub run: String,
    /// The codes that its steps may report.
    pub codes: Vec<String>,
    /// The runtimes that are known to fail it.
    pub failing: Vec<Failing>,
}

/// What is known of a code.
#[derive(Clone, Debug, Serialize)]
pub struct CodePage {
    /// In kebab case.
    pub code: String,
    /// What it means.
    pub text: String,
    /// The consequence for users.
    pub why: String,
    /// What the author of a runtime should change.
    pub fix: String,
    /// The requirements for which it is reported.
    pub requirements: Vec<RequirementLine>,
    /// Where it can appear.
    pub reach: FoundIn,
    /// The cases whose own steps may report it.
    pub cases: Vec<String>,
    /// The runtimes that are known to fail with it.
    pub failing: Vec<Failing>,
}

/// Where a code can appear.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FoundIn {
    /// Everywhere: ricspec looks for it in each case.
    EveryCase,
    /// Only where a case checks it.
    NamedCases,
}

/// The requirements and cases of an area.
#[derive(Clone, Debug, Serialize)]
pub struct AreaPage {
    /// Its name.
    pub area: String,
    /// What it is about; empty if the law has no page of that name.
    pub title: Option<String>,
    /// Its page of the law.
    pub requirements: Vec<RequirementLine>,
    /// Its cases.
    pub cases: Vec<CaseLine>,
}

/// A requirement in one line.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct RequirementLine {
    /// Its id.
    pub id: String,
    /// How binding it is.
    pub level: Level,
    /// What it demands.
    pub text: String,
}

/// A case in one line.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct CaseLine {
    /// Its id.
    pub id: String,
    /// What a conformant runtime does.
    pub title: String,
}

/// A place in a document.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Place {
    /// The document's short name.
    pub name: String,
    /// What it is.
    pub title: String,
    /// Its URL.
    pub url: Option<String>,
    /// The place in it.
    pub place: Option<String>,
}

/// A fault of a mutant of the reference runtime.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Mutation {
    /// Its name.
    pub name: String,
    /// What it does wrong.
    pub text: String,
    /// The requirements that it breaks.
    #[serde(skip)]
    pub breaks: Vec<String>,
}

/// Known failures of a runtime with the same cause.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Failing {
    /// Name and version.
    pub runtime: String,
    /// Who makes it: `official`, `community` or `ours`.
    pub maker: String,
    /// The code of the findings.
    pub code: String,
    /// The cases that fail with it.
    pub cases: Vec<String>,
    /// The reason: what the bytes or its source show.
    pub reason: String,
}

/// Everything that can be explained.
#[derive(Clone, Debug, Serialize)]
pub struct Contents {
    /// The areas, in the order of their names.
    pub areas: Vec<AreaPage>,
    /// The codes of findings.
    pub codes: Vec<String>,
}
