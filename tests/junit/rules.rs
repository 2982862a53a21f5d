//! The rules of the xUnit plug-in of Jenkins, and which of them a document breaks.

use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use serde::Deserialize;

#[derive(Deserialize)]
struct Rules {
    attributes_in_seconds: Vec<String>,
    roots: Vec<String>,
    elements: BTreeMap<String, Element>,
}

#[derive(Deserialize)]
struct Element {
    required: Vec<String>,
    optional: Vec<String>,
    children: Vec<String>,
    #[serde(default)]
    sequence: bool,
    #[serde(default)]
    text: bool,
}

/// An open element: its name, and the position in the sequence of its children.
struct Open {
    name: String,
    next: usize,
}

/// The breaches of a document, in order; empty if the plug-in accepts it.
pub fn faults(xml: &str) -> Vec<String> {
    let rules = include_str!("rules.json");
    let rules: Rules = serde_json::from_str(rules).expect("rules");
    let mut walk = Walk {
        rules: &rules,
        open: Vec::new(),
        faults: Vec::new(),
    };
    let mut reader = Reader::from_str(xml);
    loop {
        match reader.read_event() {
            Ok(Event::Eof) => break,
            Ok(Event::Start(tag)) => walk.begin(&tag),
            Ok(Event::Empty(tag)) => {
                walk.begin(&tag);
                walk.open.pop();
            }
            Ok(Event::End(_)) => {
                walk.open.pop();
            }
            Ok(Event::Text(text)) => walk.text(&String::from_utf8_lossy(&text)),
            Ok(_) => {}
            Err(error) => {
                walk.faults.push(format!("not XML: {error}"));
                break;
            }
        }
    }
    walk.faults
}

struct Walk<'a> {
    rules: &'a Rules,
    open: Vec<Open>,
    faults: Vec<String>,
}

impl Walk<'_> {
    fn begin(&mut self, tag: &BytesStart<'_>) {
        let name = String::from_utf8_lossy(tag.name().as_ref()).into_owned();
        self.place(&name);
        match self.rules.elements.get(&name) {
            Some(rule) => self.attributes(&name, rule, tag),
            None => self.faults.push(format!("no element `{name}` is known")),
        }
        self.open.push(Open { name, next: 0 });
    }

    /// Whether the element may be there.
    fn place(&mut self, name: &str) {
        let Some(parent) = self.open.last_mut() else {
            if !self.rules.roots.iter().any(|root| root == name) {
                self.faults.push(format!("`{name}` is no root"));
            }
            return;
        };
        let Some(rule) = self.rules.elements.get(&parent.name) else {
            return;
        };
        match rule.children.iter().position(|child| child == name) {
            None => {
                let fault = format!("`{name}` may not stand in `{}`", parent.name);
                self.faults.push(fault);
            }
            Some(at) if rule.sequence && at < parent.next => {
                let fault = format!("`{name}` comes too late in `{}`", parent.name);
                self.faults.push(fault);
            }
            Some(at) => parent.next = at + 1,
        }
    }

    fn attributes(&mut self, name: &str, rule: &Element, tag: &BytesStart<'_>) {
        let mut missing = rule.required.clone();
        for attribute in tag.attributes() {
            let attribute = attribute.expect("an attribute");
            let key = String::from_utf8_lossy(attribute.key.as_ref()).into_owned();
            let value = String::from_utf8_lossy(&attribute.value).into_owned();
            missing.retain(|name| *name != key);
            if !rule.required.contains(&key) && !rule.optional.contains(&key) {
                self.faults.push(format!("`{name}` has no `{key}`"));
            }
            let timed = format!("{name} {key}");
            if self.rules.attributes_in_seconds.contains(&timed) && !is_seconds(&value) {
                self.faults.push(format!("`{value}` is no time in seconds"));
            }
        }
        for key in missing {
            self.faults.push(format!("`{name}` lacks `{key}`"));
        }
    }

    fn text(&mut self, text: &str) {
        let Some(parent) = self.open.last() else {
            return;
        };
        let may = self.rules.elements.get(&parent.name);
        if !text.trim().is_empty() && may.is_some_and(|rule| !rule.text) {
            let fault = format!("`{}` may hold no text", parent.name);
            self.faults.push(fault);
        }
    }
}

/// Digits, also with commas between groups of three, and a fraction.
fn is_seconds(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let mut groups = whole.split(',').rev();
    let last = groups.next().unwrap_or_default();
    let grouped = groups.all(|group| group.len() <= 3 && digits(group));
    let first = whole == last || last.len() == 3;
    digits(last) && grouped && first && digits(fraction)
}
