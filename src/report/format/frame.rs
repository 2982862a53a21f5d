//! The frame of our pages: each is complete in itself, and its policy says what it may load.

use maud::{DOCTYPE, Markup, PreEscaped, html};

/// A page.
pub struct Frame<'a> {
    /// Its title, visible text.
    pub title: &'a str,
    /// What it may load.
    pub policy: &'a str,
    /// Its style.
    pub style: &'a str,
    /// What it shows.
    pub body: Markup,
}

/// The page as text, with a line feed at its end.
pub fn framed(frame: &Frame<'_>) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content=(frame.policy);
                title { (frame.title) }
                style { (PreEscaped(frame.style)) }
            }
            body { (frame.body) }
        }
    };
    page.into_string() + "\n"
}
