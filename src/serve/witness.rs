//! Hears of all that happens: it is logged, audited, and told to the feed.

use std::ops::Bound;
use std::sync::Arc;

use bytes::Bytes;
use serde::Deserialize;

use super::auditor::{Auditor, Breach, Stretch};
use super::feed::{Ended, Feed, ServeEvent};
use super::log::{LogForm, now_unix_ms};
use super::parts::Parts;
use super::serving::{Say, Serving};
use crate::check::exit_words;
use crate::mask::Mask;
use crate::play::{Happening, Measured};
use crate::protocol::{AnswerKind, Returned};
use crate::report::human::Measures;
use crate::transcript::{Offset, Transcript};

/// Hears of all that happens.
pub(super) struct Witness {
    log: LogForm,
    say: Arc<Say>,
    feed: Feed,
    mask: Arc<Mask>,
    memory_mb: u32,
    auditor: Auditor,
}

impl Witness {
    pub(super) fn new(serving: &Serving, say: &Arc<Say>) -> Self {
        let (log, feed) = (serving.log, serving.feed.clone());
        let mask = Arc::clone(&serving.stage.mask);
        let teller = (Arc::clone(say), feed.clone(), Arc::clone(&mask));
        let tell = move |mut breach: Breach| {
            let (say, feed, mask) = &teller;
            mask.finding(&mut breach.finding);
            if breach.is_new {
                say(&log.breach(&breach));
            }
            feed.tell(|| ServeEvent::Breach {
                environment: breach.environment,
                request_id: breach.request_id,
                finding: breach.finding,
            });
        };
        let (parts, hides) = (serving.parts.clone(), Arc::clone(&mask));
        let keep = keeper(parts, hides, Arc::clone(say), log);
        Self {
            log,
            say: Arc::clone(say),
            feed,
            mask,
            memory_mb: serving.stage.memory_mb,
            auditor: Auditor::start(tell, keep),
        }
    }

    /// All is audited. Says whether a MUST was broken.
    pub(super) fn finish(self) -> bool {
        self.auditor.finish()
    }

    pub(super) fn hear(&self, environment: usize, happening: Happening<'_>) {
        match happening {
            Happening::Printed { line, request_id } => {
                let line = self.mask.text(line);
                (self.say)(&self.log.printed(&line));
                self.feed.tell(|| ServeEvent::Printed {
                    environment,
                    at_unix_ms: now_unix_ms(),
                    request_id: request_id.map(str::to_owned),
                    line,
                });
            }
            Happening::Started { request_id, event } => {
                self.hear_start(environment, request_id, event)
            }
            Happening::Over {
                measured,
                returned,
                transcript,
                invocation,
            } => {
                self.log_end(&measured, returned);
                self.feed.tell(|| {
                    let mut wire = transcript.of_invocation(invocation);
                    self.mask.transcript(&mut wire);
                    let returned =
                        returned.map(|returned| (returned.kind, self.masked(&returned.body)));
                    ServeEvent::Ended(Box::new(Ended {
                        environment,
                        at_unix_ms: now_unix_ms(),
                        request_id: measured.request_id.to_owned(),
                        returned,
                        duration: measured.duration,
                        init: measured.init,
                        memory_kib: measured.memory_kib,
                        wire,
                    }))
                });
            }
            Happening::Due {
                transcript,
                window: (from, to),
            } => self.audit(
                environment,
                transcript,
                (Bound::Included(from), Bound::Excluded(to)),
            ),
            Happening::Recorded { transcript } => self.auditor.keep(transcript.clone()),
            Happening::Ended { transcript, since } => {
                let exit = transcript.runtime().exit;
                let how = exit.map_or("was stopped".to_owned(), exit_words);
                (self.say)(&self.log.stopped(&how));
                self.audit(
                    environment,
                    transcript,
                    (Bound::Included(since), Bound::Unbounded),
                );
                self.feed.tell(|| ServeEvent::Stopped {
                    environment,
                    at_unix_ms: now_unix_ms(),
                    how,
                });
            }
        }
    }

    fn hear_start(&self, environment: usize, request_id: &str, event: &Bytes) {
        (self.say)(&self.log.began(request_id));
        self.feed.tell(|| ServeEvent::Began {
            environment,
            at_unix_ms: now_unix_ms(),
            request_id: request_id.to_owned(),
            event: self.masked(event),
        });
    }

    fn log_end(&self, measured: &Measured<'_>, returned: Option<&Returned>) {
        let measures = Measures {
            duration: measured.duration,
            init: measured.init,
            memory_mb: self.memory_mb,
            used_mb: measured.memory_kib.map(|kib| kib.div_ceil(1024)),
        };
        let error_type = returned.and_then(error_type);
        let error_type = error_type.map(|kind| self.mask.text(&kind));
        (self.say)(
            &self
                .log
                .ended(measured.request_id, error_type.as_deref(), &measures),
        );
    }

    fn audit(
        &self,
        environment: usize,
        transcript: &Transcript,
        window: (Bound<Offset>, Bound<Offset>),
    ) {
        self.auditor.take(Stretch {
            environment,
            transcript: transcript.clone(),
            window,
        });
    }

    /// Bytes of callers or of the runtime, masked.
    fn masked(&self, bytes: &Bytes) -> Bytes {
        match std::str::from_utf8(bytes) {
            Ok(text) if self.mask.hides() => self.mask.text(text).into(),
            Ok(_) | Err(_) => bytes.clone(),
        }
    }
}

/// Writes the parts of the record, masked. That it fails is said once.
fn keeper(
    mut parts: Option<Parts>,
    mask: Arc<Mask>,
    say: Arc<Say>,
    log: LogForm,
) -> impl FnMut(Transcript) {
    move |mut transcript| {
        mask.transcript(&mut transcript);
        let written = parts.as_mut().map(|parts| parts.write(&transcript));
        if let Some(Err(fault)) = written {
            say(&log.note(&format!(
                "--transcript: {fault}; the record is not kept any more"
            )));
            parts = None;
        }
    }
}

/// The error type of an answer; `None` if it is a result.
fn error_type(returned: &Returned) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Document {
        error_type: String,
    }
    match returned.kind {
        AnswerKind::Response => None,
        AnswerKind::Error => {
            let document: Option<Document> = serde_json::from_slice(&returned.body).ok();
            Some(document.map_or_else(|| "Unhandled".to_owned(), |known| known.error_type))
        }
    }
}
