//! All that is known of an invocation: its event and its result, findings, log, and the bytes on the wire.

use maud::{Markup, html};

use super::bytes::{bytes, indented};
use super::item::{End, Invocation, Item, Kept, TEXT_BYTES_MAX};
use super::printed::lines;
use super::row::{ms, time};
use crate::protocol::AnswerKind;
use crate::report::{html as report, visible};
use crate::service::PAGE;
use crate::transcript::{Exchange, Offset};

/// `memory_mb` is the memory of the function.
pub(super) fn detail(item: &Item, invocation: &Invocation, memory_mb: u32) -> Markup {
    html! {
        (actions(item, invocation))
        (facts(item, invocation, memory_mb))
        @if !invocation.findings.is_empty() {
            section { h3 { "Findings" } @for finding in &invocation.findings { (report::finding(finding, &[])) } }
        }
        div.pair {
            section { h3 { "Event" } (text(&invocation.event)) }
            @if let Some((kind, result)) = invocation.end.as_ref().and_then(|end| end.answer.as_ref()) {
                section {
                    h3 { @match kind { AnswerKind::Response => "Result", AnswerKind::Error => "Error" } }
                    (text(result))
                }
            }
        }
        @if let Some(context) = &invocation.client_context {
            section { h3 { "Client context" } pre { (visible(&indented(context))) } }
        }
        @if !invocation.log.last.is_empty() { section { h3 { "Log" } (lines(&invocation.log)) } }
        @if let Some(end) = &invocation.end { (wire(end)) }
    }
}

fn actions(item: &Item, invocation: &Invocation) -> Markup {
    let from = format!("{}/invocations/{}", PAGE, item.number);
    html! {
        p.actions {
            @if invocation.event.is_whole() {
                button type="button" data-replay=(from) { "Replay" }
                button type="button" data-edit=(from) { "Edit and invoke" }
            } @else {
                "The event has " (invocation.event.total) " bytes; only one of at most "
                (TEXT_BYTES_MAX) " bytes is kept and can be replayed."
            }
        }
    }
}

fn facts(item: &Item, invocation: &Invocation, memory_mb: u32) -> Markup {
    let measures = invocation.end.as_ref().map(|end| end.measures);
    html! {
        dl.measures {
            div { dt { "Request id" } dd { code { (visible(&invocation.request_id)) } } }
            div { dt { "Environment" } dd { (invocation.environment + 1) } }
            div { dt { "Began" } dd { (time(item.at_unix_ms)) } }
            @if let Some(measures) = measures {
                div { dt { "Duration" } dd { (ms(measures.duration)) } }
                @if let Some(init) = measures.init { div { dt { "Init" } dd { (ms(init)) } } }
                @if let Some(kib) = measures.memory_kib {
                    div { dt { "Memory" } dd { (kib.div_ceil(1024)) " of " (memory_mb) " MB" } }
                }
            }
        }
    }
}

fn text(kept: &Kept) -> Markup {
    let whole = std::str::from_utf8(&kept.bytes)
        .ok()
        .filter(|_| kept.is_whole());
    html! {
        pre tabindex="0" {
            @match whole {
                Some(text) => (visible(&indented(text))),
                None => (bytes(&kept.bytes)),
            }
        }
        (cut(kept.bytes.len() as u64, kept.total as u64))
    }
}

/// Says how much is not shown.
fn cut(shown: u64, all: u64) -> Markup {
    html! { @if shown < all { p.cut { "The first " (shown) " of " (all) " bytes." } } }
}

fn wire(end: &End) -> Markup {
    html! {
        section {
            h3 { "On the wire" }
            @for exchange in &end.exchanges { (exchanged(exchange, end.began)) }
            @if end.more > 0 { p.cut { (end.more) " more exchanges are not kept." } }
        }
    }
}

fn exchanged(exchange: &Exchange, began: Offset) -> Markup {
    let head = exchange.head();
    let who = match exchange.actor.unwrap_or_default() {
        0 => "the runtime",
        _ => "an extension",
    };
    html! {
        div.exchange {
            p.caption { (who) ", connection " (exchange.connection) ", " (after(exchange.at, began)) }
            pre.sent tabindex="0" {
                (bytes(&head.bytes.kept))
                (bytes(&exchange.body.kept))
            }
            (cut(exchange.body.kept.len() as u64, exchange.body.bytes))
            @if let Some(chunks) = exchange.chunks() {
                p.cut { "The body came in " (chunks.first.len() as u64 + chunks.more) " chunks, whose framing is not shown." }
            }
            @for trailer in exchange.trailers() {
                pre.sent tabindex="0" { (bytes(format!("{}: {}", trailer.name, trailer.value).as_bytes())) }
            }
            @if let Some(broken) = exchange.broken() { p.cut { (visible(broken)) } }
            @match (&exchange.reply, exchange.dropped) {
                (Some(reply), _) => {
                    p.caption { "the service, " (after(reply.at, began)) }
                    pre.got tabindex="0" { (bytes(&reply.wire.bytes())) }
                    @if let Some(distortion) = &reply.distortion { p.cut { (visible(distortion)) } }
                },
                (None, Some(at)) => p.caption { (who) " closed the connection, " (after(at, began)) },
                (None, None) => p.caption { "no reply was sent" },
            }
        }
    }
}

/// The time since the event went out.
fn after(at: Offset, began: Offset) -> String {
    let ms = |us: u64| us / 1000;
    let part = |us: u64| us / 10 % 100;
    match at.us().checked_sub(began.us()) {
        Some(us) => format!("{}.{:02} ms after the event went out", ms(us), part(us)),
        None => {
            let us = began.us() - at.us();
            format!("{}.{:02} ms before the event went out", ms(us), part(us))
        }
    }
}
