//! Telemetry: who has subscribed, and what the service sends to each subscriber.
//!
//! What happens in the environment comes in once, as a [`Happening`]; each subscriber gets it in the form of its own schema,
//! in batches. Until the initialisation is over it is also kept, for those that subscribe later. [`Task`]s say what must be
//! done in the world outside: send a batch, start a timer.

mod course;
mod dialect;
mod queue;
mod record;
mod subscription;

use std::collections::VecDeque;

use bytes::Bytes;

use course::Course;
pub use dialect::Feed;
use queue::{Failed, Queue};
use record::Setting;
pub use record::{Happening, Outcome};
pub use subscription::Destination;
use subscription::{Wanted, wanted};

use crate::protocol::other_call::OtherReply;
use crate::protocol::{Actor, ErrorBody, Function, Mode};

/// The most batches that one subscriber gets in a case: one that prints what it gets would have more and more.
const BATCHES_MAX: usize = 5000;

/// The most bytes that one subscriber gets in a case.
const BYTES_MAX: usize = 64 * 1024 * 1024;

/// How many bytes of batches are remembered that were taken and met no wait.
const REMEMBERED_MAX: usize = 4 * 1024 * 1024;

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

    /// PUT to one of the two APIs: checks the document, then the environment.
    pub(in crate::protocol) fn subscribe(
        &mut self,
        feed: Feed,
        subscriber: &Subscriber<'_>,
        body: &[u8],
        now_ms: u64,
    ) -> OtherReply {
        let wanted = match wanted(self.setting.mode, feed, body) {
            Ok(wanted) => wanted,
            Err(fault) => return invalid(feed, &fault),
        };
        if self.is_closed {
            let name = feed.name();
            let error = ErrorBody::new(
                &format!("{name}.SubscriptionClosed"),
                format!("{name} API subscription is closed"),
            );
            return OtherReply::error(403, &error);
        }
        let mut known = self.all.iter();
        match known.find(|known| known.name == subscriber.name) {
            // A subscription is idempotent.
            Some(known) if known.wanted.dialect.feed == feed => return accepted(),
            Some(_) => return invalid(feed, "the extension has subscribed by the other API"),
            None => {}
        }
        self.enter(subscriber, wanted, now_ms);
        accepted()
    }

    fn enter(&mut self, subscriber: &Subscriber<'_>, wanted: Wanted, now_ms: u64) {
        let Wanted {
            dialect, streams, ..
        } = &wanted;
        let (feed, streams) = (dialect.feed, streams.clone());
        self.all.push(Subscription {
            name: subscriber.name.to_owned(),
            actor: subscriber.actor,
            exchange: subscriber.exchange,
            queue: Queue::new(wanted.buffering, &wanted.destination),
            wanted,
            sent: (0, 0),
            is_over: false,
        });
        let index = self.all.len() - 1;
        let early = std::mem::take(&mut self.early);
        for (at_ms, happening) in &early {
            self.tell_one(index, happening, *at_ms);
        }
        self.early = early;
        let name = subscriber.name.to_owned();
        let subscribed = Happening::Subscribed {
            name,
            feed,
            streams,
        };
        self.tell(subscribed, now_ms);
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

    /// A batch that was not taken is sent again.
    pub fn again(&mut self, index: usize) {
        let subscription = self.all.get(index).filter(|known| !known.is_over);
        let body = subscription.and_then(|known| Some((known, known.queue.again()?)));
        if let Some((known, body)) = body {
            self.tasks.push(post(index, known, body));
        }
    }

    /// What became of a batch: its exchange, if it got that far, and why it was not taken, if so.
    pub fn posted(
        &mut self,
        index: usize,
        exchange: Option<usize>,
        fault: Option<String>,
        now_ms: u64,
    ) {
        let Some(subscription) = self.all.get_mut(index) else {
            return;
        };
        if let (Some(exchange), Some((step, body))) = (exchange, subscription.queue.on_its_way()) {
            self.answered.push_back(Answered {
                actor: subscription.actor,
                exchange,
                step,
                body,
            });
        }
        let dropped = match fault {
            None => {
                subscription.queue.delivered();
                None
            }
            Some(fault) => match subscription.queue.failed() {
                Some(Failed::Again(after_ms)) => {
                    let subscription = index;
                    self.tasks.push(Task::Again {
                        subscription,
                        after_ms,
                    });
                    None
                }
                Some(Failed::Dropped(records, bytes)) => Some((records, bytes, fault)),
                None => None,
            },
        };
        let lost = subscription.queue.take_lost();
        self.forget();
        self.send(index);
        if let Some((records, bytes, fault)) = dropped {
            self.drop_told(
                records,
                bytes,
                format!("could not send events: {fault}"),
                now_ms,
            );
        }
        if let Some((records, bytes)) = lost {
            self.lost(records, bytes, now_ms);
        }
    }

    /// Forgets the oldest batches that met no wait.
    fn forget(&mut self) {
        let mut bytes: usize = self.answered.iter().map(|known| known.body.len()).sum();
        while bytes > REMEMBERED_MAX && self.answered.len() > 1 {
            bytes -= self
                .answered
                .pop_front()
                .map_or(0, |known| known.body.len());
        }
    }

    /// A process has ended: its subscriptions are over.
    pub fn gone(&mut self, actor: Actor) {
        for subscription in &mut self.all {
            subscription.is_over |= subscription.actor == actor;
        }
    }

    /// Whether a subscriber that lives waits for events.
    pub fn is_busy(&self) -> bool {
        let mut living = self.all.iter().filter(|known| !known.is_over);
        living.any(|known| known.queue.is_busy() && !known.has_had_enough())
    }

    /// The call by which a process has subscribed.
    pub fn subscription_of(&self, actor: Actor) -> Option<usize> {
        let mut all = self.all.iter();
        let found = all.find(|known| known.actor == actor);
        found.map(|known| known.exchange)
    }

    /// Sends a batch of a case, an array of events, to a process. Says whether that has subscribed.
    pub fn give(&mut self, actor: Actor, array: &[u8], step: usize) -> bool {
        let index = self.all.iter().position(|known| known.actor == actor);
        let Some(index) = index else {
            return false;
        };
        if let Some(subscription) = self.all.get_mut(index) {
            subscription.queue.give(array, step);
        }
        self.send(index);
        true
    }

    /// The exchange of the first answer to the batch of a step.
    pub fn answer_to(&self, step: usize) -> Option<usize> {
        let mut answered = self.answered.iter();
        let found = answered.find(|known| known.step == Some(step));
        found.map(|known| known.exchange)
    }

    /// The exchange of the first answer of a process to a batch of the service's own that contains a text, after this
    /// exchange.
    pub fn next_answer(&self, actor: Actor, text: &str, after: Option<usize>) -> Option<usize> {
        let mut answered = self.answered.iter();
        let found = answered.find(|known| {
            let is_own = known.actor == actor && known.step.is_none();
            is_own && Some(known.exchange) > after && contains(&known.body, text)
        });
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

/// Whether a text, as it stands in JSON, is in a body.
fn contains(body: &[u8], text: &str) -> bool {
    String::from_utf8_lossy(body).contains(text)
}

fn accepted() -> OtherReply {
    OtherReply::plain(200, "\"OK\"")
}

/// 400, with the message as it is, as the service writes it.
fn invalid(feed: Feed, fault: &str) -> OtherReply {
    let kind = feed.validation_error();
    OtherReply::plain(
        400,
        &format!(r#"{{"errorType": "{kind}", "errorMessage": "{fault}"}}"#),
    )
}

#[cfg(test)]
mod tests;
