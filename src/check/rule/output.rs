//! Rules about the output of the process.

use super::{Breach, Hold, Ruling, Subject};
use crate::case::rule;
use crate::check::json::Json;
use crate::cut::shortened;
use crate::law::Code;
use crate::transcript::{ActorRecord, Output};

/// Levels of log lines, lowest first.
const LEVELS: [&str; 6] = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];

fn process<'a>(subject: &'a Subject<'_>) -> &'a ActorRecord {
    subject.timeline.transcript.target()
}

/// The lines of output that contain a text.
pub(super) fn lines<'a>(
    subject: &'a Subject<'_>,
    about: &'a str,
) -> impl Iterator<Item = &'a String> {
    let lines = subject.timeline.lines().iter();
    lines.filter(move |line| line.contains(about))
}

/// Whether a text is in the output, or may be in the part that was not kept.
fn may_contain(output: &Output, text: &str) -> bool {
    output.contains(text) || output.has_gap()
}

impl Hold for rule::AnyOutput {
    fn hold(&self, subject: &Subject<'_>) -> Ruling {
        let process = process(subject);
        let holds = process.stdout.bytes + process.stderr.bytes > 0;
        Breach::unless(
            holds,
            Code::NoOutput,
            "a word on stdout or stderr",
            "nothing",
        )
    }
}

impl Hold for rule::Output {
    fn hold(&self, subject: &Subject<'_>) -> Ruling {
        let text = &self.contains;
        let process = process(subject);
        let holds = may_contain(&process.stdout, text) || may_contain(&process.stderr, text);
        let expected = format!("`{}` in the output of the process", shortened(text));
        Breach::unless(holds, Code::MissingOutput, expected, "it is not there")
    }
}

impl Hold for rule::NoOutput {
    fn hold(&self, subject: &Subject<'_>) -> Ruling {
        let text = &self.contains;
        let process = process(subject);
        let holds = !process.stdout.contains(text) && !process.stderr.contains(text);
        let expected = format!("`{}` nowhere in the output of the process", shortened(text));
        Breach::unless(holds, Code::UnwantedOutput, expected, "it is there")
    }
}

impl Hold for rule::JsonLines {
    fn hold(&self, subject: &Subject<'_>) -> Ruling {
        let Self { about, members } = self;
        let broken = lines(subject, about).find(|line| {
            let read = Json::parse(line.as_bytes()).ok();
            let has = |name: &String| {
                read.as_ref()
                    .is_some_and(|value| value.at(&format!("/{name}")).is_some())
            };
            !members.iter().all(has)
        });
        let Some(line) = broken else { return Ok(()) };
        let expected = format!(
            "a JSON object on one line, with the members {}",
            members.join(", ")
        );
        let actual = format!("the line `{}`", shortened(line));
        Err(Breach::new(Code::NotAJsonLine, expected, actual))
    }
}

impl Hold for rule::LoggerLine {
    fn hold(&self, subject: &Subject<'_>) -> Ruling {
        let about = &self.about;
        let process = process(subject);
        let own = subject
            .delivery
            .map_or("", |delivery| &*delivery.request_id);
        let of_another = |text: &str| text != own && subject.timeline.knows_id(text);
        let expected = format!(
            "a line with `{}`, as a JSON object with the request id {own}",
            shortened(about)
        );
        let mut found = false;
        for line in lines(subject, about) {
            found = true;
            let read = Json::parse(line.as_bytes()).ok();
            let fault = match read.filter(|value| value.kind() == "object") {
                None => Some(Code::NotAJsonLine),
                Some(value) if value.any_text(&of_another) => Some(Code::LogLineOfAnother),
                Some(value) => {
                    (!value.any_text(&|text| text == own)).then_some(Code::LogLineWithoutId)
                }
            };
            if let Some(code) = fault {
                let actual = format!("the line `{}`", shortened(line));
                return Err(Breach::new(code, expected, actual));
            }
        }
        let holds = found || process.stdout.has_gap() || process.stderr.has_gap();
        Breach::unless(holds, Code::MissingOutput, expected, "no such line")
    }
}

impl Hold for rule::LogLevel {
    fn hold(&self, subject: &Subject<'_>) -> Ruling {
        let least = self.least.as_str();
        let rank = |level: &str| LEVELS.iter().position(|known| *known == level);
        let least_rank = rank(least).unwrap_or_default();
        let too_low = |line: &&String| {
            let read = Json::parse(line.as_bytes()).ok();
            let level = read
                .as_ref()
                .and_then(|value| value.at("/level")?.text())
                .and_then(|level| rank(&level.to_ascii_uppercase()));
            level.is_some_and(|rank| rank < least_rank)
        };
        let Some(line) = subject.timeline.lines().iter().find(too_low) else {
            return Ok(());
        };
        let expected = format!("no JSON log line below the level {least}");
        let actual = format!("the line `{}`", shortened(line));
        Err(Breach::new(Code::LogBelowLevel, expected, actual))
    }
}
