//! A subscription is taken or refused.

use super::dialect::Feed;
use super::happening::Happening;
use super::queue::Queue;
use super::subscription::wanted;
use super::wanted::Wanted;
use super::{Subscriber, Subscription, Telemetry};
use crate::protocol::ErrorBody;
use crate::protocol::other_call::OtherReply;

impl Telemetry {
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
            fails: false,
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
