//! Variants of the reference runtime: each does one thing otherwise, in a way that the law permits, and must pass every
//! case. What a check has against one of them it would have against real runtimes too.

use super::fault::Fault;
use super::mutant::Mutant;

/// One thing done otherwise, and done well; the table of variants says what, in words.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Quirk {
    // Logs
    LogsReplies,
    LogsMuch,
    LogsOddly,
    LogsToStdout,
    NestsRequestId,
    // Requests on the wire
    LowerCaseNames,
    ReversedHeaders,
    FurtherHeaders,
    OffersUpgrade,
    Chunks,
    Streams,
    SingleBytes,
    TwoConnections,
    HalfCloses,
    PollsAfterBreak,
    SendsAgain,
    SlowCalls,
    LowerCaseEscapes,
    // Bodies
    SortedJson,
    EscapedJson,
    OtherMediaTypes,
    BareErrors,
    RichErrors,
    NothingIsEmpty,
    OddEventsAreNothing,
    // The context
    EmptyNotNull,
    LenientContext,
    // Beginning and end
    StartsSlowly,
    TriesAgain,
    EndsEarly,
    OtherCodes,
    EndsBySignal,
    UnpacksToTmp,
    // Processes
    BackgroundThread,
    HelperChild,
    TwoProcesses,
    // The APIs next to the Runtime API
    RegistersExtension,
    KeepsExtensionApart,
    SubscribesToTelemetry,
    ReadsMetadata,
    // Refusals
    ReportsRefusal,
}

const fn variant(name: &'static str, text: &'static str, quirk: Quirk) -> Mutant {
    Mutant::new(name, text, &[], Fault::Quirk(quirk))
}

/// All variants.
pub const VARIANTS: &[Mutant] = &[
    variant(
        "variant-logs-replies",
        "Logs the head of every reply, and the body of every one that is no event, as it came and decoded.",
        Quirk::LogsReplies,
    ),
    variant(
        "variant-logs-much",
        "Logs 64 KiB to stdout at the start and in each invocation.",
        Quirk::LogsMuch,
    ),
    variant(
        "variant-logs-oddly",
        "Ends text lines of its log without a newline, escapes their messages, and writes bytes between them that are no text.",
        Quirk::LogsOddly,
    ),
    variant(
        "variant-logs-to-stdout",
        "Logs to stdout, in JSON with times of another zone, cut to seconds, and levels in lower case.",
        Quirk::LogsToStdout,
    ),
    variant(
        "variant-nests-request-id",
        "Writes the request id of what the function logs into an object of its own.",
        Quirk::NestsRequestId,
    ),
    variant(
        "variant-lower-case-names",
        "Writes header names in lower case.",
        Quirk::LowerCaseNames,
    ),
    variant(
        "variant-reversed-headers",
        "Writes header names in upper case and sends them in reverse order, Host and User-Agent last.",
        Quirk::ReversedHeaders,
    ),
    variant(
        "variant-further-headers",
        "Sends headers that nobody asked for, a User-Agent with comments, and Content-Length: 0 with its polls.",
        Quirk::FurtherHeaders,
    ),
    variant(
        "variant-offers-upgrade",
        "Offers an upgrade to HTTP/2 with each call, and goes on without.",
        Quirk::OffersUpgrade,
    ),
    variant(
        "variant-chunks",
        "Sends bodies in chunks of growing size.",
        Quirk::Chunks,
    ),
    variant(
        "variant-streams",
        "Streams every response, with trailers announced, and closes the connection after it.",
        Quirk::Streams,
    ),
    variant(
        "variant-single-bytes",
        "Sends the head of a request byte by byte, and the body after it.",
        Quirk::SingleBytes,
    ),
    variant(
        "variant-two-connections",
        "Opens two connections at the start: one for polls, one for answers.",
        Quirk::TwoConnections,
    ),
    variant(
        "variant-half-closes",
        "Ends its side of the connection with each answer, and then reads the reply.",
        Quirk::HalfCloses,
    ),
    variant(
        "variant-polls-after-break",
        "Writes its answer on the connection at hand even when the service has closed it, and polls again.",
        Quirk::PollsAfterBreak,
    ),
    variant(
        "variant-sends-again",
        "Sends an answer once more when a connection that it used before gave no byte of a reply.",
        Quirk::SendsAgain,
    ),
    variant(
        "variant-slow-calls",
        "Pauses for 5 ms before each call.",
        Quirk::SlowCalls,
    ),
    variant(
        "variant-lower-case-escapes",
        "Escapes a request id in paths with lower case digits.",
        Quirk::LowerCaseEscapes,
    ),
    variant(
        "variant-sorted-json",
        "Writes the members of JSON objects in the order of their names, with spaces and newlines.",
        Quirk::SortedJson,
    ),
    variant(
        "variant-escaped-json",
        "Writes JSON in ASCII, with slashes and angle brackets escaped.",
        Quirk::EscapedJson,
    ),
    variant(
        "variant-other-media-types",
        "Sends JSON with a charset, errors with the media type of their own, and each of them as Runtime.Unhandled.",
        Quirk::OtherMediaTypes,
    ),
    variant(
        "variant-bare-errors",
        "Reports errors without a stack trace or an X-Ray cause, and cuts messages at 32 KiB.",
        Quirk::BareErrors,
    ),
    variant(
        "variant-rich-errors",
        "Reports errors with further members, qualified types, and a stack of 2000 frames.",
        Quirk::RichErrors,
    ),
    variant(
        "variant-nothing-is-empty",
        "Answers with an empty body when the function returns nothing, and with null for what is not a number.",
        Quirk::NothingIsEmpty,
    ),
    variant(
        "variant-odd-events-are-nothing",
        "Answers null to an event that it cannot read.",
        Quirk::OddEventsAreNothing,
    ),
    variant(
        "variant-empty-not-null",
        "Shows what is absent as an empty text or an empty object, and a missing deadline as one in the year 9999.",
        Quirk::EmptyNotNull,
    ),
    variant(
        "variant-lenient-context",
        "Runs the function without headers that it cannot decode, and does not echo an invocation id that is not ASCII.",
        Quirk::LenientContext,
    ),
    variant(
        "variant-starts-slowly",
        "Takes half a second to start, and first tries whether the port is open.",
        Quirk::StartsSlowly,
    ),
    variant(
        "variant-tries-again",
        "Connects and polls again after a failure, a few times, with growing pauses.",
        Quirk::TriesAgain,
    ),
    variant(
        "variant-ends-early",
        "Exits with a failure when a poll breaks off, an answer is refused with 403, or the function has panicked.",
        Quirk::EndsEarly,
    ),
    variant(
        "variant-other-codes",
        "Exits with 255 where it fails, and with 143 after SIGTERM.",
        Quirk::OtherCodes,
    ),
    variant(
        "variant-ends-by-signal",
        "Leaves SIGTERM to the kernel.",
        Quirk::EndsBySignal,
    ),
    variant(
        "variant-unpacks-to-tmp",
        "Unpacks a file to one place in /tmp and lives by it, as if no other runtime could be there.",
        Quirk::UnpacksToTmp,
    ),
    variant(
        "variant-background-thread",
        "Has a thread that works all the time, and a pool of eight more that fills up.",
        Quirk::BackgroundThread,
    ),
    variant(
        "variant-helper-child",
        "Starts a helper process that ends with it.",
        Quirk::HelperChild,
    ),
    variant(
        "variant-two-processes",
        "Is a parent that starts the runtime, passes SIGTERM on and ends with its code, as a shell does.",
        Quirk::TwoProcesses,
    ),
    variant(
        "variant-registers-extension",
        "Registers as an internal extension on the connection of its polls, and waits for events on another one.",
        Quirk::RegistersExtension,
    ),
    variant(
        "variant-keeps-extension-apart",
        "Registers as an internal extension on a connection of its own, and waits for events on the same.",
        Quirk::KeepsExtensionApart,
    ),
    variant(
        "variant-subscribes-to-telemetry",
        "Registers as an internal extension and subscribes to the telemetry.",
        Quirk::SubscribesToTelemetry,
    ),
    variant(
        "variant-reads-metadata",
        "Asks the metadata endpoint where it runs, before its first poll.",
        Quirk::ReadsMetadata,
    ),
    variant(
        "variant-reports-refusal",
        "Reports an error for an invocation whose response was refused with 400, which leaves it open.",
        Quirk::ReportsRefusal,
    ),
];
