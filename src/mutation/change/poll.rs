//! Changes of how the runtime polls.

use std::convert::Infallible;
use std::process::exit;
use std::time::{Duration, Instant};

use super::Then;
use crate::reference::client::{Call, Client};
use crate::reference::hooks::{Hooks, Later, PollEnd, Replied};

/// What follows a poll without an event.
pub(in super::super) struct AfterPoll(pub(in super::super) fn(PollEnd) -> Then);

impl Hooks for AfterPoll {
    fn polls_again<'a>(&'a self, _: &'a mut Client, end: PollEnd, _: usize) -> Later<'a, bool> {
        Box::pin((self.0)(end).polls_again())
    }
}

/// What follows a poll that takes too long.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in super::super) enum Late {
    /// Another one, without a limit.
    PollsOnce,
    /// The end.
    Exits,
}

/// Gives up a poll after this time.
pub(in super::super) struct PollTimesOut(
    pub(in super::super) fn(&Client) -> Option<Duration>,
    pub(in super::super) Late,
);

impl Hooks for PollTimesOut {
    fn poll<'a>(&'a self, client: &'a mut Client, call: &'a Call) -> Later<'a, Replied> {
        Box::pin(async {
            let Some(limit) = (self.0)(client) else {
                return client.send(call).await;
            };
            match (tokio::time::timeout(limit, client.send(call)).await, self.1) {
                (Ok(reply), _) => reply,
                (Err(_), Late::Exits) => exit(1),
                (Err(_), Late::PollsOnce) => client.send(call).await,
            }
        })
    }
}

/// Ends the process when the clock jumps by so many milliseconds.
pub(in super::super) async fn ends_of_jump(ms: u64) -> Infallible {
    loop {
        let before = Instant::now();
        tokio::time::sleep(Duration::from_millis(20)).await;
        if before.elapsed() > Duration::from_millis(ms) {
            exit(1);
        }
    }
}

/// Exits when the clock jumps by so many milliseconds in a poll.
pub(in super::super) struct DiesOfJump(pub(in super::super) u64);

impl Hooks for DiesOfJump {
    fn poll<'a>(&'a self, client: &'a mut Client, call: &'a Call) -> Later<'a, Replied> {
        Box::pin(async {
            tokio::select! {
                biased;
                never = ends_of_jump(self.0) => match never {},
                reply = client.send(call) => reply,
            }
        })
    }
}
