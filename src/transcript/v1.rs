//! Reads transcripts of schema 1, which knew one process and no mode.

use serde_json::{Map, Value, json};

use super::{TRANSCRIPT_SCHEMA, Transcript};

/// What belongs to the process, but was a member of the whole transcript.
const OF_PROCESS: [&str; 4] = ["command", "env", "signals", "measures"];

/// Reads a transcript of schema 1 as one of this schema.
pub(super) fn read(text: &str) -> serde_json::Result<Transcript> {
    let mut whole: Map<String, Value> = serde_json::from_str(text)?;
    whole.insert("schema".to_owned(), TRANSCRIPT_SCHEMA.into());
    whole.insert("mode".to_owned(), mode(whole.get("env")));
    let mut runtime = match whole.remove("process") {
        Some(Value::Object(process)) => process,
        Some(_) | None => Map::new(),
    };
    runtime.insert("name".to_owned(), "runtime".into());
    runtime.insert("kind".to_owned(), "runtime".into());
    runtime.insert("measures".to_owned(), Vec::<Value>::new().into());
    for name in OF_PROCESS {
        runtime.extend(whole.remove(name).map(|value| (name.to_owned(), value)));
    }
    whole.insert("actors".to_owned(), vec![runtime].into());
    for connection in members(&mut whole, "connections") {
        connection.insert("peer".to_owned(), Value::Null);
        if let Some(side) = connection
            .get_mut("closed_by")
            .filter(|side| *side == "runtime")
        {
            *side = "peer".into();
        }
    }
    for exchange in members(&mut whole, "exchanges") {
        exchange.insert("actor".to_owned(), Value::Null);
        exchange.insert("direction".to_owned(), "inbound".into());
        if let Some(Value::Array(sizes)) = exchange.get("chunks") {
            // The time of each is unknown: all of them had come when the body was complete.
            let whole = exchange.get("complete").filter(|at| !at.is_null());
            let at = whole.or(exchange.get("at")).cloned().unwrap_or_default();
            let first: Vec<Value> = sizes
                .iter()
                .map(|bytes| json!({"at": at, "bytes": bytes}))
                .collect();
            exchange.insert("chunks".to_owned(), json!({"first": first, "more": 0}));
        }
    }
    serde_json::from_value(whole.into())
}

/// The objects of a list.
fn members<'a>(
    whole: &'a mut Map<String, Value>,
    name: &str,
) -> impl Iterator<Item = &'a mut Map<String, Value>> {
    let list = whole.get_mut(name).and_then(Value::as_array_mut);
    list.into_iter().flatten().filter_map(Value::as_object_mut)
}

/// The mode, as the environment of the runtime says it.
fn mode(env: Option<&Value>) -> Value {
    let told = |name: &str| env?.get(name)?.as_str();
    match told("AWS_LAMBDA_INITIALIZATION_TYPE") {
        Some("snap-start") => "snap_start".into(),
        Some("lambda-managed-instances") => {
            let most = told("AWS_LAMBDA_MAX_CONCURRENCY").and_then(|most| most.parse().ok());
            json!({"managed_instances": {"max_concurrency": most.unwrap_or(1_u32)}})
        }
        Some(_) | None => "on_demand".into(),
    }
}
