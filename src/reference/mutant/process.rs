//! Mutants: the process and its output.

use super::super::fault::{Fault, When};
use super::Mutant;

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant::new(
        "process-per-event",
        "Is a parent that starts the runtime for one event, and again for the next.",
        &["LIFE-12"],
        Fault::ProcessPerEvent,
    )
    .should(),
    Mutant::new(
        "process-per-failure",
        "Is a parent that starts the runtime again after each failure of the function.",
        &["LIFE-12"],
        Fault::ProcessPerFailure,
    )
    .should(),
    Mutant::new(
        "process-exits",
        "Exits with code 0 after its first answer.",
        &[
            "LIFE-01", "ERR-08", "INVID-05", "NEXT-11", "RESP-08", "RESP-11", "RESP-13", "RESP-14",
            "BOOT-11", "BOOT-17", "RESP-09", "RESP-10", "BOOT-12", "BOOT-13", "NEXT-03",
        ],
        Fault::Exits,
    ),
    Mutant::new(
        "process-ignores-term",
        "Ignores SIGTERM.",
        &["LIFE-05", "LIFE-04"],
        Fault::IgnoresTerm,
    ),
    Mutant::new(
        "process-slow-term",
        "Takes four seconds to end after SIGTERM.",
        &["LIFE-04"],
        Fault::SlowTerm,
    ),
    Mutant::new(
        "process-pings-at-term",
        "Asks whether the service is there when it is ended.",
        &["LIFE-04"],
        Fault::PingsAtTerm,
    ),
    Mutant::new(
        "process-hangs-at-term",
        "Does nothing any more after SIGTERM, and does not end.",
        &["LIFE-04", "LIFE-05"],
        Fault::HangsAtTerm,
    ),
    Mutant::new(
        "process-init-error-at-term",
        "Calls /init/error when it is ended.",
        &["INIT-06", "ERR-13"],
        Fault::InitErrorAtTerm,
    ),
    Mutant::new(
        "process-child-leaves-group",
        "Lets children leave its process group.",
        &["LIFE-06"],
        Fault::ChildLeavesGroup,
    ),
    Mutant::new(
        "process-dies-at-deadline",
        "Exits when the deadline of an invocation passes.",
        &["LIFE-01", "LIFE-09", "RESP-01"],
        Fault::DiesAtDeadline,
    ),
    Mutant::new(
        "process-dies-of-overdue-event",
        "Exits when an event comes after its deadline.",
        &["LIFE-08", "LIFE-09"],
        Fault::DiesOfOverdueEvent,
    ),
    Mutant::new(
        "process-locks-for-ever",
        "Leaves a lock in /tmp that keeps the next process from starting.",
        &["LIFE-10"],
        Fault::LocksForEver,
    ),
    Mutant::new(
        "process-resumes-work",
        "Answers, as its first act, the invocation that the process before it had not finished.",
        &["RESP-16"],
        Fault::ResumesWork,
    ),
    Mutant::new(
        "process-writes-elsewhere",
        "Needs to write outside /tmp.",
        &["LIFE-11"],
        Fault::WritesElsewhere,
    ),
    Mutant::new(
        "process-keeps-output",
        "Keeps what the function writes until it writes more.",
        &["LIFE-07", "LOG-01"],
        Fault::KeepsOutput,
    ),
    Mutant::new(
        "process-ends-by-panic",
        "Ends of a panic of the function.",
        &["ERR-09"],
        Fault::EndsByPanic,
    ),
    Mutant::new(
        "process-swallows-exit",
        "Turns the end of the process that a function wants into an error.",
        &["LIFE-02"],
        Fault::SwallowsExit,
    ),
    Mutant::new(
        "process-swallows-abort",
        "Turns the abort that a function wants into an error.",
        &["LIFE-02"],
        Fault::SwallowsAbort,
    ),
    Mutant::new(
        "process-chokes-on-output",
        "Exits when the function writes more than half a mebibyte at once.",
        &["LOG-01"],
        Fault::ChokesOnOutput,
    ),
    Mutant::new(
        "process-lost-stdout",
        "Lets nothing that the function writes to stdout out.",
        &["LOG-01", "LIFE-07"],
        Fault::LostStdout,
    ),
    Mutant::new(
        "process-response-to-stdout",
        "Prints the result in place of sending it.",
        &["RESP-03", "LOG-05"],
        Fault::ResponseToStdout,
    ),
    Mutant::new(
        "log-text",
        "Writes its log lines as text when JSON is asked for.",
        &["LOG-02", "LOG-06"],
        Fault::TextLog,
    ),
    Mutant::new(
        "log-no-timestamp",
        "Leaves the timestamp out of its JSON log lines.",
        &["LOG-02"],
        Fault::NoTimestamp,
    ),
    Mutant::new(
        "log-no-request-id",
        "Leaves the request id out of its JSON log lines.",
        &["LOG-02", "LOG-06"],
        Fault::NoRequestIdInLog,
    ),
    Mutant::new(
        "log-ignores-level",
        "Writes JSON log lines of any level, whatever level is asked for.",
        &["LOG-03"],
        Fault::IgnoresLogLevel,
    ),
    Mutant::new(
        "log-prints-events",
        "Prints every event.",
        &["LOG-05", "LOG-02", "LOG-06"],
        Fault::PrintsEvents,
    ),
    Mutant::new(
        "log-prints-credentials",
        "Prints its credentials at the start.",
        &["LOG-05"],
        Fault::PrintsCredentials,
    ),
    Mutant::new(
        "process-leaks-files",
        "Opens a file in each invocation and closes none.",
        &["NEXT-12"],
        Fault::LeaksFiles,
    ),
    Mutant::new(
        "process-leaks-threads",
        "Starts a thread in each invocation and ends none.",
        &["NEXT-12"],
        Fault::LeaksThreads,
    ),
    Mutant::new(
        "process-stops-at-a-hundred",
        "Exits in the hundredth invocation.",
        &["LIFE-01"],
        Fault::ExitsNonZero,
    )
    .when(When::At(100)),
    Mutant::new(
        "process-fears-earlier-deadlines",
        "Exits when a deadline lies before the one of the event before.",
        &["LIFE-08"],
        Fault::FearsEarlierDeadlines,
    ),
];
