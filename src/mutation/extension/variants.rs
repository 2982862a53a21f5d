//! Variants of the extension, which do something differently and nothing wrong.

use std::time::Duration;

use super::super::mutant::Mutant;
use super::change::{Again, Code, Sends, ShutDown, Worked, is_registration};
use crate::protocol::header;
use crate::reference::client::{Call, Client};
use crate::reference::extending::{Extending, Failed, Life, Polled};
use crate::reference::hooks::Later;

extension_mutants! {
    "extension-asks-for-account": "Asks for the account with its registration.",
        breaks [] => Sends(|call, _| if is_registration(call) { call.add(header::EXTENSION_FEATURES, "accountId") });
    "extension-only-shutdown": "Asks for SHUTDOWN only.",
        breaks [] => Sends(|call, _| if is_registration(call) { call.body = Some(r#"{"events":["SHUTDOWN"]}"#.into()) });
    "extension-large-identifier": "Sends its identifier in capitals, and names its headers in small letters.",
        breaks [] => Sends(|call, _| for (name, value) in &mut call.headers {
            if name.eq_ignore_ascii_case(header::EXTENSION_IDENTIFIER) { value.make_ascii_uppercase() }
            name.make_ascii_lowercase();
        });
    "extension-one-connection-each": "Opens a connection for each call.",
        breaks [] => NewConnections;
    "extension-works-a-while": "Works for a while on each event, and at the end.",
        breaks [] => Worked(|_, _| Box::pin(tokio::time::sleep(Duration::from_millis(150))));
    "extension-cleans-up": "Cleans up for a while on SHUTDOWN.",
        breaks [] => ShutDown(|_, _| Box::pin(tokio::time::sleep(Duration::from_millis(300))));
    "extension-ends-at-first-trouble": "Ends without a report at the first sign of trouble.",
        breaks [] => EndsAtOnce;
    "extension-report-without-body": "Reports failures without a body.",
        breaks [] => Sends(|call, _| if call.path.ends_with("/error") { call.body = Some("".into()) });
    "extension-exit-error-at-the-end": "Reports a failed clean-up after SHUTDOWN, and exits with 1.",
        breaks [] => FailsAtTheEnd;
    "extension-patient": "Tries a call again, with growing pauses, before it gives up.",
        breaks [] => Again(|tries| [50, 100, 200].get(tries).map(|ms| Duration::from_millis(*ms)));
    "extension-other-codes": "Exits with 255 after a failure.",
        breaks [] => Code(|code| if code == 0 { 0 } else { 255 });
}

/// Ends without a report and without another try.
struct EndsAtOnce;

impl Extending for EndsAtOnce {
    fn again(&self, _: usize) -> Option<Duration> {
        None
    }

    fn failed<'a>(&'a self, _: &'a mut Life, _: &'a Failed) -> Later<'a, ()> {
        super::change::ends(1)
    }
}

struct NewConnections;

impl Extending for NewConnections {
    fn send<'a>(&'a self, client: &'a mut Client, call: &'a Call) -> Later<'a, Polled> {
        *client = Client::new(&client.api, &crate::reference::RIGHT);
        Box::pin(client.send(call))
    }
}

struct FailsAtTheEnd;

impl Extending for FailsAtTheEnd {
    fn shut_down<'a>(&'a self, life: &'a mut Life, _: &'a serde_json::Value) -> Later<'a, ()> {
        Box::pin(async {
            let call = life.report("/exit/error", "Extension.CleanUp", "it cannot clean up");
            drop(life.client.send(&call).await);
            std::process::exit(1);
        })
    }
}
