//! Lines that were printed.

use maud::{Markup, html};

use super::item::{LINES_MAX, Lines};
use crate::report::visible;

/// Lines that were printed.
pub(super) fn lines(lines: &Lines) -> Markup {
    html! {
        pre.output tabindex="0" { @for line in &lines.last { (visible(line)) "\n" } }
        @if lines.before > 0 { p.cut { "The last " (LINES_MAX) " of " (lines.before + lines.last.len()) " lines." } }
    }
}
