//! `measure`: ricspec measures the resources of the runtime's processes.

use std::sync::Arc;

use serde::Deserialize;

use super::{Before, Facts, Polled, PossibleFinding, StepFacts, Swap};
use crate::law::Code;

/// A measure of the resources of the runtime's processes, to be compared with an earlier one.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// How much more than in the first measure of the case is allowed; without it, this is the first measure.
    #[serde(default)]
    pub growth: Option<Growth>,
}

/// The greatest increase since the first measure.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Growth {
    /// The requirement that a greater increase breaks.
    pub cites: String,
    /// Open files, sockets included.
    #[serde(default)]
    pub files: Option<u64>,
    /// Threads.
    #[serde(default)]
    pub threads: Option<u64>,
    /// Connections to the service.
    #[serde(default)]
    pub connections: Option<u64>,
    /// Resident memory, in MiB.
    #[serde(default)]
    pub memory_mib: Option<u64>,
    /// The most resident memory at any time so far, in MiB.
    #[serde(default)]
    pub peak_mib: Option<u64>,
    /// Processor time, in milliseconds.
    #[serde(default)]
    pub processor_ms: Option<u64>,
}

impl Growth {
    /// Each limit: its value, its unit in words, and the code of the finding if it is exceeded.
    fn limits(&self) -> impl Iterator<Item = (u64, &'static str, Code)> {
        let limits = [
            (self.files, "files", Code::FilesLeak),
            (self.threads, "threads", Code::ThreadsLeak),
            (self.connections, "connections", Code::ConnectionsLeak),
            (self.memory_mib, "MiB of memory", Code::MemoryLeak),
            (self.peak_mib, "MiB of memory at its most", Code::MemoryPeak),
            (self.processor_ms, "ms of processor time", Code::BusyWait),
        ];
        limits
            .into_iter()
            .filter_map(|(limit, unit, code)| Some((limit?, unit, code)))
    }
}

impl StepFacts for Measure {
    fn facts(&self) -> Facts<'_> {
        let growth = self.growth.iter();
        Facts {
            cites: growth.map(|growth| &*growth.cites).collect(),
            measures: true,
            ..Facts::default()
        }
    }

    fn told(&self) -> String {
        let Some(growth) = &self.growth else {
            return "Measures what the runtime holds.".to_owned();
        };
        let limits = growth.limits();
        let limits: Vec<String> = limits
            .map(|(limit, unit, _)| format!("{limit} {unit}"))
            .collect();
        let (limits, cites) = (limits.join(", "), &growth.cites);
        format!("Measures again: since the first time at most {limits} more ({cites}).")
    }

    fn possible(&self, _polled: Polled) -> Vec<PossibleFinding> {
        let growth = self.growth.iter();
        let found = growth.flat_map(|growth| {
            let limits = growth.limits();
            limits.map(|(_, _, code)| PossibleFinding::new(&growth.cites, code))
        });
        found.collect()
    }

    fn infeasible(&self, before: &Before) -> Option<(&'static str, String)> {
        let message = "no measure comes before it to compare with";
        (self.growth.is_some() && !before.measured).then(|| ("", message.to_owned()))
    }

    /// Files, threads and memory may be the function's own; connections to the service are not.
    fn without_fixture(
        this: &mut Arc<Self>,
        _swap: &mut Swap<'_>,
        _answer: Option<&Facts<'_>>,
    ) -> Result<(), String> {
        if let Some(growth) = &mut Arc::make_mut(this).growth {
            (growth.files, growth.threads, growth.memory_mib) = (None, None, None);
            (growth.peak_mib, growth.processor_ms) = (None, None);
        }
        Ok(())
    }
}
