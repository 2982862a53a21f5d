//! What every page of ours has around its body.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::report::text::visible;

/// A complete document with one style sheet. `policy` says what it may load, for a page that is opened from a file; a page that
/// is served has its policy in a header. The icon is empty, so that a browser asks nobody for one.
pub fn frame(title: &str, policy: Option<&str>, style: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                @if let Some(policy) = policy {
                    meta http-equiv="Content-Security-Policy" content=(policy);
                } @else {
                    link rel="icon" href="data:,";
                }
                title { (visible(title)) }
                style { (PreEscaped(style)) }
            }
            body { (body) }
        }
    }
}
