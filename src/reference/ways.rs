//! The hooks of this moment, for everything that asks them.

use std::borrow::Cow;
use std::ops::Deref;
use std::time::{Duration, SystemTime};

use serde_json::value::RawValue;
use tokio::process::{Child, Command};

use super::call::{Call, Calling, Later};
use super::hooks::{Hooks, Right};
use super::log::{Entry, Line, Stream, Writing};
use super::settings::{LogFormat, LogLevel, Settings};
use super::told::Happened;
use super::wire::Way;
use super::working::{Wish, Working};

/// Where the current hooks come from.
#[derive(Debug)]
pub(crate) struct Manner {
    /// The current hooks.
    pub(crate) hooks: fn() -> &'static dyn Hooks,
    /// Is called for each event.
    pub(crate) tell: fn(Happened<'_>),
}

/// The manner of the reference runtime.
pub(crate) static RIGHT: Manner = Manner {
    hooks: || &Right,
    tell: |_| {},
};

/// The hooks of this moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ways(pub(crate) &'static Manner);

impl Ways {
    /// Tells the hooks of an event.
    pub(crate) fn tell(self, what: Happened<'_>) {
        (self.0.tell)(what);
    }
}

impl Deref for Ways {
    type Target = dyn Hooks;

    fn deref(&self) -> &Self::Target {
        (self.0.hooks)()
    }
}

/// Passes questions on to the hooks of the same names.
macro_rules! asks {
    ($asked:ident: $(fn $name:ident $(<$life:lifetime>)? (&$($own:lifetime)? self $(, $arg:ident: $type:ty)*) $(-> $out:ty)?;)*) => {
        impl $asked for Manner {
            $(fn $name $(<$life>)? (&$($own)? self $(, $arg: $type)*) $(-> $out)? {
                (self.hooks)().$name($($arg),*)
            })*
        }
    };
}

asks! { Calling:
    fn request(&self, call: &mut Call);
    fn pause(&self) -> Duration;
    fn way(&self, call: &Call) -> Way;
    fn two_connections(&self) -> bool;
    fn lower_case_names(&self) -> bool;
    fn ignores(&self, had: &[u8], whole: Option<u64>) -> bool;
    fn takes_parts(&self) -> bool;
    fn found_closed(&self, announced: bool);
    fn connects_again(&self, tries: usize) -> Option<Duration>;
    fn unreachable<'a>(&'a self) -> Later<'a, ()>;
}

asks! { Writing:
    fn printed<'a>(&self, format: LogFormat, stream: Stream, text: &'a str) -> Option<Cow<'a, str>>;
    fn stream(&self) -> Stream;
    fn format(&self, format: LogFormat) -> LogFormat;
    fn hides(&self, entry: &Entry<'_>, level: LogLevel) -> bool;
    fn line(&self, entry: &Entry<'_>, now: SystemTime, line: &mut Line<'_>);
    fn json(&self, line: String) -> String;
    fn text_id(&self, id: &str) -> String;
    fn text(&self, begin: &str, message: &str) -> String;
    fn logger_id(&self, id: &str) -> Option<String>;
    fn logger(&self, line: String) -> String;
}

asks! { Working:
    fn view(&self, view: Box<RawValue>) -> Box<RawValue>;
    fn trace<'a>(&self, trace: Option<&'a str>) -> Option<&'a str>;
    fn random(&self) -> u64;
    fn wish(&self, wish: Wish<'_>);
    fn inits(&self, inits: u64, calls: u64) -> u64;
    fn spawn(&self, command: &mut Command);
    fn spawned(&self, child: Child);
    fn failed_late<'a>(&'a self, settings: &'a Settings) -> Later<'a, ()>;
}
