//! Mutants: faults with the APIs next to the Runtime API.

use std::process::exit;

use hyper::StatusCode;

use super::change::{Start, own_client};
use super::mutant::Mutant;
use crate::reference::client::Client;
use crate::reference::extension;
use crate::reference::hooks::{Hooks, Later};
use crate::reference::log::{self, Log};
use crate::reference::settings::Settings;

/// A registration for invocations.
pub(super) const INVOKE: &str = r#"{"events":["INVOKE"]}"#;

mutants! {
    "extension-or-nothing": "Registers as an internal extension, and exits when that is refused.",
        breaks ["EXTI-04"] => NeedsExtension;
    "extension-event-or-nothing": "Registers as an internal extension, and exits when the service fails to give it an event.",
        breaks ["EXTI-07"] => Start(|_, _, settings| Box::pin(async {
            let mut apart = own_client(settings);
            if let Some(identifier) = extension::register(&mut apart).await {
                tokio::spawn(async move {
                    let status = extension::take_one(&mut apart, &identifier).await;
                    if status == Some(StatusCode::INTERNAL_SERVER_ERROR) {
                        log::complain("the service has no event for the extension");
                        exit(1);
                    }
                });
            }
        }));
    "extension-never-waits": "Registers as an internal extension, and never asks for the extension's next event.",
        breaks ["EXTI-03"] hangs() => Start(|client, _, _| Box::pin(async { drop(extension::register(client).await) }));
    "extension-deaf-after-one":
        "Registers as an internal extension for invocations, and asks for no event after the first of them.",
        breaks ["EXTI-03"] hangs() => Start(|_, _, settings| Box::pin(async {
            let mut apart = own_client(settings);
            if let Some(identifier) = extension::register_as(&mut apart, "deaf", INVOKE).await {
                tokio::spawn(async move { extension::take_one(&mut apart, &identifier).await });
            }
        }));
}

struct NeedsExtension;

impl Hooks for NeedsExtension {
    fn start<'a>(
        &'a self,
        client: &'a mut Client,
        _: Log,
        settings: &'a Settings,
    ) -> Later<'a, ()> {
        Box::pin(async {
            let Some(identifier) = extension::register(client).await else {
                log::complain("the registration as an extension was refused");
                exit(1);
            };
            extension::wait(own_client(settings), &identifier);
        })
    }
}
