//! Where the calls of extensions lead.

use crate::protocol::{Endpoint, Mode, Route, header};
use crate::transcript::Exchange;

/// The call of an API next to the Runtime API that an exchange is, if path and method are right.
pub(super) fn reached(mode: Mode, exchange: &Exchange) -> Option<Endpoint> {
    match exchange.route(mode) {
        Route::Other(found) => found.filter(|it| it.method() == exchange.head().method),
        Route::Known(_) | Route::WrongMethod { .. } | Route::NotFound => None,
    }
}

/// The status of the reply.
pub(super) fn status(exchange: &Exchange) -> Option<u16> {
    exchange.reply.as_ref().map(|reply| reply.status)
}

/// Whether a call is the report of a failure.
pub(super) fn is_report(endpoint: &Endpoint) -> bool {
    [Endpoint::ExtensionInitError, Endpoint::ExtensionExitError].contains(endpoint)
}

/// The identifier in the reply to a registration.
pub(super) fn identifier(registration: &Exchange) -> String {
    let wire = registration.reply.as_ref().map(|reply| reply.wire.text());
    let wire = wire.unwrap_or_default();
    let value = |line: &str| {
        let (name, value) = line.split_once(':')?;
        let is_it = name.eq_ignore_ascii_case(header::EXTENSION_IDENTIFIER);
        is_it.then(|| value.trim().to_owned())
    };
    wire.lines().find_map(value).unwrap_or_default()
}
