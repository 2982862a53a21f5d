//! Repeated steps: written once in the file, played as often as it says.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::{Expect, Freeze, Measure, Quiet, Refuse, Serve, Signal, Step};

/// A step as it stands in the file.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Serve(Box<Serve>),
    Refuse(Box<Refuse>),
    Expect(Box<Expect>),
    Quiet(Quiet),
    Signal(Signal),
    Freeze(Freeze),
    Measure(Measure),
    Repeat(Repeat),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Repeat {
    times: usize,
    steps: Vec<Step>,
}

impl Line {
    fn steps(self) -> Vec<Step> {
        match self {
            Self::Serve(serve) => vec![Step::Serve(serve)],
            Self::Refuse(refuse) => vec![Step::Refuse(refuse)],
            Self::Expect(expect) => vec![Step::Expect(expect)],
            Self::Quiet(quiet) => vec![Step::Quiet(quiet)],
            Self::Signal(signal) => vec![Step::Signal(signal)],
            Self::Freeze(freeze) => vec![Step::Freeze(freeze)],
            Self::Measure(measure) => vec![Step::Measure(measure)],
            Self::Repeat(Repeat { times, steps }) => {
                std::iter::repeat_n(steps, times).flatten().collect()
            }
        }
    }
}

/// Reads steps, and writes every repeated one out.
pub(super) fn written_out<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Step>, D::Error> {
    let lines = Vec::<Line>::deserialize(from)?;
    Ok(lines.into_iter().flat_map(Line::steps).collect())
}

/// JSON Pointer to the place in the file of a step of this list that may have been written out.
pub(super) fn place_of(file: &Value, list: &str, step: usize) -> String {
    let lines = file[list].as_array().map_or(&[][..], Vec::as_slice);
    let mut before = 0;
    for (index, line) in lines.iter().enumerate() {
        let inner = line["repeat"]["steps"].as_array().map_or(0, Vec::len);
        let times = line["repeat"]["times"].as_u64().unwrap_or(0);
        let all = match line.get("repeat") {
            Some(_) => inner * usize::try_from(times).unwrap_or(usize::MAX),
            None => 1,
        };
        if step < before + all {
            return match inner {
                0 => format!("/{list}/{index}"),
                inner => format!("/{list}/{index}/repeat/steps/{}", (step - before) % inner),
            };
        }
        before += all;
    }
    format!("/{list}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn repeated_steps_are_written_out_and_found_again() {
        let file = json!({"steps": [
            {"signal": "TERM"},
            {"repeat": {"times": 2, "steps": [{"freeze": {"ms": 1}}, {"freeze": {"ms": 2}}]}},
            {"freeze": {"ms": 3}},
        ]});
        let text = file["steps"].to_string();
        let steps = written_out(&mut serde_json::Deserializer::from_str(&text)).expect("steps");
        let freezes: Vec<u64> = steps
            .iter()
            .filter_map(|step| match step {
                Step::Freeze(freeze) => Some(freeze.ms),
                _ => None,
            })
            .collect();
        assert_eq!(freezes, [1, 2, 1, 2, 3]);
        let places: Vec<String> = (0..6).map(|step| place_of(&file, "steps", step)).collect();
        let inner = |index| format!("/steps/1/repeat/steps/{index}");
        assert_eq!(
            places,
            [
                "/steps/0".to_owned(),
                inner(0),
                inner(1),
                inner(0),
                inner(1),
                "/steps/2".to_owned()
            ]
        );
    }
}
