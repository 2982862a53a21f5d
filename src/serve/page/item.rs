//! One line of the page: an invocation, what an environment did, or what was printed between invocations.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;

use crate::check::Finding;
use crate::cut::cut;
use crate::http1::Body;
use crate::protocol::{AnswerKind, header};
use crate::serve::feed::Ended;
use crate::transcript::{Exchange, Offset};

/// How much of an event or of a result is kept, in bytes. Only an event that is kept whole can be replayed.
pub(super) const TEXT_BYTES_MAX: usize = 64 * 1024;
/// How much of a body on the wire is kept, in bytes.
const BODY_BYTES_MAX: usize = 16 * 1024;
/// How many exchanges of an invocation are kept.
const EXCHANGES_MAX: usize = 32;
/// How many lines of a log are kept, and how much of each, in bytes.
pub(super) const LINES_MAX: usize = 200;
const LINE_BYTES_MAX: usize = 2000;
/// How many findings of an invocation are kept.
const FINDINGS_MAX: usize = 20;

/// Something that happened.
#[derive(Clone)]
pub(super) struct Item {
    /// Its number, from 1.
    pub(super) number: u64,
    /// The state of the journal after its last change.
    pub(super) changed: u64,
    /// When it began.
    pub(super) at_unix_ms: u64,
    pub(super) what: What,
}

#[derive(Clone)]
pub(super) enum What {
    Invocation(Box<Invocation>),
    /// A breach that belongs to no invocation that is kept.
    Breach(Box<Finding>),
    /// Something that happened to an environment.
    Note(String),
    /// What was printed while no invocation was in progress.
    Output(Lines),
}

/// An invocation.
#[derive(Clone)]
pub(super) struct Invocation {
    /// The number of its environment, from 0.
    pub(super) environment: usize,
    pub(super) request_id: String,
    pub(super) event: Kept,
    pub(super) client_context: Option<String>,
    /// `None` as long as it is in progress.
    pub(super) end: Option<End>,
    pub(super) log: Lines,
    pub(super) findings: Vec<Finding>,
}

/// How an invocation ended.
#[derive(Clone)]
pub(super) struct End {
    /// What the caller got, if it got something.
    pub(super) answer: Option<(AnswerKind, Kept)>,
    pub(super) measures: Measures,
    /// When the event went out.
    pub(super) began: Offset,
    /// What passed.
    pub(super) exchanges: Vec<Exchange>,
    /// How many exchanges more there were.
    pub(super) more: usize,
}

/// What was measured.
#[derive(Clone, Copy)]
pub(super) struct Measures {
    pub(super) duration: Duration,
    pub(super) init: Option<Duration>,
    pub(super) memory_kib: Option<u64>,
}

/// Bytes as far as they are kept.
#[derive(Clone)]
pub(super) struct Kept {
    pub(super) bytes: Bytes,
    /// How many there were.
    pub(super) total: usize,
}

impl Kept {
    /// A copy: the bytes may be part of a much larger buffer.
    fn of(bytes: &[u8]) -> Self {
        let kept = bytes.get(..TEXT_BYTES_MAX).unwrap_or(bytes);
        Self {
            bytes: Bytes::copy_from_slice(kept),
            total: bytes.len(),
        }
    }

    pub(super) fn is_whole(&self) -> bool {
        self.bytes.len() == self.total
    }
}

/// Lines of output: the last ones.
#[derive(Clone, Default)]
pub(super) struct Lines {
    pub(super) last: VecDeque<String>,
    /// How many there were before them.
    pub(super) before: usize,
}

impl Lines {
    pub(super) fn push(&mut self, line: &str) {
        self.last.push_back(cut(line, LINE_BYTES_MAX));
        let over = self.last.len().saturating_sub(LINES_MAX);
        self.last.drain(..over);
        self.before += over;
    }
}

impl Invocation {
    pub(super) fn new(environment: usize, request_id: &str, event: &[u8]) -> Self {
        Self {
            environment,
            request_id: request_id.to_owned(),
            event: Kept::of(event),
            client_context: None,
            end: None,
            log: Lines::default(),
            findings: Vec::new(),
        }
    }

    pub(super) fn end(&mut self, ended: &Ended) {
        let wire = &ended.wire;
        let delivery = wire.invocations.first();
        self.client_context = delivery
            .and_then(|delivery| delivery.header(header::CLIENT_CONTEXT))
            .filter(|context| context.len() <= TEXT_BYTES_MAX);
        let poll = delivery.and_then(|delivery| wire.exchanges.get(*delivery.polls.first()?));
        let began = poll.and_then(|poll| Some(poll.reply.as_ref()?.at));
        let mut exchanges = wire.exchanges.iter().map(shortened);
        let returned = ended.returned.as_ref();
        self.end = Some(End {
            answer: returned.map(|(kind, body)| (*kind, Kept::of(body))),
            measures: Measures {
                duration: ended.duration,
                init: ended.init,
                memory_kib: ended.memory_kib,
            },
            began: began.unwrap_or_default(),
            exchanges: exchanges.by_ref().take(EXCHANGES_MAX).collect(),
            more: exchanges.count(),
        });
    }

    pub(super) fn found(&mut self, finding: &Finding) {
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(finding.clone());
        }
    }
}

/// An exchange with the start of its body.
fn shortened(exchange: &Exchange) -> Exchange {
    let kept = &exchange.body.kept;
    Exchange {
        request: exchange.request.clone(),
        body: Body {
            kept: kept.get(..BODY_BYTES_MAX).unwrap_or(kept).into(),
            bytes: exchange.body.bytes,
            sha256: None,
        },
        rare: exchange.rare.clone(),
        reply: exchange.reply.clone(),
        ..*exchange
    }
}
