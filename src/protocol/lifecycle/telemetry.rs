//! Telemetry: who has subscribed, and what the service sends to each subscriber.
//!
//! What happens in the environment comes in once, as a [`Happening`]; each subscriber gets it in the form of its own schema,
//! in batches. Until the initialisation is over it is also kept, for those that subscribe later. [`Task`]s say what must be
//! done in the world outside: send a batch, start a timer.

mod course;
mod delivery;
mod dialect;
mod happening;
mod managed;
mod progress;
mod queue;
mod record;
mod subscribing;
mod subscription;
mod usual;
mod wanted;

use std::collections::VecDeque;

use bytes::Bytes;

use course::Course;
pub use dialect::Feed;
pub use happening::Outcome;
use happening::{Happening, Setting};
use queue::Queue;
pub use wanted::Destination;
use wanted::Wanted;

use crate::protocol::{Actor, Function, Mode};

/// The most batches that one subscriber gets in a case: one that prints what it gets would have more and more.
const BATCHES_MAX: usize = 5000;

/// The most bytes that one subscriber gets in a case.
const BYTES_MAX: usize = 64 * 1024 * 1024;

/// The service's reason for events that found no room.
const TOO_SLOW: &str = "Some logs were dropped because the downstream consumer is slower than the logs production rate";

/// Who subscribes.
#[derive(Clone, Copy, Debug)]
pub struct Subscriber<'a> {
    /// The name that it registered under.
    pub name: &'a str,
    /// Its process.
    pub actor: Actor,
    /// The exchange of its call.
    pub exchange: usize,
}

/// The form of the lines of a function.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum LogFormat {
    /// Any text.
    #[default]
    Text,
    /// JSON, as far as it can be.
    Json,
}

impl LogFormat {
    /// The one that `AWS_LAMBDA_LOG_FORMAT` names. Managed Instances have JSON only.
    pub fn said(said: Option<&str>, mode: Mode) -> Self {
        let is_json = said.is_some_and(|said| said.eq_ignore_ascii_case("json"));
        match is_json || (said.is_none() && mode.is_concurrent()) {
            true => Self::Json,
            false => Self::Text,
        }
    }
}

/// Something to do in the world outside.
#[derive(Clone, Debug, PartialEq)]
pub enum Task {
    /// Send a batch.
    Post {
        /// The subscription.
        subscription: usize,
        /// Whose it is.
        actor: Actor,
        /// Where to.
        destination: Destination,
        /// The batch, as it is sent.
        body: Bytes,
    },
    /// Tell [`Telemetry::time_is_up`] after this time.
    Flush {
        /// The subscription.
        subscription: usize,
        /// The batch.
        batch: usize,
        /// In milliseconds.
        after_ms: u64,
    },
    /// Tell [`Telemetry::again`] after this time.
    Again {
        /// The subscription.
        subscription: usize,
        /// In milliseconds.
        after_ms: u64,
    },
}

/// A batch that was sent and has its answer.
#[derive(Debug)]
pub struct Answered {
    actor: Actor,
    exchange: usize,
    step: Option<usize>,
    body: Bytes,
}

#[derive(Debug)]
struct Subscription {
    name: String,
    actor: Actor,
    exchange: usize,
    wanted: Wanted,
    queue: Queue,
    /// How many batches were sent, and their bytes.
    sent: (usize, usize),
    is_over: bool,
    /// Whether the latest batch was dropped, since it was not taken.
    fails: bool,
}

/// The subscriptions of one environment, and what happened in it so far.
#[derive(Debug)]
pub struct Telemetry {
    setting: Setting,
    course: Course,
    all: Vec<Subscription>,
    /// What happened during the initialisation, and when; empty once nobody can subscribe any more.
    early: Vec<(u64, Happening)>,
    is_closed: bool,
    tasks: Vec<Task>,
    answered: VecDeque<Answered>,
}

impl Telemetry {
    /// A fresh one.
    pub fn new(mode: Mode, function: Function, format: LogFormat) -> Self {
        Self {
            setting: Setting {
                mode,
                function,
                is_json: format == LogFormat::Json,
                used_mb: 0,
            },
            course: Course::default(),
            all: Vec::new(),
            early: Vec::new(),
            is_closed: false,
            tasks: Vec::new(),
            answered: VecDeque::new(),
        }
    }

    /// Nobody can subscribe any more.
    fn close(&mut self) {
        self.is_closed = true;
        self.early = Vec::new();
    }

    /// Whether lines of output still matter.
    pub fn wants_lines(&self) -> bool {
        !self.is_closed || self.has_subscribers()
    }

    /// Whether somebody has subscribed who lives.
    pub fn has_subscribers(&self) -> bool {
        self.all.iter().any(|subscription| !subscription.is_over)
    }

    /// Something happened.
    pub(super) fn tell(&mut self, happening: Happening, now_ms: u64) {
        for index in 0..self.all.len() {
            self.tell_one(index, &happening, now_ms);
        }
        if !self.is_closed {
            self.early.push((now_ms, happening));
        }
    }

    fn tell_one(&mut self, index: usize, happening: &Happening, at_ms: u64) {
        let Some(subscription) = self.all.get_mut(index) else {
            return;
        };
        let Wanted {
            dialect, streams, ..
        } = &subscription.wanted;
        if subscription.is_over || !streams.contains(&happening.stream()) {
            return;
        }
        for event in happening.events(at_ms, dialect, &self.setting) {
            let timer = subscription.queue.push(event);
            self.tasks
                .extend(timer.map(|(batch, after_ms)| Task::Flush {
                    subscription: index,
                    batch,
                    after_ms,
                }));
        }
        self.send(index);
    }

    /// Sends what is ready.
    fn send(&mut self, index: usize) {
        let Some(subscription) = self.all.get_mut(index) else {
            return;
        };
        if subscription.is_over || subscription.has_had_enough() {
            return;
        }
        if let Some(body) = subscription.queue.next() {
            let (batches, bytes) = subscription.sent;
            subscription.sent = (batches + 1, bytes + body.len());
            self.tasks.push(post(index, subscription, body));
        }
    }

    /// A line of output.
    pub fn line(&mut self, actor: Actor, text: String, now_ms: u64) {
        self.tell(Happening::Line { actor, text }, now_ms);
    }

    /// Output came too fast: so many lines and bytes were not read as lines.
    pub fn lost(&mut self, records: usize, bytes: usize, now_ms: u64) {
        self.drop_told(records, bytes, TOO_SLOW.to_owned(), now_ms);
    }

    fn drop_told(&mut self, records: usize, bytes: usize, reason: String, now_ms: u64) {
        let dropped = Happening::Dropped {
            records,
            bytes,
            reason,
        };
        self.tell(dropped, now_ms);
    }

    /// The most memory of the runtime so far, in MB.
    pub fn used(&mut self, mb: u64) {
        self.setting.used_mb = self.setting.used_mb.max(mb);
    }

    /// The time of a batch is up.
    pub fn time_is_up(&mut self, subscription: usize, batch: usize) {
        if let Some(known) = self.all.get_mut(subscription) {
            known.queue.time_is_up(batch);
            self.send(subscription);
        }
    }

    /// All that was gathered is sent at once.
    pub fn flush(&mut self) {
        for index in 0..self.all.len() {
            if let Some(subscription) = self.all.get_mut(index) {
                subscription.queue.flush();
            }
            self.send(index);
        }
    }

    /// A process has ended: its subscriptions are over.
    pub fn gone(&mut self, actor: Actor) {
        for subscription in &mut self.all {
            subscription.is_over |= subscription.actor == actor;
        }
    }

    /// Whether a subscriber that lives and takes batches waits for events.
    pub fn is_busy(&self) -> bool {
        let mut living = self
            .all
            .iter()
            .filter(|known| !known.is_over && !known.fails);
        living.any(|known| known.queue.is_busy() && !known.has_had_enough())
    }

    /// The call by which a process has subscribed.
    pub fn subscription_of(&self, actor: Actor) -> Option<usize> {
        let mut all = self.all.iter();
        let found = all.find(|known| known.actor == actor);
        found.map(|known| known.exchange)
    }

    /// What must be done, since the last time.
    pub fn take_tasks(&mut self) -> Vec<Task> {
        std::mem::take(&mut self.tasks)
    }
}

impl Subscription {
    fn has_had_enough(&self) -> bool {
        let (batches, bytes) = self.sent;
        batches >= BATCHES_MAX || bytes >= BYTES_MAX
    }
}

fn post(subscription: usize, known: &Subscription, body: Bytes) -> Task {
    Task::Post {
        subscription,
        actor: known.actor,
        destination: known.wanted.destination.clone(),
        body,
    }
}

#[cfg(test)]
mod tests;
