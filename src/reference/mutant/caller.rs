//! Mutants: faults that mix callers up, and in what is said of failures.

use super::super::fault::{Fault, When};
use super::Mutant;

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant::new(
        "message-after-its-type",
        "Puts a word and a colon before the message of an error.",
        &["ERR-10"],
        Fault::TypeBeforeMessage,
    )
    .should(),
    Mutant::new(
        "caller-merged",
        "Merges the client contexts of callers.",
        &["CTX-09"],
        Fault::MergesClientContexts,
    ),
    Mutant::new(
        "caller-first-identity",
        "Shows the identity of the first caller to each that has one.",
        &["CTX-09"],
        Fault::FirstIdentity,
    ),
    Mutant::new(
        "caller-identity-or-tenant",
        "Does not show the identity to a caller with a tenant.",
        &["CTX-07"],
        Fault::TenantForIdentity,
    ),
    Mutant::new(
        "caller-arn-or-tenant",
        "Does not show the ARN to a caller with a tenant.",
        &["CTX-04"],
        Fault::TenantForArn,
    ),
    Mutant::new(
        "caller-no-tenant-id-with-identity",
        "Does not show the tenant id to a caller with an identity.",
        &["CTX-10"],
        Fault::IdentityForTenant,
    ),
    Mutant::new(
        "caller-identity-after-error",
        "Keeps the identity for an invocation that has none once the function has failed.",
        &["CTX-09"],
        Fault::StaleIdentity,
    )
    .when(When::AfterFailures(1)),
    Mutant::new(
        "caller-trace-after-error",
        "Keeps the trace id for an invocation that has none once the function has failed.",
        &["XRAY-02"],
        Fault::StaleTrace,
    )
    .when(When::AfterFailures(1)),
    Mutant::new(
        "caller-trace-sampled",
        "Takes every trace for sampled.",
        &["XRAY-03"],
        Fault::SampledTrace,
    ),
    Mutant::new(
        "caller-trace-cut",
        "Cuts the trace id after 128 letters.",
        &["XRAY-03"],
        Fault::CutTrace,
    ),
    Mutant::new(
        "caller-id-lower-case",
        "Shows the request id in lower case.",
        &["CTX-01"],
        Fault::LowerCaseContextId,
    ),
    Mutant::new(
        "caller-id-short",
        "Shows the first 36 letters of the request id.",
        &["CTX-01"],
        Fault::ShortContextId,
    ),
    Mutant::new(
        "caller-stale-after-malformed",
        "Keeps the context after an event that is no JSON.",
        &["CTX-01", "CTX-04"],
        Fault::StaleAfterMalformed,
    ),
    Mutant::new(
        "caller-stale-after-null",
        "Keeps the context after an event without a result.",
        &["CTX-01", "CTX-04"],
        Fault::StaleAfterNull,
    ),
    Mutant::new(
        "caller-stale-after-unserializable",
        "Keeps the context after a result that cannot be serialised.",
        &["CTX-01", "CTX-04"],
        Fault::StaleAfterUnserializable,
    ),
    Mutant::new(
        "caller-remaining-absolute",
        "Shows how far the deadline is off, be it over or not.",
        &["CTX-02"],
        Fault::AbsoluteRemaining,
    ),
    Mutant::new(
        "caller-name-from-arn",
        "Takes the name of the function from the ARN.",
        &["CTX-05"],
        Fault::NameFromArn,
    ),
    Mutant::new(
        "caller-version-constant",
        "Shows $LATEST as the version, whatever it is.",
        &["CTX-05"],
        Fault::ConstantVersion,
    ),
    Mutant::new(
        "caller-log-group-from-name",
        "Works the log group out from the name of the function.",
        &["CTX-05", "BOOT-18"],
        Fault::LogGroupFromName,
    ),
    Mutant::new(
        "message-trimmed",
        "Trims messages.",
        &["ERR-10"],
        Fault::TrimsMessages,
    ),
    Mutant::new(
        "message-after-colon",
        "Takes what stands before a colon for the type.",
        &["ERR-10", "ERR-19"],
        Fault::MessageAfterColon,
    ),
    Mutant::new(
        "message-decoded",
        "Decodes a message that looks like JSON.",
        &["ERR-10", "ERR-02"],
        Fault::DecodesMessages,
    ),
    Mutant::new(
        "message-escaped",
        "Escapes messages as for a page.",
        &["ERR-10"],
        Fault::EscapesMessages,
    ),
    Mutant::new(
        "message-formatted",
        "Takes messages for formats.",
        &["ERR-10"],
        Fault::FormatsMessages,
    ),
    Mutant::new(
        "message-composed",
        "Puts letters and accents of messages together.",
        &["ERR-10"],
        Fault::ComposesMessages,
    ),
    Mutant::new(
        "error-exit-after-sixth",
        "Exits after its sixth report of a failure.",
        &["ERR-08"],
        Fault::DiesAfterError,
    )
    .when(When::FromFailure(6)),
    Mutant::new(
        "error-exit-after-twelfth",
        "Exits after its twelfth report of a failure.",
        &["ERR-08"],
        Fault::DiesAfterError,
    )
    .when(When::FromFailure(12)),
    Mutant::new(
        "error-leaks-files",
        "Opens a file in each invocation and closes none once the function has failed.",
        &["NEXT-12"],
        Fault::LeaksFiles,
    )
    .when(When::AfterFailures(1)),
    Mutant::new(
        "error-sets-up-again",
        "Runs the static code for each event once the function has failed.",
        &["INIT-12"],
        Fault::InitEachEvent,
    )
    .when(When::AfterFailures(1)),
    Mutant::new(
        "panic-not-logged",
        "Writes nothing about a panic to its output.",
        &["ERR-15"],
        Fault::SilentPanics,
    ),
    Mutant::new(
        "log-prints-failed-events",
        "Prints the event when the invocation fails.",
        &["LOG-05", "LOG-02"],
        Fault::PrintsFailedEvents,
    ),
    Mutant::new(
        "log-prints-malformed-events",
        "Prints an event that it cannot read.",
        &["LOG-05"],
        Fault::PrintsMalformedEvents,
    ),
    Mutant::new(
        "log-unescaped",
        "Does not escape quotes and tabs in its JSON log lines.",
        &["LOG-02", "LOG-06"],
        Fault::UnescapedLog,
    ),
    Mutant::new(
        "log-stale-id",
        "Writes the first request id into all its JSON log lines.",
        &["LOG-02", "LOG-06"],
        Fault::StaleIdInLog,
    ),
    Mutant::new(
        "log-level-exclusive",
        "Writes JSON log lines above the level that is asked for, not of it.",
        &["ERR-15"],
        Fault::LevelIsExclusive,
    ),
    Mutant::new(
        "log-level-warn-hides-all",
        "Writes nothing with the level WARN.",
        &["ERR-15"],
        Fault::WarnHidesErrors,
    ),
    Mutant::new(
        "log-level-debug-hides-all",
        "Writes nothing with the level DEBUG.",
        &["ERR-15"],
        Fault::DebugHidesErrors,
    ),
];
