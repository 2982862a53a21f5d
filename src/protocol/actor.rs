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
