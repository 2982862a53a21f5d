//! What an extension beside a runtime does otherwise than usual, in the words of case files.

use serde::Deserialize;

/// The variable that tells this to the reference extension.
pub const COMPANION_VARIABLE: &str = "RICSPEC_COMPANION";

/// The behaviour of the reference extension beside a runtime.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Companion {
    /// Takes each event and comes back at once, until the environment ends.
    #[default]
    Usual,
    /// Takes 3,000 ms to register.
    RegistersLate,
    /// Takes 3,000 ms from its registration to its first poll.
    PollsLate,
    /// Never polls.
    NeverPolls,
    /// Takes 3,000 ms to poll again after an INVOKE event.
    ComesBackLate,
    /// Never polls again after an INVOKE event.
    NeverComesBack,
    /// Registers for SHUTDOWN only.
    HearsOfTheEndOnly,
    /// Ends with code 1 at its first INVOKE event.
    Dies,
    /// Reports an error instead of its first poll, and ends.
    ReportsInitError,
    /// Reports an error at its first INVOKE event, and ends.
    ReportsExitError,
}

impl Companion {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Usual,
        Self::RegistersLate,
        Self::PollsLate,
        Self::NeverPolls,
        Self::ComesBackLate,
        Self::NeverComesBack,
        Self::HearsOfTheEndOnly,
        Self::Dies,
        Self::ReportsInitError,
        Self::ReportsExitError,
    ];

    /// Its word in case files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Usual => "usual",
            Self::RegistersLate => "registers_late",
            Self::PollsLate => "polls_late",
            Self::NeverPolls => "never_polls",
            Self::ComesBackLate => "comes_back_late",
            Self::NeverComesBack => "never_comes_back",
            Self::HearsOfTheEndOnly => "hears_of_the_end_only",
            Self::Dies => "dies",
            Self::ReportsInitError => "reports_init_error",
            Self::ReportsExitError => "reports_exit_error",
        }
    }

    /// Whether it ends by itself before the environment does, so that the service ends that.
    pub fn crashes(self) -> bool {
        match self {
            Self::Dies | Self::ReportsInitError | Self::ReportsExitError => true,
            Self::Usual
            | Self::RegistersLate
            | Self::PollsLate
            | Self::NeverPolls
            | Self::ComesBackLate
            | Self::NeverComesBack
            | Self::HearsOfTheEndOnly => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_read_from_its_own_word() {
        for companion in Companion::ALL {
            let word = serde_json::Value::from(companion.word());
            assert_eq!(
                serde_json::from_value::<Companion>(word).ok(),
                Some(companion)
            );
        }
    }
}
