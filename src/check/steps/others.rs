//! All steps that wait for no call: events, refusals, silences, signals, freezes and measures.

use super::judging::{Judge, Judging};
use super::unmet::{finding, no_poll};
use crate::case::{Deliver, Freeze, Measure, Quiet, Refuse, Serve, Shutdown, Signal};
use crate::check::growth::{Gain, gains};
use crate::check::timeline::Timeline;
use crate::check::{Finding, evidence};
use crate::law::Code;
use crate::transcript::{StepRecord, Transcript};

impl Judge for Serve {
    fn unmet(&self, timeline: &Timeline<'_>) -> Finding {
        no_poll(timeline, self.cites.as_deref())
    }
}

impl Judge for Refuse {}

impl Judge for Signal {}

impl Judge for Shutdown {}

impl Judge for Deliver {}

impl Judge for Quiet {
    /// A call to the Runtime API during a silence.
    fn met(&self, judging: &mut Judging<'_>, state: &StepRecord) {
        let timeline = judging.timeline;
        let (Some(began), Some(met)) = (state.began, state.met) else {
            return;
        };
        let call = timeline.call_since(began).filter(|call| call.at() < met);
        judging.found.take(call.map(|call| {
            let expected = format!("no call for {} ms", self.ms);
            let head = call.exchange.head();
            let actual = format!("{} {}", head.method, head.target);
            Finding {
                evidence: evidence::of_exchange(timeline.transcript, call.index),
                ..finding(&self.cites, Code::CallInQuiet, expected, actual)
            }
        }));
    }
}

impl Judge for Freeze {
    /// Text that should have been written before a freeze, and was not written by its end.
    fn met(&self, judging: &mut Judging<'_>, _state: &StepRecord) {
        let thaw = judging.timeline.thaws().nth(judging.frozen);
        judging.frozen += 1;
        let transcript = judging.timeline.transcript;
        let process = transcript.target();
        let (Some(wanted), Some(thaw)) = (&self.written, thaw) else {
            return;
        };
        let (text, by) = (&wanted.text, thaw.written);
        let holds = process.stdout.begins_with(text, by.stdout)
            || process.stderr.begins_with(text, by.stderr);
        let came = process.stdout.contains(text) || process.stderr.contains(text);
        let actual = match came {
            true => "it came only after the freeze",
            false => "it never came",
        };
        judging.found.take((!holds).then(|| Finding {
            evidence: evidence::of_process(transcript, actual),
            ..finding(
                &wanted.cites,
                Code::OutputKeptBack,
                format!("`{text}` in the output before the next poll"),
                actual,
            )
        }));
    }
}

impl Judge for Measure {
    /// What the runtime has gained since the first measure, if that is too much.
    fn met(&self, judging: &mut Judging<'_>, _state: &StepRecord) {
        let transcript = judging.timeline.transcript;
        let gains = gained(self, transcript, judging.measured);
        judging.measured += 1;
        let cites = self.growth.as_ref().map_or("", |growth| &*growth.cites);
        let too_much = gains.iter().filter(|gain| gain.more() > gain.most);
        judging.found.take(too_much.map(|gain| {
            let Gain {
                code,
                what,
                before,
                after,
                most,
            } = gain;
            let words = format!("from {before} to {after} {what}");
            Finding {
                evidence: evidence::of_process(transcript, &words),
                ..finding(
                    cites,
                    *code,
                    format!("at most {most} more {what} than at the first measure"),
                    words.clone(),
                )
            }
        }));
    }

    fn headroom(&self, transcript: &Transcript, _state: &StepRecord, nth: usize) -> Vec<String> {
        let gains = gained(self, transcript, nth);
        let words: Vec<String> = gains
            .iter()
            .map(|gain| format!("{}/{} {}", gain.more(), gain.most, gain.what))
            .collect();
        let told = (!words.is_empty()).then(|| format!("growth: {}", words.join(", ")));
        told.into_iter().collect()
    }
}

/// How much more the runtime uses at the measure of this number than at the first one.
fn gained(measure: &Measure, transcript: &Transcript, nth: usize) -> Vec<Gain> {
    let measures = &transcript.target().measures;
    match (&measure.growth, measures.first(), measures.get(nth)) {
        (Some(growth), Some(first), Some(now)) => gains(growth, first, now),
        (None, ..) | (_, None, _) | (_, _, None) => Vec::new(),
    }
}
