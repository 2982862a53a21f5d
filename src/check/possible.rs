//! Which breaches a case asks for itself, before it is played: for whoever explains a case or a code.
//!
//! What the audit looks for is not among them, for it looks in every case.

use std::collections::BTreeSet;

use super::Code;
use super::attribution::attributed;
use crate::case::{
    Case, Check, ExitCode, Expect, Fact, Growth, HeaderRule, LogFact, Rule, Serve, Step, What,
};
use crate::protocol::Endpoint;

/// A breach that a case can show.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct PossibleFinding {
    /// The requirement that is then broken.
    pub requirement: String,
    /// The code of the finding.
    pub code: String,
}

impl PossibleFinding {
    fn new(requirement: &str, code: impl Into<String>) -> Self {
        Self {
            requirement: requirement.to_owned(),
            code: code.into(),
        }
    }
}

/// All breaches that the steps and the trap of a case can show, each once.
pub fn possible_findings(case: &Case) -> BTreeSet<PossibleFinding> {
    let trap = case.trap.iter();
    let mut found: BTreeSet<PossibleFinding> = trap
        .map(|trap| PossibleFinding::new(&trap.cites, &trap.code))
        .collect();
    found.extend(case.fact.into_iter().flat_map(of_fact));
    let mut polled = Polled::Not;
    for step in &case.steps {
        found.extend(of_step(step, polled));
        if takes_poll(step) {
            polled = Polled::Before;
        }
    }
    found
}

/// What can be wrong with an image.
fn of_fact(fact: Fact) -> Vec<PossibleFinding> {
    let breaches: &[(&str, Code)] = match fact {
        Fact::EntryPoint => &[
            ("IMG-01", Code::NoEntryPoint),
            ("IMG-02", Code::RelativeEntryPoint),
        ],
        Fact::Executable => &[
            ("IMG-03", Code::EntryPointMissing),
            ("IMG-03", Code::EntryPointNotExecutable),
            ("IMG-03", Code::InterpreterMissing),
            ("IMG-03", Code::EntryPointNoProgram),
        ],
        Fact::Architecture => &[("IMG-04", Code::WrongArchitecture)],
        Fact::Size => &[("IMG-05", Code::ImageTooLarge)],
        Fact::Readable => &[("IMG-06", Code::UnreadableFiles)],
        Fact::WorkingDirectory => &[("IMG-07", Code::NoWorkingDirectory)],
        Fact::Variables => &[("IMG-08", Code::ReservedVariable)],
        Fact::SnapstartLabel => &[("IMG-09", Code::SnapstartLabel)],
    };
    let breaches = breaches.iter();
    breaches
        .map(|(requirement, code)| PossibleFinding::new(requirement, *code))
        .collect()
}

/// Whether the runtime has polled when a step begins.
#[derive(Clone, Copy)]
enum Polled {
    Not,
    Before,
}

fn takes_poll(step: &Step) -> bool {
    match step {
        Step::Serve(_) | Step::Refuse(_) => true,
        Step::Expect(expect) => expect.call == What::Next,
        Step::Quiet(_) | Step::Signal(_) | Step::Freeze(_) | Step::Measure(_) => false,
    }
}

fn of_step(step: &Step, polled: Polled) -> Vec<PossibleFinding> {
    let all = |cites: &str, codes: &[Code]| {
        let codes = codes.iter();
        codes
            .map(|code| PossibleFinding::new(cites, *code))
            .collect()
    };
    match step {
        Step::Serve(serve) => of_serve(serve, polled),
        Step::Expect(expect) => {
            let mut found = of_wait(expect);
            for check in &expect.checks {
                found.extend(of_check(expect.call, check));
            }
            found
        }
        Step::Quiet(quiet) => all(&quiet.cites, &[Code::CallInQuiet]),
        Step::Measure(measure) => match &measure.growth {
            Some(growth) => all(&growth.cites, &leaks(growth)),
            None => Vec::new(),
        },
        Step::Freeze(freeze) => match &freeze.written {
            Some(written) => all(&written.cites, &[Code::OutputKeptBack]),
            None => Vec::new(),
        },
        Step::Refuse(_) | Step::Signal(_) => Vec::new(),
    }
}

/// No poll comes for an event; where the case does not say what that means, ricspec does.
fn of_serve(serve: &Serve, polled: Polled) -> Vec<PossibleFinding> {
    let codes: &[Code] = match (polled, serve.hold_ms) {
        (Polled::Not, 0) => &[Code::ExitedBeforeNext, Code::NoNext],
        (Polled::Not, _) => &[Code::ExitedBeforeNext, Code::NoNext, Code::ExitInHealth],
        (Polled::Before, _) => &[Code::NoNext, Code::ExitInHealth],
    };
    let cites = serve.cites.iter();
    cites
        .flat_map(|cites| codes.iter().map(|code| PossibleFinding::new(cites, *code)))
        .collect()
}

fn of_wait(expect: &Expect) -> Vec<PossibleFinding> {
    let cites = expect.cites.as_str();
    let mut found = match expect.call {
        What::Response => vec![PossibleFinding::new(cites, Code::ErrorInsteadOfResponse)],
        What::Error => {
            let reported = match cites.starts_with("ERR-") {
                true => "ERR-01",
                false => cites,
            };
            vec![PossibleFinding::new(reported, Code::ResponseInsteadOfError)]
        }
        What::Answer
        | What::InitError
        | What::Exit
        | What::ExitOrNext
        | What::AnswerOrExit
        | What::Next => Vec::new(),
    };
    let in_vain: &[Code] = match expect.call {
        What::Response | What::Error | What::Answer => &[Code::InvocationLost, Code::NoAnswer],
        What::InitError => &[Code::InitFailureNotReported],
        What::Exit => &[Code::StillRunning],
        What::ExitOrNext | What::AnswerOrExit => &[Code::Stuck],
        What::Next => &[Code::Exited, Code::NoNext],
    };
    found.extend(
        in_vain
            .iter()
            .map(|code| PossibleFinding::new(cites, *code)),
    );
    if expect.call.allows_exit() && expect.code == Some(ExitCode::Nonzero) {
        found.push(PossibleFinding::new(cites, Code::ExitCodeZero));
    }
    found
}

fn leaks(growth: &Growth) -> Vec<Code> {
    [
        (growth.files, Code::FilesLeak),
        (growth.threads, Code::ThreadsLeak),
        (growth.connections, Code::ConnectionsLeak),
        (growth.memory_mib, Code::MemoryLeak),
        (growth.processor_ms, Code::BusyWait),
    ]
    .into_iter()
    .filter_map(|(limit, code)| limit.map(|_| code))
    .collect()
}

/// The breaches of a rule, on whatever endpoints the call may come.
fn of_check(call: What, check: &Check) -> Vec<PossibleFinding> {
    let response = || Some(Endpoint::Response(String::new()));
    let error = || Some(Endpoint::Error(String::new()));
    let endpoints = match call {
        What::Response => vec![response()],
        What::Error => vec![error()],
        What::Answer => vec![response(), error()],
        What::AnswerOrExit => vec![response(), error(), None],
        What::Next | What::InitError | What::Exit | What::ExitOrNext => vec![None],
    };
    let mut found = Vec::new();
    for endpoint in endpoints {
        for code in codes_of(&check.rule) {
            let cites = attributed(&check.cites, &check.rule, code, endpoint.as_ref());
            let name = check.code.as_deref().unwrap_or(code.name());
            found.push(PossibleFinding::new(cites, name));
        }
    }
    found
}

/// The codes with which a rule can fail.
fn codes_of(rule: &Rule) -> Vec<Code> {
    const BODY: [Code; 3] = [Code::ByteOrderMark, Code::NotJson, Code::TooLong];
    let value = |at: &str, own: &[Code]| {
        let inner: &[Code] = match at {
            "" => &[],
            _ => &[Code::MissingMember, Code::Wrapped],
        };
        [&BODY, inner, own].concat()
    };
    let text = |at: &str, own: Code| match at {
        "" => vec![own],
        _ => value(at, &[own]),
    };
    match rule {
        Rule::Json {} => BODY.to_vec(),
        Rule::Equals { at, .. } => value(at, &[Code::Wrapped, Code::WrongValue]),
        Rule::EqualsHeader { at, .. } | Rule::EqualsEnv { at, .. } | Rule::Compare { at, .. } => {
            value(at, &[Code::WrongValue])
        }
        Rule::Type { at, .. } => value(at, &[Code::WrongType]),
        Rule::Items { .. } => vec![Code::WrongType],
        Rule::Absent { .. } => vec![Code::NotAbsent],
        Rule::Range { at, .. } | Rule::Exceeds { at, .. } => {
            value(at, &[Code::WrongType, Code::OutOfRange])
        }
        Rule::Remaining { at, .. } => value(at, &[Code::WrongType, Code::WrongRemainingTime]),
        Rule::Contains { at, .. } => text(at, Code::MissingText),
        Rule::Lacks { at, .. } => text(at, Code::UnwantedText),
        Rule::Length { at, .. } => value(at, &[Code::Wrapped, Code::WrongLength]),
        Rule::Bytes { .. } => vec![Code::WrongBytes],
        Rule::Utf8 {} => vec![Code::NotUtf8],
        Rule::Nothing {} => vec![Code::Wrapped, Code::NotNothing],
        Rule::Header { is, .. } => match is {
            HeaderRule::Present => vec![Code::MissingHeader],
            HeaderRule::Absent => vec![Code::UnwantedHeader],
            HeaderRule::Equals(_) | HeaderRule::Contains(_) | HeaderRule::Echo => {
                vec![Code::MissingHeader, Code::WrongHeader]
            }
        },
        Rule::Output { .. } => vec![Code::MissingOutput],
        Rule::AnyOutput {} => vec![Code::NoOutput],
        Rule::NoOutput { .. } => vec![Code::UnwantedOutput],
        Rule::JsonLines { .. } => vec![Code::NotAJsonLine],
        Rule::LoggerLine { .. } => vec![
            Code::MissingOutput,
            Code::NotAJsonLine,
            Code::LogLineWithoutId,
            Code::LogLineOfAnother,
        ],
        Rule::LogLine { has, .. } => vec![match has {
            LogFact::Timestamp => Code::WrongTimestamp,
            LogFact::ErrorLevel => Code::WrongLogLevel,
            LogFact::RequestId | LogFact::IdOnce => Code::WrongLogId,
        }],
        Rule::LogLevel { .. } => vec![Code::LogBelowLevel],
        Rule::Started { .. } => vec![Code::SlowStart],
        Rule::Size { .. } => vec![Code::TooLong],
        Rule::SameConnection {} => vec![Code::NewConnection],
        Rule::DeliveredWhole {} => vec![Code::RanOnHalfAnEvent],
    }
}
