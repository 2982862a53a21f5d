//! What GitHub shows of a run: annotations, which are workflow commands in the log, one for each cause, and the
//! summary of a step.

mod summary;

pub use summary::summary;

use std::fmt;

use crate::check::Finding;
use crate::law::{self, Level};
use crate::report::cause::{Cause, Trouble, causes, troubles};
use crate::report::human;
use crate::report::text::{beyond, one_line, visible};
use crate::verdict::{CaseResult, Conclusion, Report, Strictness, Verdict};

/// The greatest number of annotations, the most serious first. GitHub shows ten of each kind for a step; the log shows all.
const ANNOTATIONS_MAX: usize = 30;

/// How many characters of a text an annotation shows.
const TEXT_CHARS_MAX: usize = 500;

/// How many cases with the same cause are named.
const NAMES_MAX: usize = 8;

/// Lines that GitHub obeys. They are made only here, and no text in them can end a command early.
#[derive(Clone, Debug)]
pub struct Commands(String);

impl fmt::Display for Commands {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// From here on, GitHub obeys no command until it reads this word again; only ricspec may know the word.
pub fn hush(word: &str) -> Commands {
    Commands(format!("::stop-commands::{}\n", property(&one_line(word))))
}

/// Ends this silence.
pub fn resume(word: &str) -> Commands {
    Commands(format!("::{}::\n", property(&one_line(word))))
}

/// The run as workflow commands.
pub fn annotate(report: &Report) -> Commands {
    Commands(render(report))
}

/// The most serious first.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Kind {
    /// It fails the run.
    Error,
    /// It should be looked at.
    Warning,
    /// It is good to know.
    Notice,
}

struct Annotation {
    kind: Kind,
    /// A file and a line of it, from 1.
    place: Option<(String, usize)>,
    title: String,
    lines: Vec<String>,
}

/// The run as workflow commands, one line each: errors for what fails the run, warnings for the rest.
pub fn render(report: &Report) -> String {
    let mut all = annotations(report);
    // The sort is stable: each kind keeps the order of the causes.
    all.sort_by_key(|annotation| annotation.kind);
    let more = all.len().saturating_sub(ANNOTATIONS_MAX);
    all.truncate(ANNOTATIONS_MAX);
    if more > 0 {
        all.push(Annotation {
            kind: Kind::Notice,
            place: None,
            title: report.tool.clone(),
            lines: vec![format!("and {more} more, which the reports have")],
        });
    }
    all.iter().map(command).collect()
}

fn annotations(report: &Report) -> Vec<Annotation> {
    let mut all: Vec<Annotation> = Vec::new();
    let conclusion = report.conclusion();
    match conclusion {
        Conclusion::NothingJudged | Conclusion::Interrupted => all.push(Annotation {
            kind: Kind::Error,
            place: None,
            title: report.tool.clone(),
            lines: vec![human::grounds(report, conclusion).1],
        }),
        // The annotations of these name a case or an entry.
        Conclusion::AsExpected
        | Conclusion::Failed
        | Conclusion::OurFault
        | Conclusion::BadInput => {}
    }
    for problem in &report.baseline_problems {
        all.push(Annotation {
            kind: Kind::Error,
            place: Some((problem.path.clone(), problem.line)),
            title: format!("{}: {}", problem.kind.code(), problem.case),
            lines: vec![short(&problem.text)],
        });
    }
    let mut cases = report.by_id();
    // The annotation of an entry that no longer fits has already named its case.
    let told = |case: &&CaseResult| {
        let mut problems = report.baseline_problems.iter();
        problems.any(|problem| problem.case == case.id)
    };
    cases.retain(|case| !(case.verdict == Verdict::UnexpectedPass && told(case)));
    let broken = causes(cases.iter().copied());
    all.extend(broken.iter().map(|cause| of_cause(cause, report)));
    let other = troubles(cases.iter().copied());
    all.extend(other.iter().map(|trouble| of_trouble(trouble, report)));
    all.extend(cases.into_iter().filter_map(of_known));
    all
}

/// Whether a cause fails the run.
fn fails(cause: &Cause<'_>, report: &Report) -> bool {
    cause.level == Level::Must || report.strictness == Strictness::Strict
}

fn kind(counts: bool) -> Kind {
    match counts {
        true => Kind::Error,
        false => Kind::Warning,
    }
}

/// What to change, and an example.
fn of_cause(cause: &Cause<'_>, report: &Report) -> Annotation {
    let cases = cause.all();
    let mut lines = breach(cause.finding);
    let beyond = cause.case.beyond.iter().map(|why| beyond(Some(why)));
    lines.extend(beyond.map(|words| format!("beyond: {}", short(&words))));
    lines.extend(together(&cases));
    lines.extend(again(cause.case));
    Annotation {
        kind: kind(fails(cause, report)),
        place: None,
        title: match cases.as_slice() {
            [case] => format!("fail: {}", case.id),
            cases => format!("fail: {} in {} cases", cause.requirement, cases.len()),
        },
        lines,
    }
}

fn of_trouble(trouble: &Trouble<'_>, report: &Report) -> Annotation {
    let cases = &trouble.cases;
    let mut lines = vec![short(trouble.reason)];
    lines.extend(together(cases));
    lines.extend(cases.first().and_then(|case| again(case)));
    let word = trouble.verdict.word();
    Annotation {
        kind: kind(cases.iter().any(|case| case.counts(report.strictness))),
        place: None,
        title: match cases.as_slice() {
            [case] => format!("{word}: {}", case.id),
            cases => format!("{word}: {} cases", cases.len()),
        },
        lines,
    }
}

/// A known failure.
fn of_known(case: &CaseResult) -> Option<Annotation> {
    let known = case.known.iter();
    let known = known.map(|known| short(&format!("{}: {}", known.code, known.reason)));
    (case.verdict == Verdict::ExpectedFailure).then(|| Annotation {
        kind: Kind::Warning,
        place: None,
        title: format!("{}: {}", case.verdict.word(), case.id),
        lines: known.collect(),
    })
}

/// The names of cases with the same cause.
fn together(cases: &[&CaseResult]) -> Option<String> {
    (cases.len() > 1).then(|| format!("cases: {}", names(cases)))
}

fn names(cases: &[&CaseResult]) -> String {
    let named = cases.iter().take(NAMES_MAX);
    let named: Vec<String> = named.map(|case| one_line(&case.id)).collect();
    match cases.len() - named.len() {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

/// How to play a case again.
fn again(case: &CaseResult) -> Option<String> {
    let command = visible(&case.reproduce).replace('\t', "    ");
    (!command.is_empty()).then(|| format!("reproduce: {command}"))
}

fn breach(finding: &Finding) -> Vec<String> {
    let Finding {
        requirement,
        level,
        code,
        ..
    } = finding;
    let mut lines = vec![
        short(&format!("{requirement} {level} {code}")),
        format!("expected: {}", short(&finding.expected)),
        format!("actual: {}", short(&finding.actual)),
    ];
    lines.extend(fix(finding).map(|fix| format!("fix: {fix}")));
    lines
}

/// What to change, as the law says it.
fn fix(finding: &Finding) -> Option<&'static str> {
    let law = law::requirements().get(&finding.requirement)?;
    law.fix.as_deref()
}

/// One visible line, cut if it is long.
fn short(text: &str) -> String {
    let line = one_line(text);
    match line.char_indices().nth(TEXT_CHARS_MAX) {
        Some((end, _)) => format!("{} ...", line.split_at(end).0),
        None => line,
    }
}

fn command(annotation: &Annotation) -> String {
    let name = match annotation.kind {
        Kind::Error => "error",
        Kind::Warning => "warning",
        Kind::Notice => "notice",
    };
    let place = match &annotation.place {
        Some((file, line)) => format!("file={},line={line},", property(&one_line(file))),
        None => String::new(),
    };
    let title = property(&one_line(&annotation.title));
    let message = data(&annotation.lines.join("\n"));
    format!("::{name} {place}title={title}::{message}\n")
}

/// A message, as GitHub wants it escaped.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// The value of a property, as GitHub wants it escaped.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_command_or_a_property_early() {
        let annotation = Annotation {
            kind: Kind::Error,
            place: Some(("a,b:c%.toml".to_owned(), 7)),
            title: "x::y,\nline=3".to_owned(),
            lines: vec!["50% of a\r".to_owned(), "::warning::b, c: d".to_owned()],
        };
        assert_eq!(
            command(&annotation),
            "::error file=a%2Cb%3Ac%25.toml,line=7,title=x%3A%3Ay%2C line=3::50%25 of a%0D%0A::warning::b, c: d\n"
        );
    }

    #[test]
    fn a_long_text_is_cut_between_letters() {
        let long = "\u{e9}".repeat(TEXT_CHARS_MAX + 1);
        assert_eq!(
            short(&long),
            format!("{} ...", "\u{e9}".repeat(TEXT_CHARS_MAX))
        );
        assert_eq!(short("a\nb"), "a b");
    }
}
