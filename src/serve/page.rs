//! The page at `/_ricspec`: the invocations as they happen, the bytes of each, and a form to invoke the function.
//!
//! Plain HTML, made here. A short script inserts what the stream of events brings, and invokes the function as any caller
//! does; the policy of the page allows nothing else.

mod bytes;
mod detail;
mod item;
mod journal;
mod live;
mod printed;
mod row;
mod totals;

use std::sync::Arc;

use ::bytes::Bytes;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http_body_util::{BodyExt, Either, Full};
use hyper::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use hyper::http::request::Parts;
use hyper::{Method, Response, StatusCode};
use maud::{Markup, PreEscaped, html};
use sha2::{Digest, Sha256};
use tokio::sync::broadcast::error::RecvError;

use super::serving::Serving;
use crate::report::{html as report, visible};
use crate::service::{Answer, PAGE, Page, Pieces};
use item::What;
use journal::{ITEMS_MAX, Journal};
use live::Live;
use totals::facts;

static STYLE: &str = include_str!("page/style.css");
static SCRIPT: &str = include_str!("page/script.js");

/// Events to begin with.
const EXAMPLES: [(&str, &str); 6] = [
    ("A name", "\"John\""),
    ("HTTP API (2.0)", include_str!("page/events/http.json")),
    ("SQS", include_str!("page/events/sqs.json")),
    ("SNS", include_str!("page/events/sns.json")),
    ("S3", include_str!("page/events/s3.json")),
    ("EventBridge", include_str!("page/events/eventbridge.json")),
];

/// The page.
pub(super) struct Board {
    journal: Arc<Journal>,
    /// What is served.
    function: String,
    /// Its memory, in MB.
    memory_mb: u32,
}

impl Board {
    /// The page of what is served, and who keeps it up to date until `cancel`.
    pub(super) fn of(serving: &Serving) -> (Self, impl Future<Output = ()> + use<>) {
        let journal = Arc::new(Journal::new());
        let page = Self {
            journal: Arc::clone(&journal),
            function: serving.stage.command.join(" "),
            memory_mb: serving.stage.memory_mb,
        };
        let mut events = serving.feed.subscribe();
        let keep = async move {
            loop {
                match events.recv().await {
                    Ok(event) => journal.hear(&event),
                    Err(RecvError::Lagged(count)) => journal.lost(count),
                    Err(RecvError::Closed) => return,
                }
            }
        };
        (page, keep)
    }
}

impl Page for Board {
    fn answer(&self, request: &Parts) -> Answer {
        if request.method != Method::GET {
            let mut answer = text(StatusCode::METHOD_NOT_ALLOWED, "the page is read by GET");
            let allow = HeaderValue::from_static("GET");
            answer.headers_mut().insert(ALLOW, allow);
            return answer;
        }
        let path = request.uri.path().strip_prefix(PAGE).unwrap_or_default();
        match path {
            "" | "/" => document(&self.whole()),
            "/events" => self.events(request),
            _ => self.part(path, request.uri.query() == Some("part")),
        }
    }
}

impl Board {
    /// The stream of events from where the page is: in the address, or, when the browser comes again, in a header.
    fn events(&self, request: &Parts) -> Answer {
        let (run, since) = request
            .uri
            .query()
            .and_then(|query| query.split_once('-'))
            .unwrap_or_default();
        let again = request
            .headers
            .get("last-event-id")
            .and_then(|id| id.to_str().ok());
        let state = again.unwrap_or(since).parse();
        let Some(state) = state.ok().filter(|_| run == self.journal.run) else {
            // A page of another run begins anew.
            return stream(Either::Left(Full::from("event: other\ndata: run\n\n")));
        };
        let live = Live::new(Arc::clone(&self.journal), state);
        stream(Either::Right(Pieces::new(
            live.map_err(|never| match never {}),
        )))
    }

    /// `/invocations/7`, `/invocations/7/event`, `/invocations/7/context`
    fn part(&self, path: &str, is_bare: bool) -> Answer {
        let missing = || text(StatusCode::NOT_FOUND, "this is not kept (any more)");
        let path = path.strip_prefix("/invocations/").unwrap_or_default();
        let (number, part) = path.split_once('/').unwrap_or((path, ""));
        let item = number
            .parse()
            .ok()
            .and_then(|number| self.journal.item(number));
        let Some(item) = item else {
            return missing();
        };
        let What::Invocation(invocation) = &item.what else {
            return missing();
        };
        match part {
            "" if is_bare => document(&detail::detail(&item, invocation, self.memory_mb)),
            "" => document(&report::frame(
                &format!("Invocation {}", invocation.request_id),
                None,
                &style(),
                &html! { main.one { (detail::detail(&item, invocation, self.memory_mb)) } },
            )),
            "event" if invocation.event.is_whole() => plain(invocation.event.bytes.clone()),
            "context" => plain(invocation.client_context.clone().unwrap_or_default()),
            _ => missing(),
        }
    }

    fn whole(&self) -> Markup {
        let news = self.journal.since(0);
        let state = format!("{}-{}", self.journal.run, news.state);
        report::frame(
            "ricspec serve",
            None,
            &style(),
            &html! {
                header {
                    h1 { "ricspec " span { "serve" } }
                    p.function { code { (visible(&self.function)) } }
                    p #facts { (facts(news.totals)) }
                    p #link role="status" { "not connected" }
                }
                main {
                    (form())
                    section.list aria-labelledby="list-title" {
                        div.bar {
                            h2 #list-title { "Invocations" }
                            (filter())
                        }
                        noscript { p.cut { "Without its script, this page shows what has happened until now." } }
                        ol #list data-state=(state) data-max=(ITEMS_MAX) {
                            @for item in news.items.iter().rev() { (row::row(item)) }
                        }
                        p.empty { "Nothing has happened yet. Invoke the function by the form, or by POST to " code #door {} "." }
                        p.cut { "The last " (ITEMS_MAX) " are kept; long texts are cut, and say so." }
                    }
                }
                script { (PreEscaped(SCRIPT)) }
            },
        )
    }
}

fn filter() -> Markup {
    html! {
        fieldset.filter {
            legend.spoken { "Show" }
            @for (value, words) in [("all", "All"), ("failed", "Errors"), ("breach", "Findings")] {
                label { input type="radio" name="filter" value=(value) checked[value == "all"]; span { (words) } }
            }
        }
    }
}

fn form() -> Markup {
    html! {
        form #form aria-labelledby="form-title" {
            h2 #form-title { "Invoke" }
            label.wide for="choice" { "Example or saved event" }
            div.line {
                select #choice {
                    option value="" { "Choose\u{2026}" }
                    optgroup label="Examples" {
                        @for (name, event) in EXAMPLES { option value=(event.trim_end()) { (name) } }
                    }
                    optgroup #saved label="Saved" {}
                }
                button #forget type="button" disabled { "Delete" }
            }
            label.wide for="event" { "Event" }
            textarea #event rows="9" spellcheck="false" autocapitalize="off" autocomplete="off" aria-describedby="fault" { "{}" }
            p #fault role="status" {}
            details {
                summary { "More" }
                label.wide for="type" { "Invocation type" }
                select #type {
                    option value="RequestResponse" { "RequestResponse: wait for the result" }
                    option value="Event" { "Event: do not wait" }
                    option value="DryRun" { "DryRun: do not invoke" }
                }
                label.wide for="context" { "Client context, as JSON" }
                textarea #context rows="3" spellcheck="false" autocapitalize="off" autocomplete="off" {}
                label.wide for="name" { "Save the event as" }
                div.line {
                    input #name autocomplete="off";
                    button #keep type="button" { "Save" }
                }
            }
            button.main type="submit" { "Invoke" }
            div #answer aria-live="polite" {}
        }
    }
}

fn style() -> String {
    format!("{}{STYLE}", report::STYLE)
}

/// What the page may load: its style, its script, and what is below its own address.
fn policy() -> String {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; connect-src 'self'; img-src data:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        hash(&style()),
        hash(SCRIPT)
    )
}

fn document(markup: &Markup) -> Answer {
    answer(
        "text/html; charset=utf-8",
        Either::Left(Full::from(markup.0.clone())),
    )
}

fn plain(content: impl Into<Bytes>) -> Answer {
    answer(
        "text/plain; charset=utf-8",
        Either::Left(Full::new(content.into())),
    )
}

fn text(status: StatusCode, words: &'static str) -> Answer {
    let mut answer = plain(words);
    *answer.status_mut() = status;
    answer
}

fn stream(body: Either<Full<Bytes>, Pieces>) -> Answer {
    answer("text/event-stream", body)
}

fn answer(kind: &'static str, body: Either<Full<Bytes>, Pieces>) -> Answer {
    let mut answer = Response::new(body);
    let policy = HeaderValue::from_str(&policy()).expect("it is ASCII");
    let fixed = HeaderValue::from_static;
    answer.headers_mut().extend([
        (CONTENT_TYPE, fixed(kind)),
        (CONTENT_SECURITY_POLICY, policy),
        (CACHE_CONTROL, fixed("no-store")),
        (X_CONTENT_TYPE_OPTIONS, fixed("nosniff")),
        (REFERRER_POLICY, fixed("no-referrer")),
    ]);
    let same_site = ["cross-origin-resource-policy", "cross-origin-opener-policy"];
    for name in same_site {
        answer.headers_mut().insert(name, fixed("same-origin"));
    }
    answer
}

#[cfg(test)]
mod tests;
