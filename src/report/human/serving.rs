//! The log of a function that is served: the lines that Lambda writes about each invocation, and breaches as they happen.

use std::time::Duration;

use super::super::block::Block;
use super::super::printable::Printable;
use super::super::style::{Hue, Look, Style, hue_of};
use crate::check::Finding;
use crate::law;

/// What was measured of an invocation.
#[derive(Clone, Copy, Debug)]
pub struct Measures {
    /// From the event to the next poll, or to the end.
    pub duration: Duration,
    /// How long the start took, if the invocation is the first of its environment.
    pub init: Option<Duration>,
    /// The memory of the function, in MB.
    pub memory_mb: u32,
    /// The most memory that was in use, in MB, if it is known.
    pub used_mb: Option<u64>,
}

impl Measures {
    /// The start of an environment is billed with its first invocation.
    pub(in crate::report) fn billed_ms(&self) -> u64 {
        let billed = self.duration + self.init.unwrap_or_default();
        u64::try_from(billed.as_micros().div_ceil(1000)).unwrap_or(u64::MAX)
    }

    pub(in crate::report) fn duration_ms(&self) -> f64 {
        rounded_ms(self.duration)
    }

    pub(in crate::report) fn init_ms(&self) -> Option<f64> {
        self.init.map(rounded_ms)
    }
}

/// Milliseconds with two digits after the point, as the service gives them.
fn rounded_ms(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 100_000.0).round() / 100.0
}

/// The line at the start of an invocation. It is faint, so that the lines of the function stand out.
pub fn start(request_id: &str, style: Style) -> Printable {
    let line = format!("START RequestId: {request_id} Version: $LATEST");
    style.paint(Hue::Faint, &line) + "\n"
}

/// The lines at its end.
pub fn end(
    request_id: &str,
    error_type: Option<&str>,
    measures: &Measures,
    style: Style,
) -> Printable {
    let mut report = format!(
        "REPORT RequestId: {request_id} Duration: {} Billed Duration: {} ms Memory Size: {} MB",
        in_ms(measures.duration_ms()),
        measures.billed_ms(),
        measures.memory_mb,
    );
    if let Some(used) = measures.used_mb {
        report += &format!(" Max Memory Used: {used} MB");
    }
    if let Some(init) = measures.init_ms() {
        report += &format!(" Init Duration: {}", in_ms(init));
    }
    let hue = error_type.map_or(Hue::Faint, |_| Hue::Red);
    let end = style.paint(Hue::Faint, &format!("END RequestId: {request_id}"));
    end + "\n" + style.paint(hue, &report) + "\n"
}

fn in_ms(ms: f64) -> String {
    format!("{ms:.2} ms")
}

/// A breach, with what to change.
pub fn breach(finding: &Finding, look: Look) -> Printable {
    let mut block = Block::new(look);
    let title = format!(
        "{}  {}  {}",
        finding.requirement, finding.level, finding.code
    );
    block.rule(hue_of(finding.level), &title, "");
    let law = law::requirements().get(&finding.requirement);
    block.prose("expected", &finding.expected);
    block.prose("actual", &finding.actual);
    block.wire(&finding.evidence.lines);
    if let Some(law) = law {
        block.prose("fix", law.fix.as_deref().unwrap_or_default());
        block.prose("explain", &format!("ricspec explain {}", law.id));
    }
    block.text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_invocation_is_billed_with_the_start() {
        let measures = Measures {
            duration: Duration::from_micros(1_234),
            init: Some(Duration::from_micros(100_001)),
            memory_mb: 512,
            used_mb: Some(38),
        };
        let report = "END RequestId: a\nREPORT RequestId: a Duration: 1.23 ms Billed Duration: 102 ms Memory Size: 512 MB Max Memory Used: 38 MB Init Duration: 100.00 ms\n";
        let plain = |measures| end("a", None, &measures, Style::Plain).to_string();
        assert_eq!(plain(measures), report);
        let later = Measures {
            init: None,
            used_mb: None,
            ..measures
        };
        let report = "END RequestId: a\nREPORT RequestId: a Duration: 1.23 ms Billed Duration: 2 ms Memory Size: 512 MB\n";
        assert_eq!(plain(later), report);
    }

    #[test]
    fn on_a_terminal_only_a_failure_stands_out_from_the_lines_of_the_function() {
        let measures = Measures {
            duration: Duration::ZERO,
            init: None,
            memory_mb: 128,
            used_mb: None,
        };
        let started = start("a", Style::Colour).to_string();
        assert_eq!(
            started,
            "\x1b[2mSTART RequestId: a Version: $LATEST\x1b[0m\n"
        );
        let hue = |error_type| {
            let text = end("a", error_type, &measures, Style::Colour).to_string();
            let (ended, report) = text.split_once('\n').expect("two lines");
            assert_eq!(ended, "\x1b[2mEND RequestId: a\x1b[0m");
            report.split('m').next().map(str::to_owned)
        };
        assert_eq!(hue(None).as_deref(), Some("\x1b[2"));
        assert_eq!(hue(Some("A.B")).as_deref(), Some("\x1b[31"));
    }
}
