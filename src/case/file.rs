//! The file of a case.

use std::borrow::Cow;

/// The file from which a case was read.
#[derive(Clone, Debug)]
pub struct CaseFile {
    /// Its path: that of a built-in case begins with `cases/`.
    pub path: String,
    /// Its text; that of one row, if the file has a table.
    pub text: Cow<'static, str>,
}
