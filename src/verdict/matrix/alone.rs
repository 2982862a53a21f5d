//! One run as a matrix of one row: the name of the runtime and the language of its functions.

use super::{Maker, Matrix, Missing, Row, RowState};
use crate::verdict::{Date, Report, TargetInfo};

impl Matrix {
    /// One run as a matrix of one row.
    pub fn alone(report: &Report, day: Date) -> Self {
        let target = &report.target;
        let row = Row {
            name: match &target.runtime {
                Some(runtime) => name_of(runtime),
                None => target.command.join(" "),
            },
            kind: Maker::Unsaid,
            language: language_of(target).unwrap_or_default().to_owned(),
            about: String::new(),
            state: RowState::Judged(Box::new(report.clone())),
        };
        Self {
            tool: report.tool.clone(),
            version: report.version.clone(),
            day,
            rows: vec![row],
            missing: Missing::Counts,
            interrupted: report.interrupted,
            lost: Vec::new(),
        }
    }
}

/// `awslambdaric/4.2.2` as `awslambdaric 4.2.2`, the form in rows of a matrix.
fn name_of(runtime: &str) -> String {
    match runtime.rsplit_once('/') {
        Some((name, version)) if version.starts_with(|letter: char| letter.is_ascii_digit()) => {
            format!("{name} {version}")
        }
        _ => runtime.to_owned(),
    }
}

/// Programs that run functions of one language; other programs tell no language.
const PROGRAMS: [(&str, &str); 10] = [
    ("bash", "shell"),
    ("java", "java"),
    ("lua", "lua"),
    ("node", "node"),
    ("nodejs", "node"),
    ("perl", "perl"),
    ("php", "php"),
    ("python", "python"),
    ("ruby", "ruby"),
    ("sh", "shell"),
];

/// The language of the functions, if the command shows it.
fn language_of(target: &TargetInfo) -> Option<&'static str> {
    match target.kind.as_str() {
        "reference" => return Some("rust"),
        "process" => {}
        // The command of an image begins with the image.
        _ => return None,
    }
    let program = target.command.first()?.rsplit('/').next()?;
    let name =
        program.trim_end_matches(|letter: char| letter.is_ascii_digit() || ".-".contains(letter));
    let known = PROGRAMS.iter().find(|(program, _)| *program == name);
    known.map(|(_, language)| *language)
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::report;
    use super::*;

    #[test]
    fn a_run_alone_is_called_as_in_a_matrix() {
        let check = |kind: &str, command: &[&str], runtime: Option<&str>, name: &str, language| {
            let mut report = report(Vec::new());
            report.target.kind = kind.to_owned();
            report.target.command = command.iter().map(|word| (*word).to_owned()).collect();
            report.target.runtime = runtime.map(str::to_owned);
            let alone = Matrix::alone(&report, Date::from_unix_seconds(0));
            let row = &alone.rows[0];
            assert_eq!((row.name.as_str(), row.language.as_str()), (name, language));
        };
        let python = ["/usr/bin/python3.11", "-m", "awslambdaric"];
        let ric = Some("awslambdaric/4.2.2");
        check("process", &python, ric, "awslambdaric 4.2.2", "python");
        check("process", &["./run", "x"], None, "./run x", "");
        check("process", &["nodejs"], Some("@a/b/1.0"), "@a/b 1.0", "node");
        check("process", &["node"], Some("a/beta"), "a/beta", "node");
        check("image", &["sh"], None, "sh", "");
        check(
            "reference",
            &["ricspec"],
            Some("the mutant x"),
            "the mutant x",
            "rust",
        );
    }
}
