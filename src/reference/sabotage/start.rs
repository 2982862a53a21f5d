//! Faults in where the runtime looks for the service, and in what it needs in order to start.

use std::time::SystemTime;

use super::super::fault::{Fault, Flaw};
use super::super::log;
use super::super::settings::{Init, Settings};
use super::super::{client::Client, extension};
use super::{leftovers, messages};

/// The address that the runtime calls.
pub(in super::super) fn address(flaw: Flaw, settings: &Settings, api: &str) -> String {
    let variable = |name: &str| settings.variable(name).map(str::to_owned);
    let proxy = |names: &[&str]| {
        let url = names.iter().find_map(|name| variable(name))?;
        Some(
            url.trim_start_matches("http://")
                .trim_end_matches('/')
                .to_owned(),
        )
    };
    let (host, port) = api.rsplit_once(':').unwrap_or((api, "80"));
    let changed = match flaw.0 {
        Some(Fault::FixedAddress) => Some("127.0.0.1:9001".to_owned()),
        Some(Fault::FixedPort) => Some(format!("{host}:9001")),
        Some(Fault::LoopbackOnly) => Some(format!("127.0.0.1:{port}")),
        Some(Fault::SplitsAtFirstColon) => {
            let mut parts = api.split(':');
            let host = parts.next().unwrap_or_default();
            Some(format!("{host}:{}", parts.next().unwrap_or_default()))
        }
        Some(Fault::NumericHostOnly) if host.parse::<std::net::Ipv4Addr>().is_err() => {
            Some("no-number.invalid:1".to_owned())
        }
        Some(Fault::ObeysHttpProxy) => proxy(&["http_proxy", "HTTP_PROXY"]),
        Some(Fault::ObeysAllProxy) => proxy(&["all_proxy", "ALL_PROXY"]),
        Some(Fault::ObeysUpperCaseProxy) => proxy(&["HTTP_PROXY", "ALL_PROXY"]),
        _ => None,
    };
    changed.unwrap_or_else(|| api.to_owned())
}

/// Changes the settings, or ends a runtime that misses something in them.
pub(in super::super) fn prepare(flaw: Flaw, settings: &mut Settings) {
    let missing = match flaw.0 {
        Some(Fault::NeedsVariable(name)) => name,
        _ => "",
    };
    if !missing.is_empty() && settings.variable(missing).is_none() {
        log::complain(&format!("{missing} is not set"));
        std::process::exit(1);
    }
    match flaw.0 {
        Some(Fault::PrintsCredentials) => {
            log::say(&format!(
                "credentials: {:?}",
                settings.variable("AWS_SECRET_ACCESS_KEY")
            ));
        }
        Some(Fault::LogTime(_)) => drop(messages::logged_time(flaw, SystemTime::now())),
        Some(Fault::IgnoresFolder)
            if settings
                .handler
                .as_ref()
                .is_some_and(|name| name.contains('/')) =>
        {
            settings.handler = None;
        }
        Some(Fault::IgnoresHandler) => settings.handler = Some("fixture.handler".to_owned()),
        Some(Fault::IgnoresInitFailure) if settings.init == Init::Fails => {
            settings.init = Init::Well;
        }
        Some(Fault::SetsUpLate) if matches!(settings.init, Init::Sleeps(_)) => {
            settings.init = Init::Well;
        }
        Some(Fault::SwallowsInitExit) if settings.init == Init::Exits => {
            settings.init = Init::Well;
        }
        _ => {}
    }
    leftovers::start(flaw, settings);
}

/// Registers as an extension; a mutant is nothing without.
pub(in super::super) async fn register(flaw: Flaw, client: &mut Client, settings: &Settings) {
    if !flaw.is(Fault::NeedsExtension) {
        return;
    }
    let Some(identifier) = extension::register(client).await else {
        log::complain("the registration as an extension was refused");
        std::process::exit(1);
    };
    let api = settings.api.as_deref().unwrap_or_default();
    extension::wait(Client::new(api), &identifier);
}
