//! A request of the record as the script looks at it.

use crate::protocol::{Mode, OtherCall, Route, header};
use crate::service::Arrival;
use crate::transcript::Exchange;

/// A request as the script looks at it.
pub(super) fn arrival(mode: Mode, exchange: usize, recorded: &Exchange) -> Arrival {
    let route = Route::of(mode, &recorded.method, &recorded.target);
    let other = match route {
        Route::Other(_) => Some(Box::new(other_call(recorded))),
        Route::Known(_) | Route::WrongMethod { .. } | Route::NotFound => None,
    };
    Arrival {
        exchange,
        route,
        other,
        invocation_id: recorded.header(header::INVOCATION_ID).map(str::to_owned),
        response_mode: recorded.header(header::RESPONSE_MODE).map(str::to_owned),
        head_bytes: recorded.head.bytes,
        body_bytes: recorded.body.bytes,
    }
}

/// What the other APIs of an environment look at.
fn other_call(recorded: &Exchange) -> OtherCall {
    let header = |name: &str| recorded.header(name).map(str::to_owned);
    OtherCall {
        method: recorded.method.clone(),
        name: header(header::EXTENSION_NAME),
        identifier: header(header::EXTENSION_IDENTIFIER),
        features: header(header::EXTENSION_FEATURES),
        error_type: header(header::EXTENSION_ERROR_TYPE),
        authorization: header("Authorization"),
        body: recorded.body.kept.clone(),
    }
}
