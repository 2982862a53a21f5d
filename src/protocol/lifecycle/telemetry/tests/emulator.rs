//! Subscriptions on Managed Instances, compared with the replies of AWS's emulator, byte for byte.
//!
//! `emulator.json` has what was sent to the newest emulator in its mode for Managed Instances, started in `/var/task`, and
//! what it replied. Two differences are on purpose: a second subscription of an extension gets 500 there, but AWS documents
//! that it changes nothing; a port where nobody listens yet is refused there, but AWS documents that the service tries again.

use serde::Deserialize;

use super::super::Feed;
use super::{MANAGED, asked, telemetry};

#[derive(Deserialize)]
struct Observed {
    about: String,
    body: String,
    status: u16,
    reply: String,
}

#[test]
fn replies_are_those_of_the_emulator() {
    let text = include_str!("emulator.json");
    let all: Vec<Observed> = serde_json::from_str(text).expect("JSON");
    for observed in all {
        let mut fresh = telemetry(MANAGED);
        let reply = asked(&mut fresh, Feed::Telemetry, observed.body.as_bytes());
        assert_eq!(
            reply,
            (observed.status, observed.reply),
            "{}",
            observed.about
        );
    }
}
