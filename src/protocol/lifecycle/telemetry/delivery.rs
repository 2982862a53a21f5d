//! Batches on their way, and the answers to them.

use super::queue::Failed;
use super::{Answered, Task, Telemetry, post};
use crate::protocol::Actor;

/// How many bytes of batches are remembered that were taken and met no wait.
const REMEMBERED_MAX: usize = 4 * 1024 * 1024;

impl Telemetry {
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
                subscription.fails = false;
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
                Some(Failed::Dropped(records, bytes)) => {
                    subscription.fails = true;
                    Some((records, bytes, fault))
                }
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

    /// The exchange of the first answer of a process to a batch of the service's own after the latest one that met a wait.
    /// With a text, it is that of the first batch that contains the text, and the latest one may meet one more wait.
    pub fn next_answer(&self, actor: Actor, text: &str, latest: Option<usize>) -> Option<usize> {
        let mut answered = self.answered.iter();
        let found = answered.find(|known| {
            let is_own = known.actor == actor && known.step.is_none();
            let is_new = Some(known.exchange) > latest || !text.is_empty();
            let is_next = Some(known.exchange) >= latest && is_new;
            is_own && is_next && contains(&known.body, text)
        });
        found.map(|known| known.exchange)
    }
}

/// Whether a text, as it stands in JSON, is in a body.
fn contains(body: &[u8], text: &str) -> bool {
    String::from_utf8_lossy(body).contains(text)
}
