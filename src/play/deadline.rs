//! Time limits on a busy machine: they are extended, so that the runtime is not blamed for the machine.

use std::time::Duration;

use tokio::time::Instant;

use crate::transcript::Strain;

/// A timer that is later than this shows that the machine, not the runtime, delayed a case.
const LATE_MAX: Duration = Duration::from_secs(1);
/// A machine is crowded if so many tasks for each processor want to run.
const CROWDED: f64 = 4.0;
/// With so many, a runtime that still works at the end may be late through no fault of its own.
const STARVING: f64 = 10.0;
/// After this time an extended limit is checked again.
const PUT_OFF: Duration = Duration::from_secs(5);
/// How often a case extends its limits.
const TIMES_MAX: u32 = 8;
/// A runtime that used less of one processor in this time did not work: it hangs, and would anywhere.
const AT_WORK: f64 = 0.01;

/// What happens to a limit that is reached.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Limit {
    /// It holds.
    Holds,
    /// It is extended by this time.
    PutOff(Duration),
    /// It was extended as often as allowed, and the runtime still works.
    Starved,
}

/// How often the limits of a case were extended.
#[derive(Debug, Default)]
pub(super) struct DeadlineExtension {
    times: u32,
    since: Option<(Instant, Duration)>,
    /// The highest load of the machine when a limit was reached.
    crowd: f64,
    /// Whether the machine kept the runtime from meeting a limit.
    starved: bool,
    /// The delay of the latest timer.
    late: Duration,
}

impl DeadlineExtension {
    /// Decides about a limit. `crowd` is how many tasks want to run for each processor of the machine, `used` the processor
    /// time of the runtime so far, if the system says it.
    pub(super) fn weigh(&mut self, crowd: f64, used: Option<Duration>, now: Instant) -> Limit {
        self.crowd = self.crowd.max(crowd);
        if crowd < CROWDED {
            return Limit::Holds;
        }
        if self.times < TIMES_MAX {
            self.times += 1;
            self.since = self.since.or(used.map(|used| (now, used)));
            return Limit::PutOff(PUT_OFF);
        }
        let at_work = self.since.zip(used).is_none_or(|((since, before), used)| {
            used.saturating_sub(before) >= (now - since).mul_f64(AT_WORK)
        });
        self.starved = at_work && crowd >= STARVING;
        match self.starved {
            true => Limit::Starved,
            false => Limit::Holds,
        }
    }

    /// A timer was this late.
    pub(super) fn note_late(&mut self, by: Duration) {
        self.late = self.late.max(by);
    }

    /// What happened to the limits, if anything unusual.
    pub(super) fn strain(&self) -> Option<Strain> {
        let fault = self.fault();
        (self.times > 0 || fault.is_some()).then(|| Strain {
            times: self.times,
            put_off_ms: u64::from(self.times) * PUT_OFF.as_secs() * 1000,
            tasks: self.crowd,
            fault,
        })
    }

    /// Why a transcript says nothing about time, if so.
    fn fault(&self) -> Option<String> {
        let fewer = "run fewer cases at a time (--jobs)";
        if self.late > LATE_MAX {
            let late_ms = self.late.as_millis();
            return Some(format!(
                "the machine was too busy: a timer came {late_ms} ms late; {fewer}"
            ));
        }
        self.starved.then(|| {
            format!(
                "the machine was too busy: the runtime was still at work when its time was long up; {fewer}"
            )
        })
    }
}

/// How many tasks want to run for each processor, without those of the runtime: now, or in the mean of the last minute if
/// that is more. 0 if the system does not say.
pub(super) fn crowd(of_the_runtime: u32) -> f64 {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let others = f64::max(wanting(&load) - f64::from(of_the_runtime), 0.0);
    others / f64::from(u32::try_from(processors).unwrap_or(u32::MAX))
}

/// From a line such as `0.20 0.18 0.12 1/80 11206`: the mean of a minute, and running tasks before the slash.
fn wanting(load: &str) -> f64 {
    let mut fields = load.split_whitespace();
    let mean = fields.next().and_then(|field| field.parse().ok());
    let now = fields.nth(2).and_then(|field| field.split_once('/'));
    let now = now.and_then(|(running, _)| running.parse().ok());
    f64::max(mean.unwrap_or(0.0), now.unwrap_or(0.0))
}

/// Waits until then, or forever.
pub(super) async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What happens to a limit that was extended as often as allowed, by the share of a processor that the runtime gets.
    fn worn_out(crowd: f64, share: f64) -> Limit {
        let mut extension = DeadlineExtension::default();
        let start = Instant::now();
        for turn in 0..=TIMES_MAX {
            let waited = PUT_OFF * turn;
            let used = Duration::from_secs(3) + waited.mul_f64(share);
            match extension.weigh(crowd, Some(used), start + waited) {
                Limit::PutOff(_) => {}
                last => return last,
            }
        }
        panic!("no end");
    }

    #[test]
    fn a_limit_holds_on_a_quiet_machine() {
        let mut extension = DeadlineExtension::default();
        assert_eq!(extension.weigh(3.9, None, Instant::now()), Limit::Holds);
    }

    #[test]
    fn a_runtime_at_work_is_starved_and_one_that_hangs_is_not() {
        assert_eq!(worn_out(STARVING, 0.07), Limit::Starved);
        assert_eq!(worn_out(STARVING, 0.001), Limit::Holds);
        assert_eq!(worn_out(CROWDED, 0.07), Limit::Holds);
    }

    #[test]
    fn the_load_is_that_of_now_or_of_the_last_minute() {
        assert!((wanting("0.20 0.18 0.12 9/80 11206\n") - 9.0).abs() < 1e-9);
        assert!((wanting("28.5 0.18 0.12 1/80 11206\n") - 28.5).abs() < 1e-9);
        assert!(wanting("").abs() < 1e-9);
    }
}
