//! The numbers at the top of the page.

use maud::{Markup, html};

/// What is counted from the start on.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Totals {
    pub(super) invocations: u64,
    pub(super) failed: u64,
    pub(super) breaches: u64,
}

/// The numbers at the top.
pub(super) fn facts(totals: Totals) -> Markup {
    let Totals {
        invocations,
        failed,
        breaches,
    } = totals;
    html! {
        span { b { (invocations) } @if invocations == 1 { " invocation" } @else { " invocations" } }
        span.bad[failed > 0] { b { (failed) } " failed" }
        span.bad[breaches > 0] { b { (breaches) } @if breaches == 1 { " finding" } @else { " findings" } }
    }
}
