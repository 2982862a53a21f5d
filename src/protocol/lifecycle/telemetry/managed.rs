//! The document on Managed Instances: the service checks it against a JSON Schema, and tells the first fault in the words of
//! its validator, with the validator's own quotes.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::dialect::Feed;
use super::wanted::{Destination, HOSTS, LIMITS, Limit, Uri, Wanted, buffering, streams};
use crate::protocol::Mode;
use crate::protocol::lifecycle::go::{float, not_json};

/// The service's name of the schema.
const SCHEMA: &str = "file:///var/task/telemetry-subscription-schema.json";

/// The members that a subscription must have, in the order of the schema.
const REQUIRED: [&str; 3] = ["schemaVersion", "types", "destination"];

const TYPES: [&str; 3] = ["platform", "function", "extension"];

/// A subscription, or the first fault.
pub(super) fn wanted(mode: Mode, feed: Feed, body: &[u8]) -> Result<Wanted, String> {
    let members = members(body).map_err(|fault| format!("failed to parse JSON: {fault}"))?;
    let versions: Vec<&str> = feed.dialects(mode).map(|known| known.version).collect();
    if let Some(fault) = fault(&members, &versions) {
        return Err(format!("schema validation error: jsonschema: {fault}"));
    }
    let version = members.get("schemaVersion").and_then(Value::as_str);
    let dialect = feed
        .dialects(mode)
        .find(|known| Some(known.version) == version);
    let types = members.get("types").and_then(Value::as_array);
    let limits = members.get("buffering").and_then(Value::as_object);
    let to = members.get("destination").and_then(Value::as_object);
    Ok(Wanted {
        dialect: dialect.ok_or("no such schema")?,
        streams: streams(types.map(Vec::as_slice).unwrap_or_default()),
        buffering: buffering(limits),
        destination: to.map_or_else(|| Err("no destination".to_owned()), destination)?,
    })
}

fn members(body: &[u8]) -> Result<Map<String, Value>, String> {
    let what = match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => return Ok(members),
        Ok(Value::Null) => return Ok(Map::new()),
        Ok(value) => kind(&value),
        Err(error) => return Err(not_json(body, &error)),
    };
    let what = what.replace("boolean", "bool");
    Err(format!(
        "json: cannot unmarshal {what} into Go value of type map[string]interface {{}}"
    ))
}

/// The name of a type in JSON Schema.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// A fault of the value at a place, by a keyword of the schema.
fn told(at: &str, keyword: &str, what: &str) -> String {
    format!("'{at}' does not validate with {SCHEMA}#{keyword}: {what}")
}

/// The fault of a value that must have a type.
fn not_a(wanted: &str, at: &str, schema: &str, value: &Value) -> String {
    let what = format!("expected {wanted}, but got {}", kind(value));
    told(at, &format!("{schema}/type"), &what)
}

fn missing(members: &Map<String, Value>, names: &[&str]) -> Option<String> {
    let absent = names.iter().filter(|name| !members.contains_key(**name));
    let absent: Vec<String> = absent.map(|name| format!("'{name}'")).collect();
    (!absent.is_empty()).then(|| format!("missing properties: {}", absent.join(", ")))
}

/// One value of several, or the only one.
fn one_of(values: &[&str]) -> String {
    let quoted: Vec<String> = values.iter().map(|value| format!("{value:?}")).collect();
    match quoted.as_slice() {
        [only] => format!("value must be {only}"),
        _ => format!("value must be one of {}", quoted.join(", ")),
    }
}

fn fault(members: &Map<String, Value>, versions: &[&str]) -> Option<String> {
    if let Some(what) = missing(members, &REQUIRED) {
        return Some(told("", "/required", &what));
    }
    let of = |name: &str| members.get(name);
    let version = of("schemaVersion").and_then(|value| {
        text(
            "/schemaVersion",
            "/properties/schemaVersion",
            value,
            versions,
        )
    });
    version
        .or_else(|| of("types").and_then(types))
        .or_else(|| of("destination").and_then(destination_fault))
        .or_else(|| of("buffering").and_then(limits))
}

fn text(at: &str, schema: &str, value: &Value, allowed: &[&str]) -> Option<String> {
    match value.as_str() {
        None => Some(not_a("string", at, schema, value)),
        Some(text) if allowed.contains(&text) => None,
        Some(_) => Some(told(at, &format!("{schema}/enum"), &one_of(allowed))),
    }
}

fn types(value: &Value) -> Option<String> {
    let (at, schema) = ("/types", "/properties/types");
    let Some(items) = value.as_array() else {
        return Some(not_a("array", at, schema, value));
    };
    if items.is_empty() {
        let what = "minimum 1 items required, but found 0 items";
        return Some(told(at, &format!("{schema}/minItems"), what));
    }
    let mut items = items.iter().enumerate();
    items.find_map(|(index, item)| {
        let schema = format!("{schema}/items");
        text(&format!("{at}/{index}"), &schema, item, &TYPES)
    })
}

/// The validator tells what is wrong with it as an HTTP destination, whatever protocol it names.
fn destination_fault(value: &Value) -> Option<String> {
    (!is_tcp(value)).then(|| http_fault(value)).flatten()
}

fn is_tcp(value: &Value) -> bool {
    let port = value.get("port").and_then(Value::as_f64);
    let is_port = |port: f64| port.fract() == 0.0 && (1.0..=65_535.0).contains(&port);
    let protocol = value.get("protocol").and_then(Value::as_str);
    protocol == Some("TCP") && port.is_some_and(is_port)
}

fn http_fault(value: &Value) -> Option<String> {
    let (at, schema) = ("/destination", "/properties/destination/oneOf/0");
    let Some(members) = value.as_object() else {
        return Some(not_a("object", at, schema, value));
    };
    if let Some(what) = missing(members, &["protocol", "URI"]) {
        return Some(told(at, &format!("{schema}/required"), &what));
    }
    let inner = |name: &str| {
        let at = format!("{at}/{name}");
        (at, format!("{schema}/properties/{name}"))
    };
    let protocol = members.get("protocol").and_then(|value| {
        let (at, schema) = inner("protocol");
        text(&at, &schema, value, &["HTTP"])
    });
    let uri = || {
        let value = members.get("URI")?;
        let (at, schema) = inner("URI");
        match value.as_str() {
            None => Some(not_a("string", &at, &schema, value)),
            Some("") => {
                let what = "length must be >= 1, but got 0";
                Some(told(&at, &format!("{schema}/minLength"), what))
            }
            Some(_) => None,
        }
    };
    protocol.or_else(uri)
}

fn limits(value: &Value) -> Option<String> {
    let (at, schema) = ("/buffering", "/properties/buffering");
    let Some(members) = value.as_object() else {
        return Some(not_a("object", at, schema, value));
    };
    LIMITS.iter().find_map(|limit| {
        let value = members.get(limit.name)?;
        let at = format!("{at}/{}", limit.name);
        let schema = format!("{schema}/properties/{}", limit.name);
        number(&at, &schema, value, limit)
    })
}

fn number(at: &str, schema: &str, value: &Value, limit: &Limit) -> Option<String> {
    let number = value.as_f64().filter(|number| number.fract() == 0.0);
    let Some(number) = number else {
        return Some(not_a("integer", at, schema, value));
    };
    #[expect(clippy::cast_precision_loss, reason = "the limits are small")]
    let (least, most) = (limit.least as f64, limit.most as f64);
    let (keyword, sign, bound) = match number {
        _ if number < least => ("minimum", ">=", least),
        _ if number > most => ("maximum", "<=", most),
        _ => return None,
    };
    let mut what = format!("must be {sign} {}", float(bound));
    let _ = write!(what, " but found {}", float(number));
    Some(told(at, &format!("{schema}/{keyword}"), &what))
}

/// What the service makes of a destination that meets the schema.
fn destination(members: &Map<String, Value>) -> Result<Destination, String> {
    if members.get("protocol").and_then(Value::as_str) == Some("TCP") {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the schema says that it is a port"
        )]
        let port = members
            .get("port")
            .and_then(Value::as_f64)
            .map(|port| port as u16);
        let port = port.unwrap_or_default();
        return Ok(Destination::Tcp { port });
    }
    let text = members.get("URI").and_then(Value::as_str);
    let uri = Uri::of(text.unwrap_or_default());
    if !uri.is_local() {
        let [host, _] = HOSTS;
        return Err(format!(
            "Invalid destination: destination.URI host must be {host}"
        ));
    }
    // Without a port, it is that of HTTP.
    let port = uri.port.map_or(Ok(80), str::parse);
    port.map(|port| uri.on(port)).map_err(|_| {
        let text = text.unwrap_or_default();
        let port = uri.port.unwrap_or_default();
        format!(
            "Invalid destination: could not parse destination.URI: parse {text:?}: invalid port {:?} after host",
            format!(":{port}")
        )
    })
}
