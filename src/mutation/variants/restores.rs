//! Variants: lawful habits of runtimes around a snapshot.

use super::super::change::{AtRestore, Wire};
use super::super::mutant::Mutant;
use super::super::restore::{AtRefusal, Believes, Failing, Restores};
use crate::protocol::header;
use crate::reference::client::Call;
use crate::reference::settings::Side;
use crate::reference::told::Refused;

mutants! {
    "variant-restore-taken": "Goes on as if it were restored, whatever the reply to /restore/next.",
        breaks [] => Restores(Believes(|_| true));
    "variant-restore-refused-polls": "Polls when its call for a restore is refused.",
        breaks [] => Restores(AtRefusal(|| Box::pin(async { Refused::GoesOn })));
    "variant-restore-refused-silent": "Ends without a report when its call for a restore is refused.",
        breaks [] => Restores(AtRefusal(|| Box::pin(async { Refused::EndsSilently })));
    "variant-restore-own-connection": "Has a connection of its own for each call about a restore, and closes it.",
        breaks [] => Wire(|call, way| {
            let apart = call.path.contains("/restore/");
            (way.fresh, way.last) = (apart, apart);
        });
    "variant-restore-other-types": "Reports a failed hook before the snapshot as an error before a checkpoint, and ends with code 64.",
        breaks [] => Restores(Failing(Side::Before, named, |_| std::process::exit(64)));
    "variant-restore-takes-a-while": "Takes two seconds after its restore before it polls.",
        breaks [] => AtRestore(|_, _| Box::pin(tokio::time::sleep(std::time::Duration::from_secs(2))));
}

/// The type of AWS's client for Java.
fn named(mut call: Call) -> Option<Call> {
    call.replace(header::ERROR_TYPE, "Runtime.BeforeCheckpointError");
    Some(call)
}
