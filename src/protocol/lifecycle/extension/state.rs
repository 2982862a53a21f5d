//! The state of an extension.

/// States, with the names in the service's error texts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum State {
    /// It was started, and has not registered.
    Started,
    Registered,
    /// It waits for an event.
    Ready,
    /// It got an event.
    Running,
    InitError,
    ExitError,
}

impl State {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Started => "Started",
            Self::Registered => "Registered",
            Self::Ready => "Ready",
            Self::Running => "Running",
            Self::InitError => "InitError",
            Self::ExitError => "ExitError",
        }
    }

    /// Its name where it is refused: the service does not call the end after an error by its own name there.
    pub(super) fn wanted(self) -> &'static str {
        match self {
            Self::ExitError => "Exited",
            Self::Started | Self::Registered | Self::Ready | Self::Running | Self::InitError => {
                self.name()
            }
        }
    }

    /// Whether the service allows an extension this transition.
    pub(super) fn may_become(self, next: Self) -> bool {
        match next {
            Self::Started => false,
            Self::Registered => self == Self::Started,
            Self::Ready => matches!(self, Self::Registered | Self::Running),
            Self::Running => self == Self::Ready,
            Self::InitError => matches!(self, Self::Registered | Self::InitError),
            Self::ExitError => matches!(
                self,
                Self::Registered | Self::Ready | Self::Running | Self::ExitError
            ),
        }
    }
}
