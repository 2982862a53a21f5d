//! Large pages: every case of the suite, with verdicts by its position.

use ricspec::case::{Case, embedded, read};
use ricspec::check::{Evidence, Finding, Place};
use ricspec::law::{self, InForce, Level, Subject};
use ricspec::report::{Content, Format, html, trend};
use ricspec::verdict::{
    CaseResult, Date, Maker, Matrix, Missing, Outcome, Report, Row, RowState, Strictness,
    TargetInfo,
};

/// Several runtimes; the worst one breaks something everywhere.
pub fn matrix() -> String {
    let missing = RowState::Missing(
        "it cannot be installed: `pip install a-runtime-with-a-rather-long-name`: exit status: 1"
            .to_owned(),
    );
    let rows = vec![
        row("aws-lambda-java-runtime-interface-client 2.10.1", judged(5)),
        row("a runtime 1.0", judged(23)),
        row("another 0.3", judged(90)),
        row("good 2.0", judged(100_000)),
        row("absent 2.0", missing),
    ];
    html::page(&Matrix {
        tool: "ricspec".to_owned(),
        version: "0.0.0".to_owned(),
        day: Date::new(2027, 1, 31).expect("a day"),
        rows,
        missing: Missing::Counts,
        interrupted: false,
        lost: Vec::new(),
    })
}

/// One run, with failures of every kind.
pub fn single() -> String {
    let day = Date::new(2027, 1, 31).expect("a day");
    html::page(&Matrix::alone(&report(7), day))
}

/// The compliance report of a run, with a result of every kind.
pub fn compliance() -> String {
    let mut report = report(7);
    report.set = InForce::law(Subject::Runtime);
    report.reproduce =
        "ricspec run --profile core -- python3 -m runtime fixture.handler".to_owned();
    report.target.architecture = Some("x86_64".to_owned());
    report.target.digest = Some(format!("sha256:{}", "0f".repeat(32)));
    let format: Format = "compliance".parse().expect("a format");
    let format = format.at("x.html").expect("a page");
    format.render(Content::Run(
        &report,
        Date::new(2027, 1, 31).expect("a day"),
    ))
}

/// Two runtimes over some months.
pub fn trends() -> String {
    let months = [(5, 1), (5, 2), (9, 3), (30, 4), (23, 5)];
    let reports = months.map(|(each, month)| {
        let mut report = report(each);
        report.set = InForce::law(Subject::Runtime);
        report.day = Date::new(2027, month, 28);
        report.target.runtime = Some(format!(
            "aws-lambda-java-runtime-interface-client/2.{month}.0"
        ));
        report
    });
    let mut other = reports[0].clone();
    other.target.runtime = Some("another/0.3".to_owned());
    let all: Vec<Report> = reports.into_iter().chain([other]).collect();
    trend::page(&ricspec::verdict::trend(&all))
}

fn row(name: &str, state: RowState) -> Row {
    Row {
        name: name.to_owned(),
        kind: Maker::Official,
        language: "python".to_owned(),
        about: "A runtime, as it is released.".to_owned(),
        state,
    }
}

fn judged(each: usize) -> RowState {
    RowState::Judged(Box::new(report(each)))
}

/// One case in so many is broken.
fn report(each: usize) -> Report {
    let cases = read(&embedded()).expect("our cases");
    Report {
        tool: "ricspec".to_owned(),
        version: "0.0.0".to_owned(),
        target: TargetInfo {
            kind: "process".to_owned(),
            command: [
                "/opt/python/bin/python3",
                "-m",
                "runtime",
                "fixture.handler",
            ]
            .map(str::to_owned)
            .to_vec(),
            runtime: Some("a-runtime/1.2.3".to_owned()),
            verbs: Vec::new(),
            architecture: None,
            digest: None,
            artifacts: Vec::new(),
        },
        cases: cases
            .iter()
            .enumerate()
            .map(|(at, case)| result(case, at, each))
            .collect(),
        deselected: 0,
        left_out: Vec::new(),
        set: None,
        day: None,
        baseline_problems: Vec::new(),
        untried: Vec::new(),
        notes: vec!["something that whoever reads this must know".to_owned()],
        strictness: Strictness::Usual,
        duration_ms: 61_234,
        interrupted: false,
        reproduce: String::new(),
        lost: Vec::new(),
    }
}

fn result(case: &Case, at: usize, each: usize) -> CaseResult {
    let outcome = match at % (each * 4) {
        0 => judged_with(case, Level::Must),
        last if last == each => judged_with(case, Level::Should),
        last if last == each * 2 => {
            Outcome::Fault("the machine was too busy for the runtime to get on".to_owned())
        }
        last if last == each * 3 => Outcome::Skipped("the fixture lacks `panic`".to_owned()),
        last if last == each * 3 + 1 => Outcome::Judged {
            findings: Vec::new(),
            inconclusive: Some(
                "the runtime came as far as step 2 of 4, and broke no requirement on the way"
                    .to_owned(),
            ),
        },
        _ => Outcome::Judged {
            findings: Vec::new(),
            inconclusive: None,
        },
    };
    let mut result = CaseResult::new(case, outcome, 12);
    result.output = vec!["stderr: Traceback (most recent call last): a line that is as long as such lines are, and then some more".to_owned()];
    result.reproduce = format!(
        "ricspec run --filter {} -- python3 -m runtime fixture.handler",
        case.id
    );
    result
}

fn judged_with(case: &Case, level: Level) -> Outcome {
    let requirement = case.requirements.first().cloned().unwrap_or_default();
    let law = law::requirements().get(&requirement);
    let lines = [
        "    264 ms > POST /2018-06-01/runtime/invocation/08203fd2-7c20-40f4-a9b7-efd5b7443b22/response HTTP/1.1",
        "           > Lambda-Runtime-Function-Error-Type: Runtime.ASomewhatLongNameOfAnErrorThatNobodyEverBreaks",
        "           > {\"errorMessage\": \"as asked\", \"errorType\": \"RicspecError\", \"requestId\": ...",
        "    267 ms < HTTP/1.1 202 Accepted",
        "    300 ms * the process exited with code 1",
    ];
    let finding = Finding {
        requirement,
        level,
        code: "wrong-value".to_owned(),
        expected: law.map_or_else(|| "something else".to_owned(), |law| law.text.clone()),
        actual: "\"11\", and nothing more".to_owned(),
        evidence: Evidence {
            exchange: Some(1),
            lines: lines.map(str::to_owned).to_vec(),
        },
        step: Some(Place {
            number: 2,
            file: Some(format!("cases/{}.json", case.id)),
            line: Some(14),
        }),
    };
    Outcome::Judged {
        findings: vec![finding],
        inconclusive: None,
    }
}
