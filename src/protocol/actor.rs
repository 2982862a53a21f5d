//! Who acts in an execution environment.

/// A process of an execution environment, with all that it starts.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub enum Actor {
    /// The runtime, with the function.
    #[default]
    Runtime,
    /// An extension, by its index among those that were started.
    Extension(usize),
}

impl Actor {
    /// Its index among the actors of a record: the runtime is the first one.
    pub fn place(self) -> usize {
        match self {
            Self::Runtime => 0,
            Self::Extension(extension) => 1 + extension,
        }
    }

    /// The actor with this index.
    pub fn at(place: usize) -> Self {
        match place.checked_sub(1) {
            None => Self::Runtime,
            Some(extension) => Self::Extension(extension),
        }
    }
}
