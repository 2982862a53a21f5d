//! How much more a runtime uses than at the first measure of the case, and how much more is allowed.

use super::Code;
use crate::case::Growth;
use crate::transcript::{MeasureRecord, Usage};

/// One kind of resource.
pub(super) struct Gain {
    /// The code of a finding about it.
    pub(super) code: Code,
    /// What it is, in words.
    pub(super) what: &'static str,
    pub(super) before: u64,
    pub(super) after: u64,
    /// The greatest allowed increase.
    pub(super) most: u64,
}

impl Gain {
    /// The increase.
    pub(super) fn more(&self) -> u64 {
        self.after.saturating_sub(self.before)
    }
}

/// All kinds that have a limit and could be measured.
pub(super) fn gains(growth: &Growth, first: &MeasureRecord, now: &MeasureRecord) -> Vec<Gain> {
    let usage =
        |of: fn(&Usage) -> u64| Some((first.usage.as_ref().map(of)?, now.usage.as_ref().map(of)?));
    let gain = |most: Option<u64>, held: Option<(u64, u64)>, code, what| {
        let (most, (before, after)) = (most?, held?);
        Some(Gain {
            code,
            what,
            before,
            after,
            most,
        })
    };
    let processor_ms = |measure: &MeasureRecord| measure.usage.as_ref()?.processor_ms;
    let peak_mib = |measure: &MeasureRecord| Some(measure.usage.as_ref()?.peak_kib? / 1024);
    [
        gain(
            growth.files,
            usage(|usage| usage.files),
            Code::FilesLeak,
            "open files",
        ),
        gain(
            growth.threads,
            usage(|usage| usage.threads),
            Code::ThreadsLeak,
            "threads",
        ),
        gain(
            growth.connections,
            Some((first.connections, now.connections)),
            Code::ConnectionsLeak,
            "open connections to the service",
        ),
        gain(
            growth.memory_mib,
            usage(|usage| usage.memory_kib / 1024),
            Code::MemoryLeak,
            "MiB of resident memory",
        ),
        gain(
            growth.peak_mib,
            peak_mib(first).zip(peak_mib(now)),
            Code::MemoryPeak,
            "MiB of resident memory at its most",
        ),
        gain(
            growth.processor_ms,
            processor_ms(first).zip(processor_ms(now)),
            Code::BusyWait,
            "ms of processor time",
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}
