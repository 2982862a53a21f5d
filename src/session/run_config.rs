//! How a run goes: how many cases at a time, how often each is played, and what ends it.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::thread::available_parallelism;

use super::{CliError, RunOptions};
use crate::run::{RunConfig, Slots};
use crate::verdict::Strictness;

/// Cases mostly wait, so more cases than processors can be in play.
const JOBS_PER_PROCESSOR: usize = 4;

/// Cases that wait for a second or more cost next to nothing meanwhile.
const WAITING_PER_PROCESSOR: usize = 6;

/// How the run goes.
pub(super) fn run_config(options: &RunOptions) -> Result<RunConfig, CliError> {
    let slots = match (options.port, options.jobs) {
        (Some(_), _) => Slots::only(1),
        // An extension may listen on a port of its own, which is the same in every case.
        (None, None) if !options.extension.is_empty() => Slots::only(1),
        (None, Some(0)) => return Err(CliError::bad_input("--jobs must be at least 1")),
        (None, Some(jobs)) => Slots::only(jobs),
        (None, None) => Slots {
            any: JOBS_PER_PROCESSOR * processors(),
            waiting: WAITING_PER_PROCESSOR * processors(),
            heavy: 1,
        },
    };
    if options.repeat == Some(0) {
        return Err(CliError::bad_input("--repeat must be at least 1"));
    }
    let (repeat, retries) = (options.repeat.unwrap_or(1), options.retries.unwrap_or(0));
    if repeat > 1 && retries > 0 {
        return Err(CliError::bad_input(
            "--repeat and --retries exclude each other: --repeat counts the worst play, --retries the best",
        ));
    }
    Ok(RunConfig {
        slots,
        repeat,
        max_fail: match (options.max_fail, options.fail_fast) {
            (Some(0), _) => return Err(CliError::bad_input("--max-fail must be at least 1")),
            (Some(max), _) => Some(max),
            (None, true) => Some(1),
            (None, false) => None,
        },
        retries,
        known: BTreeMap::new(),
        strictness: match options.strict {
            true => Strictness::Strict,
            false => Strictness::Usual,
        },
    })
}

/// How many there are.
pub(crate) fn processors() -> usize {
    available_parallelism().map_or(1, NonZeroUsize::get)
}
