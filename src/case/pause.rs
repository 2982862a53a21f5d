//! How long the function of a case waits, as its events tell it.

use super::told::Told;
use super::{Case, Payload, Reads};

/// A wait that an event asks for counts for no more: a time-out may end it.
const PAUSE_MS_MAX: u64 = 5000;

impl Case {
    /// How long it takes, about: its script, the waits of its function, and results that the service reads slowly. In
    /// milliseconds, and only for the order of the cases: no function is bound to wait.
    pub fn takes_ms(&self) -> u64 {
        let steps = self.earlier.iter().chain(&self.steps);
        let events = steps.filter_map(|step| step.facts().event);
        let pauses = events.map(|event| pause_ms(event, self.reads));
        pauses.fold(self.least_ms(), u64::saturating_add)
    }
}

fn pause_ms(event: &Payload, reads: Option<Reads>) -> u64 {
    let told = Told::by(event);
    let chunks = u64::try_from(told.chunks.len()).unwrap_or(u64::MAX);
    let waits = told.delay_ms.saturating_mul(chunks);
    let read = reads.map_or(0, |reads| {
        let slow = (told.bytes / 1024).saturating_sub(reads.at_once_kib);
        slow.saturating_mul(1000) / reads.then_kib_a_second.max(1)
    });
    let pause = waits.saturating_add(told.ms).saturating_add(read);
    pause.min(PAUSE_MS_MAX)
}

#[cfg(test)]
mod tests {
    use crate::case::{embedded, read};

    #[test]
    fn what_the_function_waits_counts_as_the_script_does() {
        let cases = read(&embedded()).expect("our cases");
        let takes = |id: &str| {
            let case = cases.iter().find(|case| case.id == id);
            case.map_or(0, crate::case::Case::takes_ms)
        };
        assert_eq!(takes("streaming/pause_of_four_seconds"), 4000);
        assert!(takes("streaming/slow_reader") > 1000);
        assert_eq!(takes("next/poll_held_five_seconds"), 5000);
    }
}
