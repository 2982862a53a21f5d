//! Calls to the APIs next to the Runtime API, before the first poll.

use super::super::client::Client;
use super::super::extension::{read_metadata, register, subscribe, wait};
use super::super::fault::{Fault, Flaw};
use super::super::settings::Settings;
use super::super::variant::Quirk;

/// Makes the calls that a variant makes.
pub(super) async fn call(flaw: Flaw, client: &mut Client, settings: &Settings) {
    let Some(Fault::Quirk(quirk)) = flaw.0 else {
        return;
    };
    let own = || Client::new(settings.api.as_deref().unwrap_or_default());
    match quirk {
        Quirk::RegistersExtension => {
            if let Some(identifier) = register(client).await {
                wait(own(), &identifier);
            }
        }
        Quirk::KeepsExtensionApart => {
            let mut apart = own();
            if let Some(identifier) = register(&mut apart).await {
                wait(apart, &identifier);
            }
        }
        Quirk::SubscribesToTelemetry => {
            let mut apart = own();
            if let Some(identifier) = register(&mut apart).await {
                subscribe(&mut apart, &identifier).await;
                wait(apart, &identifier);
            }
        }
        Quirk::ReadsMetadata => {
            let variable = |name| settings.variable(name);
            let (api, token) = ("AWS_LAMBDA_METADATA_API", "AWS_LAMBDA_METADATA_TOKEN");
            if let (Some(api), Some(token)) = (variable(api), variable(token)) {
                read_metadata(api, token).await;
            }
        }
        _ => {}
    }
}
