//! Repeated steps: written once in the file, played several times.

use std::fmt;
use std::iter::repeat_n;

use serde::de::value::EnumAccessDeserializer;
use serde::de::{DeserializeSeed, EnumAccess, Error, IntoDeserializer, VariantAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::Step;
use super::bounds::STEPS_MAX;

/// A line of the file: a step, or steps that are repeated.
struct Line {
    times: usize,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Repeat {
    times: usize,
    steps: Vec<Step>,
}

/// The name of the member with the repeated steps.
const REPEAT: &str = "repeat";

impl<'de> Deserialize<'de> for Line {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_enum("Step", &[], LineVisitor)
    }
}

struct LineVisitor;

impl<'de> Visitor<'de> for LineVisitor {
    type Value = Line;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a step")
    }

    fn visit_enum<A: EnumAccess<'de>>(self, line: A) -> Result<Line, A::Error> {
        let (name, content) = line.variant::<String>()?;
        if name == REPEAT {
            let Repeat { times, steps } = content.newtype_variant()?;
            return Ok(Line { times, steps });
        }
        let step = Step::deserialize(EnumAccessDeserializer::new(Named { name, content }))?;
        Ok(Line {
            times: 1,
            steps: vec![step],
        })
    }
}

/// A step whose name was read already.
struct Named<V> {
    name: String,
    content: V,
}

impl<'de, V: VariantAccess<'de>> EnumAccess<'de> for Named<V> {
    type Error = V::Error;
    type Variant = V;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, V), V::Error> {
        let name = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, self.content))
    }
}

/// Reads steps, and writes out all repetitions.
pub(super) fn written_out<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Step>, D::Error> {
    let lines = Vec::<Line>::deserialize(from)?;
    let counts = lines
        .iter()
        .map(|line| line.times.saturating_mul(line.steps.len()));
    let count = counts.fold(0, usize::saturating_add);
    if count > STEPS_MAX {
        return Err(D::Error::custom(many(count)));
    }
    let steps = lines
        .into_iter()
        .flat_map(|line| repeat_n(line.steps, line.times));
    Ok(steps.flatten().collect())
}

fn many(count: usize) -> String {
    format!("these are {count} steps when written out; the limit is {STEPS_MAX}")
}

/// A pointer to the repetition that makes the steps of a file too many, and what is wrong.
pub(super) fn too_many(file: &Value) -> Option<(String, String)> {
    let lines = file["steps"].as_array()?;
    let mut all = 0_usize;
    for (index, line) in lines.iter().enumerate() {
        all = all.saturating_add(written(line));
        if all > STEPS_MAX {
            let pointer = match line.get("repeat") {
                Some(_) => format!("/steps/{index}/repeat/times"),
                None => format!("/steps/{index}"),
            };
            return Some((pointer, many(all)));
        }
    }
    None
}

/// How many steps a line of the file stands for.
fn written(line: &Value) -> usize {
    let Some(repeat) = line.get("repeat") else {
        return 1;
    };
    let inner = repeat["steps"].as_array().map_or(0, Vec::len);
    // A number that does not fit into a 64-bit integer is far too large.
    let times = repeat["times"].as_u64().map_or(usize::MAX, |times| {
        usize::try_from(times).unwrap_or(usize::MAX)
    });
    inner.saturating_mul(times)
}

/// JSON Pointer to the place in the file of a step in the list at this pointer; the step may come from a repetition.
pub(super) fn place_of(file: &Value, list: &str, step: usize) -> String {
    let lines = file
        .pointer(list)
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    let mut before = 0;
    for (index, line) in lines.iter().enumerate() {
        let inner = line["repeat"]["steps"].as_array().map_or(0, Vec::len);
        let all = written(line);
        if step < before + all {
            return match inner {
                0 => format!("{list}/{index}"),
                inner => format!("{list}/{index}/repeat/steps/{}", (step - before) % inner),
            };
        }
        before += all;
    }
    list.to_owned()
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
            .map(|step| step.facts().wait.ms)
            .filter(|ms| *ms > 0)
            .collect();
        assert_eq!(freezes, [1, 2, 1, 2, 3]);
        let places: Vec<String> = (0..6).map(|step| place_of(&file, "/steps", step)).collect();
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
