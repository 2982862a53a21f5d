//! The document outside Managed Instances: all faults are told at once, as AWS documents it.

use serde_json::{Map, Value};

use super::dialect::{Dialect, Feed};
use super::wanted::{Destination, HOSTS, LIMITS, Uri, Wanted, buffering, streams};
use crate::protocol::Mode;

/// A subscription, or what is wrong with it.
pub(super) fn wanted(mode: Mode, feed: Feed, body: &[u8]) -> Result<Wanted, String> {
    let Some(Value::Object(members)) = serde_json::from_slice(body).ok() else {
        return Err("the body is not a JSON object".to_owned());
    };
    let mut faults = Vec::new();
    let dialect = dialect(mode, feed, members.get("schemaVersion"), &mut faults);
    let destination = destination(members.get("destination"), &mut faults);
    let types = types(members.get("types"), &mut faults);
    let limits = limits(members.get("buffering"), &mut faults);
    match (dialect, destination) {
        (Some(dialect), Some(destination)) if faults.is_empty() => Ok(Wanted {
            dialect,
            streams: streams(types),
            buffering: buffering(limits),
            destination,
        }),
        _ => Err(faults.join("; ")),
    }
}

fn dialect(
    mode: Mode,
    feed: Feed,
    said: Option<&Value>,
    faults: &mut Vec<String>,
) -> Option<&'static Dialect> {
    let found = match said {
        None => feed.usual(),
        Some(said) => {
            let mut known = feed.dialects(mode);
            known.find(|known| said.as_str() == Some(known.version))
        }
    };
    if found.is_none() {
        let known: Vec<&str> = feed.dialects(mode).map(|known| known.version).collect();
        faults.push(format!(
            "schemaVersion should be one of {}",
            known.join(", ")
        ));
    }
    found
}

fn types<'a>(said: Option<&'a Value>, faults: &mut Vec<String>) -> &'a [Value] {
    let types = said.and_then(Value::as_array);
    let types = types.map(Vec::as_slice).unwrap_or_default();
    if types.is_empty() {
        faults.push("types should not be empty".to_owned());
    } else if types
        .iter()
        .any(|one| streams(std::slice::from_ref(one)).is_empty())
    {
        faults.push("types should be platform, function or extension".to_owned());
    }
    types
}

fn limits<'a>(said: Option<&'a Value>, faults: &mut Vec<String>) -> Option<&'a Map<String, Value>> {
    let members = said?.as_object();
    if members.is_none() {
        faults.push("buffering should be an object".to_owned());
    }
    let members = members?;
    for limit in &LIMITS {
        let fits = |value: &Value| {
            let value = value.as_u64();
            value.is_some_and(|value| (limit.least..=limit.most).contains(&value))
        };
        if !members.get(limit.name).is_none_or(fits) {
            let (name, least, most) = (limit.name, limit.least, limit.most);
            faults.push(format!("{name} should be between {least} and {most}"));
        }
    }
    Some(members)
}

fn destination(said: Option<&Value>, faults: &mut Vec<String>) -> Option<Destination> {
    let fault = match said.and_then(Value::as_object) {
        None => "destination is not provided".to_owned(),
        Some(members) => match members.get("protocol").and_then(Value::as_str) {
            Some("HTTP") => match http(members.get("URI")) {
                Ok(destination) => return Some(destination),
                Err(fault) => fault,
            },
            Some("TCP") => match members.get("port").and_then(port) {
                Some(port) => return Some(Destination::Tcp { port }),
                None => "port is not provided".to_owned(),
            },
            Some(_) | None => "protocol should be HTTP or TCP".to_owned(),
        },
    };
    faults.push(fault);
    None
}

fn port(value: &Value) -> Option<u16> {
    let port = u16::try_from(value.as_u64()?).ok();
    port.filter(|port| *port > 0)
}

fn http(said: Option<&Value>) -> Result<Destination, String> {
    let text = said.and_then(Value::as_str).ok_or("URI is not provided")?;
    let uri = Uri::of(text);
    if uri.scheme != "http" {
        return Err("URI scheme should be http".to_owned());
    }
    if !uri.is_local() {
        let [host, _] = HOSTS;
        return Err(format!("URI host should be {host}"));
    }
    let port = uri.port.ok_or("URI port is not provided")?;
    let port: Option<u16> = port.parse().ok().filter(|port| *port > 0);
    Ok(uri.on(port.ok_or("URI port is not valid")?))
}
