//! Indexes for the calls of a timeline, built once: the time for judging is proportional to the timeline.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use super::Call;
use super::latest::Latest;
use crate::case::{Case, Step};
use crate::protocol::{Actor, Mode, header};
use crate::transcript::{Offset, Output, Signal, Transcript};

/// The invocations by their request ids.
struct ById<'a> {
    /// In the order of ids, then of deliveries.
    ids: Vec<(&'a str, usize)>,
}

impl<'a> ById<'a> {
    fn new(transcript: &'a Transcript) -> Self {
        let deliveries = transcript.invocations.iter().enumerate();
        let mut ids: Vec<(&str, usize)> = deliveries
            .map(|(invocation, delivery)| (&*delivery.request_id, invocation))
            .collect();
        ids.sort_unstable();
        Self { ids }
    }

    /// For each id its range in the list, with the times of the deliveries.
    fn times(&self, delivered: &[Option<Offset>]) -> BTreeMap<usize, Latest> {
        let mut times = BTreeMap::new();
        let mut first = 0;
        for same in self.ids.chunk_by(|(one, _), (other, _)| one == other) {
            // An id that was used once needs no search.
            if same.len() > 1 {
                let of_id = same
                    .iter()
                    .map(|(_, at)| delivered.get(*at).copied().flatten());
                times.insert(first, Latest::new(of_id));
            }
            first += same.len();
        }
        times
    }

    fn first(&self, id: &str) -> Option<usize> {
        let first = self.ids.partition_point(|(known, _)| *known < id);
        self.ids.get(first).filter(|(known, _)| *known == id)?;
        Some(first)
    }
}

/// Facts about a connection.
struct OnConnection {
    /// The exchange of the first call on it.
    first: usize,
    /// Whether a call on it had a body.
    body: bool,
}

/// The lookups of a timeline.
pub(super) struct Index<'a> {
    transcript: &'a Transcript,
    by_id: ById<'a>,
    /// The invocations that were delivered whole.
    pub(super) current: Latest,
    /// Where the answers to each invocation begin in `answers`, and where the last ones end.
    starts: Vec<usize>,
    /// Positions of the calls that answer an invocation, those of one invocation together.
    answers: Vec<usize>,
    /// Positions of the polls.
    pub(super) polls: Vec<usize>,
    /// Positions of the other calls.
    pub(super) others: Vec<usize>,
    connections: BTreeMap<usize, OnConnection>,
    /// When each invocation was delivered that was delivered more than once, in order.
    again: BTreeMap<usize, Vec<Offset>>,
    pub(super) has_refused: bool,
    pub(super) has_garbage: bool,
    /// When the service first told the process to end, or killed it.
    pub(super) terminated: Option<Offset>,
    met_by: OnceCell<Vec<(usize, usize)>>,
    names: OnceCell<BTreeMap<String, (usize, usize)>>,
    invocation_ids: OnceCell<BTreeSet<String>>,
    raw_ids: OnceCell<Vec<String>>,
    earlier: OnceCell<BTreeSet<String>>,
    used: OnceCell<Vec<(Offset, usize)>>,
    lines: OnceCell<Vec<String>>,
    has_spoken_1_0: OnceCell<bool>,
}

/// When an invocation was delivered for the first time.
fn delivered_at(transcript: &Transcript, invocation: usize) -> Option<Offset> {
    let poll = transcript.invocations.get(invocation)?.polls.first()?;
    replied_at(transcript, *poll)
}

fn replied_at(transcript: &Transcript, exchange: usize) -> Option<Offset> {
    let reply = transcript.exchanges.get(exchange)?.reply.as_ref()?;
    Some(reply.at)
}

impl<'a> Index<'a> {
    /// `is_whole` says whether an invocation was delivered completely. The calls learn which invocation they answer.
    pub(super) fn new(
        transcript: &'a Transcript,
        calls: &mut [Call<'a>],
        is_whole: impl Fn(usize) -> bool,
    ) -> Self {
        let count = transcript.invocations.len();
        let delivered: Vec<Option<Offset>> = (0..count)
            .map(|invocation| delivered_at(transcript, invocation))
            .collect();
        let by_id = ById::new(transcript);
        let starts = address(&by_id, &delivered, calls);
        let whole = delivered.iter().enumerate();
        let whole = whole.map(|(invocation, at)| at.filter(|_| is_whole(invocation)));
        let (polls, others) =
            (0..calls.len()).partition(|position| calls.get(*position).is_some_and(Call::is_next));
        let signals = transcript.runtime().signals.iter();
        Self {
            transcript,
            by_id,
            current: Latest::new(whole),
            answers: grouped(&starts, calls),
            starts,
            polls,
            others,
            connections: connections(calls),
            again: again(transcript),
            has_refused: calls.iter().any(|call| call.status() >= 400),
            has_garbage: transcript
                .connections
                .iter()
                .filter(|connection| connection.is_of(Actor::Runtime))
                .any(|connection| connection.garbage.is_some()),
            terminated: signals
                .filter(|signal| signal.signal.ends())
                .map(|signal| signal.at)
                .min(),
            met_by: OnceCell::new(),
            names: OnceCell::new(),
            invocation_ids: OnceCell::new(),
            raw_ids: OnceCell::new(),
            earlier: OnceCell::new(),
            used: OnceCell::new(),
            lines: OnceCell::new(),
            has_spoken_1_0: OnceCell::new(),
        }
    }

    /// Positions of the calls that answer an invocation.
    pub(super) fn answers(&self, invocation: usize) -> &[usize] {
        let bounds = (self.starts.get(invocation), self.starts.get(invocation + 1));
        match bounds {
            (Some(from), Some(to)) => self.answers.get(*from..*to).unwrap_or_default(),
            _ => &[],
        }
    }

    pub(super) fn delivered_last(&self, invocation: usize, before: Offset) -> Option<Offset> {
        let Some(times) = self.again.get(&invocation) else {
            return delivered_at(self.transcript, invocation).filter(|at| *at <= before);
        };
        let later = times.partition_point(|at| *at <= before);
        times.get(later.checked_sub(1)?).copied()
    }

    pub(super) fn first_on(&self, connection: usize) -> Option<usize> {
        self.connections.get(&connection).map(|known| known.first)
    }

    pub(super) fn brought_body(&self, connection: usize) -> bool {
        let known = self.connections.get(&connection);
        known.is_some_and(|known| known.body)
    }

    /// The first `expect` of the case that this exchange has met.
    pub(super) fn step_met_by(&self, case: &Case, exchange: usize) -> Option<usize> {
        let met_by = self.met_by.get_or_init(|| {
            let steps = self.transcript.steps.iter().zip(&case.steps).enumerate();
            let waits = steps.filter(|(_, (_, step))| step.facts().call.is_some());
            let mut met: Vec<(usize, usize)> = waits
                .filter_map(|(index, (state, _))| Some((state.exchange?, index)))
                .collect();
            met.sort_unstable();
            met
        });
        let at = met_by.partition_point(|(met, _)| *met < exchange);
        let (met, step) = met_by.get(at)?;
        (*met == exchange).then_some(*step)
    }

    /// The first and the last invocation of this name.
    pub(super) fn named(&self, name: &str) -> Option<(usize, usize)> {
        let names = self.names.get_or_init(|| {
            let mut names: BTreeMap<String, (usize, usize)> = BTreeMap::new();
            for (invocation, delivery) in self.transcript.invocations.iter().enumerate() {
                let Some(name) = &delivery.name else { continue };
                let known = names
                    .entry(name.clone())
                    .or_insert((invocation, invocation));
                known.1 = invocation;
            }
            names
        });
        names.get(name).copied()
    }

    pub(super) fn knows_id(&self, id: &str) -> bool {
        self.by_id.first(id).is_some()
    }

    pub(super) fn knows_invocation_id(&self, id: &str) -> bool {
        let known = self.invocation_ids.get_or_init(|| {
            let invocations = self.transcript.invocations.iter();
            invocations
                .filter_map(|delivery| delivery.header(header::INVOCATION_ID))
                .collect()
        });
        known.contains(id)
    }

    pub(super) fn raw_ids(&self) -> &[String] {
        self.raw_ids.get_or_init(|| {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
            let ids = self.by_id.ids.iter().map(|(id, _)| *id);
            let mut ids: Vec<&str> = ids
                .filter(|id| !id.bytes().all(plain))
                // A client that parses the path drops a fragment, and may change a query.
                .filter_map(|id| id.split(['?', '#']).next())
                .filter(|id| !id.is_empty())
                .collect();
            ids.dedup();
            ids.into_iter().map(str::to_owned).collect()
        })
    }

    pub(super) fn was_given_earlier(&self, id: &str) -> bool {
        let given = self.earlier.get_or_init(|| {
            let given = self.transcript.earlier.iter();
            given.cloned().collect()
        });
        given.contains(id)
    }

    /// How many connections had been used by a time, and how many calls had come; those of other APIs do not count.
    pub(super) fn used_until(&self, at: Offset) -> (usize, usize) {
        let used = self.used.get_or_init(|| {
            let exchanges = self.transcript.exchanges.iter();
            let exchanges = exchanges.filter(|call| call.is_of(Actor::Runtime));
            // Which API a path belongs to is the same in each mode.
            let counted = exchanges.filter(|call| call.route(Mode::OnDemand).is_of_runtime());
            let mut calls: Vec<(Offset, usize)> =
                counted.map(|call| (call.at, call.connection)).collect();
            calls.sort_by_key(|(at, _)| *at);
            let mut seen = BTreeSet::new();
            for (_, connection) in &mut calls {
                seen.insert(*connection);
                *connection = seen.len();
            }
            calls
        });
        let calls = used.partition_point(|(then, _)| *then <= at);
        let last = calls.checked_sub(1).and_then(|last| used.get(last));
        (last.map_or(0, |(_, connections)| *connections), calls)
    }

    pub(super) fn lines(&self) -> &[String] {
        self.lines.get_or_init(|| {
            let process = self.transcript.target();
            let streams = [&process.stdout, &process.stderr];
            streams.into_iter().flat_map(Output::lines).collect()
        })
    }

    pub(super) fn has_spoken_1_0(&self, case: &Case) -> bool {
        let speaks = |step: &Step| step.facts().shape.is_some_and(|shape| shape.http_1_0);
        *self
            .has_spoken_1_0
            .get_or_init(|| case.steps.iter().any(speaks))
    }
}

/// Links each answer to its invocation: the latest one with its id that was delivered before it. Gives where the answers to
/// each invocation begin when they are grouped.
fn address(by_id: &ById<'_>, delivered: &[Option<Offset>], calls: &mut [Call<'_>]) -> Vec<usize> {
    let times = by_id.times(delivered);
    let mut counts = vec![0; delivered.len() + 1];
    for call in calls {
        let at = call.at();
        let found = call.answers().and_then(|id| {
            let first = by_id.first(id)?;
            let nth = match times.get(&first) {
                Some(times) => times.before(at)?,
                None => 0,
            };
            let (_, invocation) = by_id.ids.get(first + nth)?;
            Some(*invocation)
        });
        let came = |invocation: &usize| {
            let then = delivered.get(*invocation).copied().flatten();
            then.is_some_and(|then| then <= at)
        };
        call.addressed = found.filter(came);
        if let Some(count) = call.addressed.and_then(|found| counts.get_mut(found + 1)) {
            *count += 1;
        }
    }
    let mut sum = 0;
    for count in &mut counts {
        sum += *count;
        *count = sum;
    }
    counts
}

/// The positions of all answers, those to one invocation together, in order.
fn grouped(starts: &[usize], calls: &[Call<'_>]) -> Vec<usize> {
    let mut next = starts.to_vec();
    let mut grouped = vec![0; starts.last().copied().unwrap_or_default()];
    for (position, call) in calls.iter().enumerate() {
        let Some(place) = call.addressed.and_then(|found| next.get_mut(found)) else {
            continue;
        };
        if let Some(slot) = grouped.get_mut(*place) {
            *slot = position;
        }
        *place += 1;
    }
    grouped
}

fn connections(calls: &[Call<'_>]) -> BTreeMap<usize, OnConnection> {
    let mut connections: BTreeMap<usize, OnConnection> = BTreeMap::new();
    for call in calls {
        let known = connections.entry(call.exchange.connection);
        let known = known.or_insert(OnConnection {
            first: call.index,
            body: false,
        });
        known.body |= call.exchange.body.bytes > 0;
    }
    connections
}

fn again(transcript: &Transcript) -> BTreeMap<usize, Vec<Offset>> {
    let deliveries = transcript.invocations.iter().enumerate();
    let repeated = deliveries.filter(|(_, delivery)| delivery.polls.len() > 1);
    repeated
        .map(|(invocation, delivery)| {
            let polls = delivery.polls.iter();
            let mut times: Vec<Offset> = polls
                .filter_map(|poll| replied_at(transcript, *poll))
                .collect();
            times.sort_unstable();
            (invocation, times)
        })
        .collect()
}
