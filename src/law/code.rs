//! The codes of findings that ricspec reports by itself; a case may have its own codes.
//!
//! `specs/codes.json` says what each means; a test compares the two.

use std::fmt;

macro_rules! codes {
    ($($name:ident = $text:literal,)*) => {
        /// What kind of breach a finding is.
        #[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
        pub enum Code {
            $(#[doc = concat!("`", $text, "`")] $name,)*
        }

        impl Code {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The stable name, in kebab case.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

// In order: from the process and its calls to the content of a body.
codes! {
    NeverCalled = "never-called",
    NotRegistered = "not-registered",
    ExitedBeforeNext = "exited-before-next",
    Exited = "exited",
    NoNext = "no-next",
    Stuck = "stuck",
    ExtensionNotWaiting = "extension-not-waiting",
    RegisteredTooLate = "registered-too-late",
    EventNotAllowed = "event-not-allowed",
    WrongExtensionName = "wrong-extension-name",
    BadRegistration = "bad-registration",
    NoShutdownEvent = "no-shutdown-event",
    RegisteredTwice = "registered-twice",
    CallBeforeRegistration = "call-before-registration",
    WrongExtensionIdentifier = "wrong-extension-identifier",
    CallAfterReport = "call-after-report",
    CallAfterShutdown = "call-after-shutdown",
    StillRunning = "still-running",
    NoRestoreNext = "no-restore-next",
    ExitCodeZero = "exit-code-zero",
    ExitInHealth = "exit-in-health",
    ExitAfterError = "exit-after-error",
    InvocationLost = "invocation-lost",
    InvocationDropped = "invocation-dropped",
    NoAnswer = "no-answer",
    ErrorInsteadOfResponse = "error-instead-of-response",
    ResponseInsteadOfError = "response-instead-of-error",
    InitFailureNotReported = "init-failure-not-reported",
    InitErrorTwice = "init-error-twice",
    InitErrorAfterNext = "init-error-after-next",
    InitErrorInInvocation = "init-error-in-invocation",
    NextAfterInitError = "next-after-init-error",
    NextAfterFailedInit = "next-after-failed-init",
    PollGivenUp = "poll-given-up",
    SecondPoll = "second-poll",
    EarlyNext = "early-next",
    NextBeforeAck = "next-before-ack",
    CallInQuiet = "call-in-quiet",
    HotLoop = "hot-loop",
    ProcessLeftBehind = "process-left-behind",
    FilesLeak = "files-leak",
    ThreadsLeak = "threads-leak",
    ConnectionsLeak = "connections-leak",
    MemoryLeak = "memory-leak",
    MemoryPeak = "memory-peak",
    BusyWait = "busy-wait",
    SlowStart = "slow-start",
    NewConnection = "new-connection",
    NotSubscribed = "not-subscribed",
    SubscriptionRefused = "subscription-refused",
    GaveUp = "gave-up-without-telemetry",
    BatchNotTaken = "batch-not-taken",
    WrongStatus = "wrong-status",
    SlowAnswer = "slow-answer",
    FeedbackLoop = "feedback-loop",
    Tls = "tls",
    Http2 = "http2",
    NotHttp = "not-http",
    HttpVersion = "http-version",
    Host = "host",
    UnknownPath = "unknown-path",
    WrongMethod = "wrong-method",
    BodyOnNext = "body-on-next",
    IdNotEncoded = "id-not-encoded",
    TwoFramings = "two-framings",
    TransferCoding = "transfer-coding",
    BrokenFraming = "broken-framing",
    BodyWithoutEnd = "body-without-end",
    WaitsForContinue = "waits-for-continue",
    BytesAfterBody = "bytes-after-body",
    ResponseMode = "response-mode",
    XrayCauseTooLarge = "xray-cause-too-large",
    XrayCauseBytes = "xray-cause-bytes",
    UnknownId = "unknown-id",
    StaleId = "stale-id",
    AnswerWithoutInvocation = "answer-without-invocation",
    IdOfEarlierProcess = "id-of-earlier-process",
    AnsweredTwice = "answered-twice",
    ReSentAfterBreak = "re-sent-after-break",
    ReSentAfter500 = "re-sent-after-500",
    ReSentAfterRefusal = "re-sent-after-refusal",
    InvocationIdMissing = "invocation-id-missing",
    InvocationIdInvented = "invocation-id-invented",
    InvocationIdCrossed = "invocation-id-crossed",
    InvocationIdElsewhere = "invocation-id-elsewhere",
    NotJson = "not-json",
    ByteOrderMark = "byte-order-mark",
    NotUtf8 = "not-utf8",
    Wrapped = "wrapped",
    MissingMember = "missing-member",
    NotAbsent = "not-absent",
    WrongType = "wrong-type",
    WrongValue = "wrong-value",
    OutOfRange = "out-of-range",
    WrongRemainingTime = "wrong-remaining-time",
    MissingText = "missing-text",
    UnwantedText = "unwanted-text",
    WrongLength = "wrong-length",
    WrongBytes = "wrong-bytes",
    NotNothing = "not-nothing",
    TooLong = "too-long",
    MissingHeader = "missing-header",
    UnwantedHeader = "unwanted-header",
    WrongHeader = "wrong-header",
    SentAtOnce = "sent-at-once",
    ConnectionKept = "connection-kept",
    TrailerNotAnnounced = "trailer-not-announced",
    MissingTrailer = "missing-trailer",
    WrongTrailer = "wrong-trailer",
    WrongPrelude = "wrong-prelude",
    ErrorDuringStream = "error-during-stream",
    NoOutput = "no-output",
    MissingOutput = "missing-output",
    UnwantedOutput = "unwanted-output",
    NotAJsonLine = "not-a-json-line",
    LogLineWithoutId = "log-line-without-id",
    LogLineOfAnother = "log-line-of-another",
    LogBelowLevel = "log-below-level",
    WrongTimestamp = "wrong-timestamp",
    WrongLogLevel = "wrong-log-level",
    WrongLogId = "wrong-log-id",
    OutputKeptBack = "output-kept-back",
    RanOnHalfAnEvent = "ran-on-half-an-event",
    BadRule = "bad-rule",
    NoEntryPoint = "no-entry-point",
    RelativeEntryPoint = "relative-entry-point",
    EntryPointMissing = "entry-point-missing",
    EntryPointNotExecutable = "entry-point-not-executable",
    InterpreterMissing = "interpreter-missing",
    EntryPointNoProgram = "entry-point-no-program",
    WrongArchitecture = "wrong-architecture",
    ImageTooLarge = "image-too-large",
    UnreadableFiles = "unreadable-files",
    NoWorkingDirectory = "no-working-directory",
    ReservedVariable = "reserved-variable",
    SnapstartLabel = "snapstart-label",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl From<Code> for String {
    fn from(code: Code) -> Self {
        code.name().to_owned()
    }
}
