//! Colour on words, and the screen for which a text is made.

use super::text::COLUMNS;
use crate::law::Level;

/// Whether words are coloured.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Style {
    /// No escapes.
    #[default]
    Plain,
    /// Green, red, yellow and faint, on words only.
    Colour,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Hue {
    Green,
    Red,
    Yellow,
    Faint,
    None,
}

impl Style {
    /// The number of a colour, if this is one.
    pub(super) fn code(self, hue: Hue) -> Option<u8> {
        match (self, hue) {
            (Self::Plain, _) | (_, Hue::None) => None,
            (Self::Colour, Hue::Green) => Some(32),
            (Self::Colour, Hue::Red) => Some(31),
            (Self::Colour, Hue::Yellow) => Some(33),
            (Self::Colour, Hue::Faint) => Some(2),
        }
    }
}

/// A level that can fail a run has a colour.
pub(super) fn hue_of(level: Level) -> Hue {
    match level {
        Level::Must => Hue::Red,
        Level::Should => Hue::Yellow,
        Level::May | Level::Info => Hue::None,
    }
}

/// The screen for which a text is made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Look {
    /// Whether words are coloured.
    pub style: Style,
    /// Its width; lines have at most 100 letters in any case.
    pub columns: usize,
}

/// For a log, or a file.
impl From<Style> for Look {
    fn from(style: Style) -> Self {
        let columns = COLUMNS;
        Self { style, columns }
    }
}
