//! Bytes that are much like bytes before them, such as the heads of a thousand polls: kept as what sets them apart.

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Body;

/// Bytes, as what sets them apart from a model.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(from = "Body", into = "Body")]
pub struct Alike {
    model: Model,
    /// Empty where the bytes are the model.
    edits: Arc<[u8]>,
}

/// Thin, since there are many pointers to it.
type Model = Arc<Box<[u8]>>;

impl From<&[u8]> for Alike {
    fn from(bytes: &[u8]) -> Self {
        Self {
            model: Arc::new(bytes.into()),
            edits: Arc::default(),
        }
    }
}

impl From<Body> for Alike {
    fn from(body: Body) -> Self {
        Self::from(&*body.kept)
    }
}

impl From<Alike> for Body {
    fn from(alike: Alike) -> Self {
        Self::from(&*alike.bytes())
    }
}

impl Alike {
    /// The bytes.
    pub fn bytes(&self) -> Cow<'_, [u8]> {
        match self.edits.is_empty() {
            true => Cow::Borrowed(&self.model),
            false => Cow::Owned(edit(&self.model, &self.edits)),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.bytes().is_empty()
    }

    /// The bytes as text, with what is not UTF-8 replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes()).into_owned()
    }
}

/// How many models are remembered.
const MODELS_MAX: usize = 4;

/// What sets bytes apart from a model that is near enough is less than this part of them: then no other model is tried.
const NEAR: usize = 3;

/// Keeps bytes by the models that came before.
#[derive(Debug, Default)]
pub struct Models(Vec<Model>);

impl Models {
    /// Keeps bytes as what sets them apart from the model that is most like them; if none is, they are a model from now on.
    pub fn keep(&mut self, bytes: &[u8]) -> Alike {
        if let Some(model) = self.0.iter().find(|model| ****model == *bytes) {
            return Alike {
                model: Arc::clone(model),
                edits: Arc::default(),
            };
        }
        let mut nearest: Option<(&Model, Vec<u8>)> = None;
        for model in &self.0 {
            let edits = edits(model, bytes);
            let is_near = edits.len() * NEAR < bytes.len();
            if nearest
                .as_ref()
                .is_none_or(|(_, least)| edits.len() < least.len())
            {
                nearest = Some((model, edits));
            }
            if is_near {
                break;
            }
        }
        if let Some((model, edits)) = nearest.filter(|(_, edits)| edits.len() * 2 < bytes.len()) {
            return Alike {
                model: Arc::clone(model),
                edits: edits.into(),
            };
        }
        let whole = Alike::from(bytes);
        self.0.truncate(MODELS_MAX - 1);
        self.0.insert(0, Arc::clone(&whole.model));
        whole
    }
}

/// What makes other bytes of a model, line by line: how much of the beginning and of the end of the line stays, and what
/// stands between them.
fn edits(model: &[u8], bytes: &[u8]) -> Vec<u8> {
    let mut lines = model.split_inclusive(|byte| *byte == b'\n');
    let mut edits = Vec::new();
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let old = lines.next().unwrap_or_default();
        let start = common(old.iter(), line.iter());
        let (old, line) = (
            old.get(start..).unwrap_or_default(),
            line.get(start..).unwrap_or_default(),
        );
        let end = common(old.iter().rev(), line.iter().rev());
        let middle = line.get(..line.len() - end).unwrap_or_default();
        for number in [start, end, middle.len()] {
            put(number, &mut edits);
        }
        edits.extend_from_slice(middle);
    }
    edits
}

fn common<'a>(one: impl Iterator<Item = &'a u8>, other: impl Iterator<Item = &'a u8>) -> usize {
    one.zip(other)
        .take_while(|(one, other)| one == other)
        .count()
}

/// The bytes that edits make of a model.
fn edit(model: &[u8], mut edits: &[u8]) -> Vec<u8> {
    let mut lines = model.split_inclusive(|byte| *byte == b'\n');
    let mut bytes = Vec::with_capacity(model.len() + edits.len());
    while !edits.is_empty() {
        let old = lines.next().unwrap_or_default();
        let (start, end, middle) = (take(&mut edits), take(&mut edits), take(&mut edits));
        let (middle, rest) = edits.split_at(middle.min(edits.len()));
        edits = rest;
        bytes.extend_from_slice(old.get(..start).unwrap_or_default());
        bytes.extend_from_slice(middle);
        bytes.extend_from_slice(old.get(old.len().saturating_sub(end)..).unwrap_or_default());
    }
    bytes
}

/// Writes a number in groups of seven bits, the lowest first.
fn put(mut number: usize, into: &mut Vec<u8>) {
    while number > 0x7f {
        into.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    into.push(number as u8);
}

fn take(from: &mut &[u8]) -> usize {
    let mut number = 0;
    for shift in (0..usize::BITS).step_by(7) {
        let Some((first, rest)) = from.split_first() else {
            break;
        };
        *from = rest;
        number |= usize::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            break;
        }
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_comes_back() {
        let long = "x".repeat(70_000);
        let texts = [
            "GET /next HTTP/1.1\r\nHost: a\r\n\r\n",
            "",
            "GET /next HTTP/1.1\r\nHost: b\r\nX: y\r\n\r\n",
            "aaaa",
            "aaa",
            "aaaaa\n",
            "\n\n\n",
            &long,
            &format!("{long}y{long}\n{long}"),
        ];
        for model in texts {
            for text in texts {
                let edits = edits(model.as_bytes(), text.as_bytes());
                assert_eq!(edit(model.as_bytes(), &edits), text.as_bytes());
            }
        }
        let mut models = Models::default();
        let kept: Vec<Alike> = texts.map(|text| models.keep(text.as_bytes())).into();
        for (text, kept) in texts.iter().zip(&kept) {
            assert_eq!(*kept.bytes(), *text.as_bytes());
        }
    }

    #[test]
    fn alike_heads_share_what_they_have_in_common() {
        let head = |id: u32| {
            format!(
                "POST /invocation/{id:036}/response HTTP/1.1\r\nHost: localhost\r\nUser-Agent: some-runtime/1.0\r\n\r\n"
            )
        };
        let mut models = Models::default();
        let kept: Vec<Alike> = (0..9)
            .map(|id| models.keep(head(id % 8).as_bytes()))
            .collect();
        assert!(kept.iter().all(|kept| kept.edits.len() < 20), "{kept:?}");
        assert!(Arc::ptr_eq(&kept[0].model, &kept[8].model) && kept[8].edits.is_empty());
    }
}
