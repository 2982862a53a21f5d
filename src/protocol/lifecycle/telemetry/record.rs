//! The events, in their form on the wire.

use serde::ser::{Serialize, Serializer};
use serde_json::Value;

use super::dialect::Dialect;
use super::happening::{Happening, Outcome, Run, Setting, Span};
use crate::calendar::iso;
use crate::protocol::{Actor, Function};

/// JSON whose members keep their order.
enum Json {
    Value(Value),
    List(Vec<Self>),
    Object(Vec<(&'static str, Self)>),
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Value(value) => value.serialize(serializer),
            Self::List(items) => serializer.collect_seq(items),
            Self::Object(members) => {
                serializer.collect_map(members.iter().map(|(name, value)| (name, value)))
            }
        }
    }
}

impl<T: Into<Value>> From<T> for Json {
    fn from(value: T) -> Self {
        Self::Value(value.into())
    }
}

type Members = Vec<(&'static str, Json)>;

impl Happening {
    /// Its events in a dialect, each as JSON: none if the dialect does not tell of it.
    pub(super) fn events(&self, at_ms: u64, dialect: &Dialect, setting: &Setting) -> Vec<Vec<u8>> {
        let made = self.records(dialect, setting).into_iter();
        made.map(|(kind, record)| {
            let event = Json::Object(vec![
                ("time", iso(at_ms).into()),
                ("type", kind.into()),
                ("record", record),
            ]);
            serde_json::to_vec(&event).expect("texts and numbers always serialise")
        })
        .collect()
    }

    fn records(&self, dialect: &Dialect, setting: &Setting) -> Vec<(&'static str, Json)> {
        let is_managed = setting.mode.is_concurrent();
        let one = |kind, members: Members| vec![(kind, Json::Object(members))];
        match self {
            Self::InitStart
            | Self::InitRuntimeDone(_)
            | Self::InitReport(..)
            | Self::RestoreStart
            | Self::RestoreRuntimeDone(_)
            | Self::RestoreReport(..) => match dialect.tells_of_start {
                true => self.of_start(setting).into_iter().collect(),
                false => Vec::new(),
            },
            Self::Extension { .. }
            | Self::Subscribed { .. }
            | Self::Dropped { .. }
            | Self::Line { .. } => self.of_others(dialect, setting).into_iter().collect(),
            Self::Start(run) => one("platform.start", run.start(dialect, setting)),
            Self::RuntimeDone(_) if is_managed || !dialect.tells_of_runtime => Vec::new(),
            Self::RuntimeDone(run) => one("platform.runtimeDone", run.runtime_done(dialect)),
            Self::Report(run) => {
                let report = (
                    "platform.report",
                    Json::Object(run.report(dialect, setting)),
                );
                let end = ("platform.end", Json::Object(run.named()));
                let end = Some(end).filter(|_| dialect.tells_of_end);
                end.into_iter().chain([report]).collect()
            }
            Self::Fault(run) => {
                let id = &run.request_id;
                let text = format!("RequestId: {id} Process exited before completing request");
                let fault = ("platform.fault", text.into());
                let fault = Some(fault).filter(|_| dialect.tells_of_end);
                fault.into_iter().collect()
            }
        }
    }

    /// The events of extensions, of lines and of lost events.
    fn of_others(&self, dialect: &Dialect, setting: &Setting) -> Option<(&'static str, Json)> {
        let one = |kind, members: Members| Some((kind, Json::Object(members)));
        match self {
            Self::Extension {
                name,
                state,
                events,
            } => one(
                "platform.extension",
                vec![
                    ("name", name.as_str().into()),
                    ("state", (*state).into()),
                    ("events", events.clone().into()),
                ],
            ),
            // Only those that use the same API hear of it.
            Self::Subscribed { feed, .. } if *feed != dialect.feed => None,
            Self::Subscribed { name, streams, .. } => one(
                dialect.subscription,
                vec![
                    ("name", name.as_str().into()),
                    ("state", "Subscribed".into()),
                    (
                        "types",
                        streams
                            .iter()
                            .map(|stream| stream.name())
                            .collect::<Vec<_>>()
                            .into(),
                    ),
                ],
            ),
            Self::Dropped {
                records,
                bytes,
                reason,
            } => one(
                "platform.logsDropped",
                vec![
                    ("droppedBytes", (*bytes).into()),
                    ("droppedRecords", (*records).into()),
                    ("reason", reason.as_str().into()),
                ],
            ),
            Self::Line { actor, text } => {
                let kind = match actor {
                    Actor::Runtime => "function",
                    Actor::Extension(_) => "extension",
                };
                let as_json = dialect.json_lines && setting.is_json;
                let object = Some(text).filter(|_| as_json).and_then(|text| object(text));
                let text = || Json::from(text.as_str());
                Some((kind, object.map_or_else(text, Json::Value)))
            }
            Self::InitStart
            | Self::InitRuntimeDone(_)
            | Self::InitReport(..)
            | Self::RestoreStart
            | Self::RestoreRuntimeDone(_)
            | Self::RestoreReport(..)
            | Self::Start(_)
            | Self::RuntimeDone(_)
            | Self::Report(_)
            | Self::Fault(_) => None,
        }
    }

    /// The events of the initialisation and of a restore.
    fn of_start(&self, setting: &Setting) -> Option<(&'static str, Json)> {
        let kind = (
            "initializationType",
            setting.mode.initialization_type().into(),
        );
        let phase = ("phase", "init".into());
        let (name, members) = match self {
            Self::InitStart => {
                let mut members = vec![kind];
                members.extend(setting.instance());
                members.push(phase);
                ("platform.initStart", members)
            }
            Self::InitRuntimeDone(outcome) => {
                let mut members = vec![kind, outcome.status(), phase];
                members.extend(outcome.error());
                ("platform.initRuntimeDone", members)
            }
            Self::InitReport(outcome, ms) => {
                let metrics = Json::Object(vec![("durationMs", duration(*ms))]);
                let mut members = vec![kind, ("metrics", metrics), phase, outcome.status()];
                members.extend(outcome.error());
                ("platform.initReport", members)
            }
            Self::RestoreStart => ("platform.restoreStart", setting.instance()),
            Self::RestoreRuntimeDone(outcome) => {
                let members = [outcome.status()].into_iter().chain(outcome.error());
                ("platform.restoreRuntimeDone", members.collect())
            }
            Self::RestoreReport(outcome, ms) => {
                let metrics = Json::Object(vec![("durationMs", duration(*ms))]);
                let members = [outcome.status(), ("metrics", metrics)].into_iter();
                (
                    "platform.restoreReport",
                    members.chain(outcome.error()).collect(),
                )
            }
            Self::Extension { .. }
            | Self::Subscribed { .. }
            | Self::Start(_)
            | Self::RuntimeDone(_)
            | Self::Report(_)
            | Self::Fault(_)
            | Self::Dropped { .. }
            | Self::Line { .. } => return None,
        };
        Some((name, Json::Object(members)))
    }
}

impl Setting {
    fn instance(&self) -> Members {
        let Function {
            name,
            version,
            log_stream,
            memory_mb,
            ..
        } = &self.function;
        vec![
            ("runtimeVersion", "".into()),
            ("runtimeVersionArn", "".into()),
            ("functionName", name.as_str().into()),
            ("functionVersion", version.as_str().into()),
            ("instanceId", log_stream.as_str().into()),
            ("instanceMaxMemory", (u64::from(*memory_mb) << 20).into()),
        ]
    }
}

impl Outcome {
    fn status(&self) -> (&'static str, Json) {
        ("status", self.status.word().into())
    }

    fn error(&self) -> Option<(&'static str, Json)> {
        let error_type = self.error_type.as_deref()?;
        Some(("errorType", error_type.into()))
    }
}

impl Run {
    fn named(&self) -> Members {
        vec![("requestId", self.request_id.as_str().into())]
    }

    fn ms(&self) -> u64 {
        let done = self.done_ms.unwrap_or(self.began_ms);
        done.saturating_sub(self.began_ms)
    }

    fn tracing(&self) -> Option<(&'static str, Json)> {
        let value = self.trace.as_deref()?;
        let members = vec![("type", "X-Amzn-Trace-Id".into()), ("value", value.into())];
        Some(("tracing", Json::Object(members)))
    }

    fn start(&self, dialect: &Dialect, setting: &Setting) -> Members {
        let mut members = self.named();
        members.push(("version", setting.function.version.as_str().into()));
        if setting.mode.is_concurrent() {
            members.push(("functionArn", setting.function.arn().into()));
        }
        members.extend(self.tracing().filter(|_| dialect.in_detail));
        members
    }

    fn runtime_done(&self, dialect: &Dialect) -> Members {
        let mut members = self.named();
        members.push(self.outcome.status());
        if !dialect.in_detail {
            return members;
        }
        let metrics = vec![
            ("durationMs", duration(self.ms())),
            ("producedBytes", self.produced_bytes.into()),
        ];
        let spans = self
            .answer_spans()
            .chain([("runtimeOverhead", self.overhead)]);
        members.push(("metrics", Json::Object(metrics)));
        members.extend(self.tracing());
        members.push(("spans", list(spans)));
        members.extend(self.outcome.error());
        members
    }

    fn answer_spans(&self) -> impl Iterator<Item = (&'static str, Option<Span>)> {
        [
            ("responseLatency", self.latency),
            ("responseDuration", self.answer),
        ]
        .into_iter()
    }

    fn report(&self, dialect: &Dialect, setting: &Setting) -> Members {
        let is_managed = setting.mode.is_concurrent();
        let mut metrics = vec![("durationMs", duration(self.ms()))];
        if !is_managed {
            let init_ms = self.init_ms.unwrap_or_default();
            metrics.extend([
                ("billedDurationMs", (self.ms() + init_ms).max(1).into()),
                ("memorySizeMB", setting.function.memory_mb.into()),
                ("maxMemoryUsedMB", setting.used_mb.into()),
            ]);
            let optional = [
                ("initDurationMs", self.init_ms),
                ("restoreDurationMs", self.restore_ms),
            ];
            let given = optional.into_iter();
            metrics.extend(given.filter_map(|(name, ms)| Some((name, duration(ms?)))));
        }
        let mut members = self.named();
        if !dialect.in_detail {
            members.push(("metrics", Json::Object(metrics)));
            return members;
        }
        members.push(self.outcome.status());
        members.push(("metrics", Json::Object(metrics)));
        members.extend(self.tracing());
        members.push((
            "spans",
            match is_managed {
                true => list(self.answer_spans()),
                false => list([("extensionOverhead", self.extensions)].into_iter()),
            },
        ));
        members.extend(self.outcome.error());
        members
    }
}

fn list(spans: impl Iterator<Item = (&'static str, Option<Span>)>) -> Json {
    let given = spans.filter_map(|(name, span)| {
        let span = span?;
        Some(Json::Object(vec![
            ("name", name.into()),
            ("start", iso(span.began_ms).into()),
            ("durationMs", duration(span.ms)),
        ]))
    });
    Json::List(given.collect())
}

/// Milliseconds as a number with a fraction, as the service gives them.
fn duration(ms: u64) -> Json {
    #[expect(clippy::cast_precision_loss, reason = "a case takes minutes at most")]
    let ms = ms as f64;
    ms.into()
}

/// A line that is a JSON object.
fn object(text: &str) -> Option<Value> {
    let value: Value = serde_json::from_str(text).ok()?;
    value.is_object().then_some(value)
}
