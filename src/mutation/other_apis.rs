//! Mutants: faults with the APIs next to the Runtime API.

use std::process::exit;

use super::change::own_client;
use super::mutant::Mutant;
use crate::reference::client::Client;
use crate::reference::extension;
use crate::reference::hooks::{Hooks, Later};
use crate::reference::log::{self, Log};
use crate::reference::settings::Settings;

mutants! {
    "extension-or-nothing": "Registers as an internal extension, and exits when that is refused.",
        breaks ["EXTI-04"] => NeedsExtension;
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
