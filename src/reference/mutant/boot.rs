//! Mutants: start, address, and HTTP on the wire.

use super::super::fault::Fault;
use super::Mutant;

/// What a runtime breaks that never calls: a case about a hard start takes the silence for its own.
const NEVER_CALLS: &[&str] = &[
    "BOOT-01", "BOOT-05", "BOOT-16", "BOOT-18", "INIT-01", "INIT-10", "INIT-13", "LIFE-10",
    "LIFE-11",
];

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant::new(
        "boot-fixed-address",
        "Calls 127.0.0.1:9001 whatever the environment says.",
        NEVER_CALLS,
        Fault::FixedAddress,
    ),
    Mutant::new(
        "boot-fixed-port",
        "Takes the host from the environment, and always port 9001.",
        NEVER_CALLS,
        Fault::FixedPort,
    ),
    Mutant::new(
        "boot-loopback-only",
        "Takes the port from the environment, and always the host 127.0.0.1.",
        &["BOOT-01", "BOOT-16"],
        Fault::LoopbackOnly,
    ),
    Mutant::new(
        "boot-splits-at-first-colon",
        "Takes what stands before the first colon of the address for the host.",
        &["BOOT-16"],
        Fault::SplitsAtFirstColon,
    ),
    Mutant::new(
        "boot-numeric-host-only",
        "Knows no host names and no IPv6 addresses.",
        &["BOOT-16"],
        Fault::NumericHostOnly,
    ),
    Mutant::new(
        "boot-obeys-http-proxy",
        "Sends its calls to the proxy that http_proxy names.",
        &["BOOT-04"],
        Fault::ObeysHttpProxy,
    ),
    Mutant::new(
        "boot-obeys-all-proxy",
        "Sends its calls to the proxy that all_proxy names.",
        &["BOOT-04"],
        Fault::ObeysAllProxy,
    ),
    Mutant::new(
        "boot-obeys-upper-case-proxy",
        "Sends its calls to the proxy, but only if the variable has capitals.",
        &["BOOT-04"],
        Fault::ObeysUpperCaseProxy,
    ),
    Mutant::new(
        "boot-needs-log-stream",
        "Does not start without AWS_LAMBDA_LOG_STREAM_NAME.",
        &["BOOT-18"],
        Fault::NeedsVariable("AWS_LAMBDA_LOG_STREAM_NAME"),
    ),
    Mutant::new(
        "boot-ignores-handler",
        "Runs its one function whatever _HANDLER says.",
        &["INIT-15"],
        Fault::IgnoresHandler,
    )
    .should(),
    Mutant::new(
        "boot-spins-when-refused",
        "Tries for ever to connect to a service that refuses.",
        &["BOOT-10"],
        Fault::SpinsWhenRefused,
    ),
    Mutant::new(
        "boot-silent-when-refused",
        "Says nothing when it gives up an unreachable service.",
        &["BOOT-10"],
        Fault::SilentWhenRefused,
    ),
    Mutant::new(
        "boot-exits-zero-when-refused",
        "Exits with code 0 when the service is unreachable.",
        &["BOOT-10"],
        Fault::ExitsZeroWhenRefused,
    ),
    Mutant::new(
        "boot-double-slash",
        "Begins every path with two slashes.",
        &["BOOT-02"],
        Fault::DoubleSlash,
    ),
    Mutant::new(
        "boot-trailing-slash",
        "Ends the paths of answers with a slash.",
        &["BOOT-02"],
        Fault::TrailingSlash,
    ),
    Mutant::new(
        "boot-wrong-version",
        "Calls version 2018-06-02 of the interface.",
        &["BOOT-02"],
        Fault::WrongVersion,
    ),
    Mutant::new(
        "boot-no-version",
        "Leaves the version out of its paths.",
        &["BOOT-02"],
        Fault::NoVersion,
    ),
    Mutant::new(
        "boot-http-1-0",
        "Speaks HTTP/1.0.",
        &["BOOT-03", "BOOT-11", "NEXT-16"],
        Fault::Http10,
    ),
    Mutant::new(
        "boot-http-2",
        "Opens connections with the preface of HTTP/2.",
        &["BOOT-03"],
        Fault::Http2,
    ),
    Mutant::new(
        "boot-tls",
        "Opens connections with a TLS hello.",
        &["BOOT-03"],
        Fault::TlsHello,
    ),
    Mutant::new(
        "boot-no-host",
        "Sends no Host header.",
        &["BOOT-03"],
        Fault::NoHost,
    ),
    Mutant::new(
        "boot-no-user-agent",
        "Sends no User-Agent.",
        &["BOOT-08"],
        Fault::NoUserAgent,
    ),
    Mutant::new(
        "boot-no-user-agent-on-answers",
        "Sends a User-Agent with its polls only.",
        &["BOOT-08"],
        Fault::NoUserAgentOnAnswers,
    ),
    Mutant::new(
        "boot-expect-continue",
        "Asks for 100-continue before each body.",
        &["BOOT-15"],
        Fault::ExpectContinue,
    ),
    Mutant::new(
        "boot-waits-for-continue",
        "Sends no body above a mebibyte before it was told 100 Continue.",
        &["BOOT-15"],
        Fault::WaitsForContinue,
    ),
    Mutant::new(
        "boot-new-connections",
        "Opens a connection for each call.",
        &["BOOT-11"],
        Fault::NewConnections,
    ),
    Mutant::new(
        "boot-dies-of-silent-close",
        "Exits when an idle connection was closed without notice.",
        &["BOOT-11"],
        Fault::DiesOfSilentClose,
    ),
    Mutant::new(
        "boot-dies-of-announced-close",
        "Exits when the service has closed the connection as it had announced.",
        &["BOOT-17", "BOOT-13"],
        Fault::DiesOfAnnouncedClose,
    ),
    Mutant::new(
        "boot-case-sensitive-id",
        "Finds the request id only under the documented letter case of the header.",
        &["BOOT-12"],
        Fault::CaseSensitiveId,
    ),
    Mutant::new(
        "boot-case-sensitive-id-to-init",
        "Finds the request id only under the documented letter case of the header, and calls /init/error without it.",
        &["BOOT-12", "ERR-13"],
        Fault::CaseSensitiveIdToInit,
    ),
    Mutant::new(
        "boot-case-sensitive-arn",
        "Finds the ARN of the function only under the documented letter case of the header.",
        &["BOOT-12"],
        Fault::CaseSensitiveArn,
    ),
    Mutant::new(
        "boot-case-sensitive-deadline",
        "Finds the deadline only under the documented letter case of the header.",
        &["BOOT-12"],
        Fault::CaseSensitiveDeadline,
    ),
    Mutant::new(
        "boot-case-sensitive-trace",
        "Finds the trace id only under the documented letter case of the header.",
        &["BOOT-12"],
        Fault::CaseSensitiveTrace,
    ),
    Mutant::new(
        "boot-case-sensitive-invocation-id",
        "Finds the invocation id only under the documented letter case of the header.",
        &["INVID-01"],
        Fault::CaseSensitiveInvocationId,
    ),
    Mutant::new(
        "boot-raw-chunks",
        "Takes the chunk sizes of a chunked event for part of it.",
        &["BOOT-13", "BOOT-12"],
        Fault::RawChunks,
    ),
    Mutant::new(
        "boot-first-chunk-only",
        "Takes the first chunk of an event for the whole.",
        &["BOOT-13", "NEXT-16", "BOOT-12"],
        Fault::FirstChunkOnly,
    ),
    Mutant::new(
        "boot-first-piece-only",
        "Takes what comes first of a small event for the whole.",
        &["NEXT-16"],
        Fault::FirstPieceOnly,
    ),
    Mutant::new(
        "boot-needs-date",
        "Takes no event without a Date header.",
        &["BOOT-14"],
        Fault::NeedsDate,
    ),
    Mutant::new(
        "boot-needs-content-length",
        "Takes no event without a Content-Length.",
        &["BOOT-13", "BOOT-12"],
        Fault::NeedsContentLength,
    ),
];
