//! Extensions inside the runtime: whether the service waits for one before it hands out an event.

use crate::protocol::{Endpoint, Mode, Route, header};
use crate::transcript::{Exchange, Transcript};

/// Whether an extension that the runtime has registered does not wait for its next event, so that the runtime gets none.
pub(super) fn is_awaited(transcript: &Transcript) -> bool {
    let (mode, exchanges) = (transcript.mode, &transcript.exchanges);
    let mut registered = exchanges.iter().filter(|exchange| {
        exchange.is_of_runtime()
            && leads_to(mode, exchange, &Endpoint::Register)
            && status(exchange) == Some(200)
    });
    registered.any(|registration| {
        let identifier = identifier(registration);
        let mut own = exchanges
            .iter()
            .filter(|exchange| exchange.header(header::EXTENSION_IDENTIFIER) == Some(&identifier));
        !own.any(|exchange| frees(mode, exchange))
    })
}

/// Whether the service waits for an extension no more with this call of it.
fn frees(mode: Mode, exchange: &Exchange) -> bool {
    let failed = [Endpoint::ExtensionInitError, Endpoint::ExtensionExitError];
    let mut failed = failed.iter();
    match status(exchange) {
        None => leads_to(mode, exchange, &Endpoint::EventNext),
        Some(status) => status == 202 && failed.any(|it| leads_to(mode, exchange, it)),
    }
}

fn leads_to(mode: Mode, exchange: &Exchange, endpoint: &Endpoint) -> bool {
    match Route::of(mode, &exchange.method, &exchange.target) {
        Route::Other(found) => {
            found.as_ref() == Some(endpoint) && exchange.method == endpoint.method()
        }
        Route::Known(_) | Route::WrongMethod { .. } | Route::NotFound => false,
    }
}

fn status(exchange: &Exchange) -> Option<u16> {
    exchange.reply.as_ref().map(|reply| reply.status)
}

/// The identifier in the reply to a registration.
fn identifier(registration: &Exchange) -> String {
    let wire = registration.reply.as_ref().map(|reply| reply.wire.text());
    let wire = wire.unwrap_or_default();
    let line = |line: &str| {
        let (name, value) = line.split_once(':')?;
        let is_it = name.eq_ignore_ascii_case(header::EXTENSION_IDENTIFIER);
        is_it.then(|| value.trim().to_owned())
    };
    wire.lines().find_map(line).unwrap_or_default()
}
