//! Mutants: initialisation.

use super::super::fault::Fault;
use super::Mutant;

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant::new(
        "init-silent",
        "Exits without a report when its setup fails.",
        &["INIT-01"],
        Fault::SilentInitFailure,
    ),
    Mutant::new(
        "init-swallows-exit",
        "Goes on when its setup ends the process.",
        &["INIT-15"],
        Fault::SwallowsInitExit,
    ),
    Mutant::new(
        "init-error-twice",
        "Reports a failed setup twice.",
        &["INIT-05"],
        Fault::InitErrorTwice,
    ),
    Mutant::new(
        "init-polls-after-error",
        "Polls after it has reported a failed setup.",
        &["INIT-04"],
        Fault::PollsAfterInitError,
    ),
    Mutant::new(
        "init-exits-zero",
        "Exits with code 0 when its setup has failed.",
        &["INIT-03"],
        Fault::ExitsZeroAfterInit,
    ),
    Mutant::new(
        "init-hangs",
        "Reports a failed setup and does not exit.",
        &["INIT-02", "INIT-03"],
        Fault::HangsAfterInitError,
    ),
    Mutant::new(
        "init-hangs-on-cut-report",
        "Neither exits nor polls once the report of a failed setup broke off.",
        &["INIT-02"],
        Fault::HangsAfterCutReport,
    ),
    Mutant::new(
        "init-deferred",
        "Reports a failed setup as the failure of the first invocation.",
        &["INIT-15"],
        Fault::DefersInitFailure,
    ),
    Mutant::new(
        "init-finds-handler-late",
        "Looks its handler up at the first event, and reports every event as failed where there is none.",
        &["INIT-15"],
        Fault::FindsHandlerLate,
    )
    .should(),
    Mutant::new(
        "init-ignored",
        "Goes on as if the setup had not failed.",
        &["INIT-15"],
        Fault::IgnoresInitFailure,
    ),
    Mutant::new(
        "init-error-at-start",
        "Calls /init/error at every start.",
        &["INIT-04"],
        Fault::InitErrorAtStart,
    ),
    Mutant::new(
        "init-error-after-answer",
        "Calls /init/error after its first answer.",
        &["INIT-06"],
        Fault::InitErrorAfterAnswer,
    ),
    Mutant::new(
        "init-error-text",
        "Reports a failed setup in plain text.",
        &["INIT-07"],
        Fault::InitErrorBodyText,
    ),
    Mutant::new(
        "init-error-without-type",
        "Reports a failed setup without errorType.",
        &["INIT-07"],
        Fault::InitErrorWithoutType,
    ),
    Mutant::new(
        "init-error-without-header",
        "Reports a failed setup without the error type header.",
        &["INIT-07"],
        Fault::InitErrorWithoutHeader,
    ),
    Mutant::new(
        "init-each-event",
        "Runs the static code for each invocation.",
        &["INIT-12"],
        Fault::InitEachEvent,
    ),
    Mutant::new(
        "init-invocation-id",
        "Sends an invocation id with /init/error.",
        &["INVID-06"],
        Fault::InvocationIdAtInit,
    ),
    Mutant::new(
        "init-locks-start",
        "Holds a lock file while it starts, and does not start while there is one.",
        &["INIT-10"],
        Fault::LocksStart,
    ),
    Mutant::new(
        "init-writes-task-root",
        "Needs to write to the folder of the function.",
        &["INIT-13", "LIFE-11"],
        Fault::WritesTaskRoot,
    ),
    Mutant::new(
        "init-slow-when-small",
        "Takes eleven seconds to start when the function has 128 MiB of memory.",
        &["INIT-09"],
        Fault::StartsSlowly,
    ),
    Mutant::new(
        "init-only-pings",
        "Asks whether the service is there, and ends.",
        // Whatever it is that keeps a runtime from its first poll, a case about a hard start takes it for its own.
        &[
            "NEXT-01", "BOOT-01", "BOOT-05", "BOOT-16", "BOOT-18", "INIT-10", "INIT-13", "LIFE-10",
            "LIFE-11", "NEXT-03", "EXTI-04",
        ],
        Fault::OnlyPings,
    ),
    Mutant::new(
        "init-late",
        "Leaves a long setup to the first invocation.",
        &["INIT-11"],
        Fault::SetsUpLate,
    ),
];
