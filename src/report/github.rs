//! What GitHub shows of a run: annotations, which are workflow commands in the log, and the summary of a step.

mod summary;

pub use summary::summary;

use super::human;
use super::text::{beyond, one_line, visible};
use crate::check::Finding;
use crate::spec;
use crate::verdict::{CaseResult, Conclusion, Report, Verdict};

/// So many annotations, the gravest first. GitHub shows ten of each kind for a step; the log shows the others.
const ANNOTATIONS_MAX: usize = 30;

/// How much of one text an annotation shows.
const TEXT_CHARS_MAX: usize = 500;

/// From the gravest on.
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

/// The run as workflow commands, a line each: errors for what fails it, warnings for what does not and should be known.
pub fn render(report: &Report) -> String {
    let mut all = annotations(report);
    // The sort is stable, so that each kind stays in the order of the cases.
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
        // These have a case or an entry that is to blame.
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
    for case in report.by_id() {
        let told = report
            .baseline_problems
            .iter()
            .any(|problem| problem.case == case.id);
        if !(told && case.verdict == Verdict::UnexpectedPass) {
            all.extend(annotation(case, report));
        }
    }
    all
}

/// What there is to say about a case, if there is anything.
fn annotation(case: &CaseResult, report: &Report) -> Option<Annotation> {
    let mut lines = match case.verdict {
        Verdict::Pass | Verdict::Skip => return None,
        Verdict::Fail => {
            let beyond = case.beyond.iter().map(|why| beyond(Some(why)));
            let beyond = beyond.map(|words| format!("beyond: {}", short(&words)));
            case.new_breaches().flat_map(breach).chain(beyond).collect()
        }
        Verdict::ExpectedFailure => case
            .known
            .iter()
            .map(|known| short(&format!("{}: {}", known.code, known.reason)))
            .collect(),
        Verdict::Flaky | Verdict::UnexpectedPass | Verdict::Inconclusive | Verdict::Error => {
            vec![short(&case.reason)]
        }
    };
    let kind = match case.counts(report.strictness) {
        true => Kind::Error,
        false => Kind::Warning,
    };
    if case.verdict != Verdict::ExpectedFailure && !case.reproduce.is_empty() {
        lines.push(format!("reproduce: {}", visible(&case.reproduce)));
    }
    Some(Annotation {
        kind,
        place: None,
        title: format!("{}: {}", case.verdict.word(), case.id),
        lines,
    })
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

/// The mend, in the words of the law.
fn fix(finding: &Finding) -> Option<&'static str> {
    let law = spec::law().get(&finding.requirement)?;
    law.fix.as_deref()
}

/// One visible line, without its end if it is long.
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
        Some((file, line)) => format!("file={},line={line},", property(file)),
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
