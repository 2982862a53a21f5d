//! Runs the function on one invocation, and gives the result.

use serde::de::IgnoredAny;

use super::Runtime;
use super::failure::Failure;
use super::fixture::{Event, Returned};
use super::invocation::{Context, Invocation};
use super::parts::Worked;
use super::settings::OtherEvents;

impl Runtime {
    /// Runs the function. Any failure concerns this invocation only.
    pub(super) async fn work(&mut self, invocation: &Invocation) -> Worked {
        let ways = self.ways;
        ways.before_work(&mut self.client, self.log, &self.settings, invocation)
            .await;
        let context = Context::of(invocation, &self.settings, ways.0);
        let context = match ways.context(invocation, context) {
            Ok(context) => context,
            Err(failure) => return Worked::Whole(Err(failure)),
        };
        let event = match Event::read(&invocation.event) {
            Ok(event) => event,
            Err(failure) => {
                let echoes = self.settings.other_events == OtherEvents::Echo;
                let is_json = || serde_json::from_slice::<IgnoredAny>(&invocation.event).is_ok();
                return Worked::Whole(match echoes && is_json() {
                    true => Ok(invocation.event.to_vec()),
                    false => ways.unreadable(failure),
                });
            }
        };
        let call = ways.work(Box::pin(self.fixture.clone().call(event, context)));
        // A task of its own, so that a panic ends the call and not the runtime.
        Worked::Whole(match tokio::spawn(call).await {
            Ok(Ok(Returned::Stream(written))) => return Worked::Stream(written),
            Ok(returned) => returned.and_then(|returned| ways.encode(returned)),
            Err(panic) => Err(Failure::of_function("Panic", panic.to_string())),
        })
    }
}
