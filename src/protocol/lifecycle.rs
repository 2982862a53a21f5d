//! What the service does with a call of the runtime: one state machine for each mode, with the same interface.

mod extension;
mod go;
mod managed;
mod on_demand;
mod restore;
mod ruling;
mod telemetry;

pub use ruling::{Answer, AnswerKind, Call, Invocation, Lifecycle, Moment, Ruling};

use super::Mode;
pub use extension::{EXTENSIONS_MAX, Extensions, Invoke, place_of};
use managed::Managed;
use on_demand::OnDemand;
use restore::Restore;
pub use telemetry::{Destination, Feed, LogFormat, Outcome, Subscriber, Task, Telemetry};

/// The state of a fresh environment.
pub fn lifecycle(mode: Mode) -> Box<dyn Lifecycle> {
    match mode {
        Mode::OnDemand => Box::<OnDemand>::default(),
        Mode::SnapStart => Box::<Restore>::default(),
        Mode::ManagedInstances { .. } => Box::<Managed>::default(),
    }
}
