//! What a command prints on standard output.

use crate::console::Stream;
use crate::report::Printable;

/// Prints lines for people.
pub(super) fn say(text: &str) {
    print(Printable::of(text));
}

/// Prints a JSON document.
pub(super) fn say_json(document: &str) {
    print(Printable::json(document));
}

/// Prints a text, with one line feed at its end.
pub(super) fn print(text: Printable) {
    Stream::Out.print(&(text.trimmed() + "\n"));
}
