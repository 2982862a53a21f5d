//! How the service runs a function.

use serde::{Deserialize, Serialize};

/// How the service runs a function.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// One invocation at a time, in an environment that starts when it is needed.
    #[default]
    OnDemand,
    /// Like on demand, but an environment begins as a copy of an initialised one (SnapStart).
    SnapStart,
    /// Several invocations at a time (Lambda Managed Instances).
    ManagedInstances {
        /// The greatest number of invocations in flight.
        max_concurrency: u32,
    },
}

impl Mode {
    /// Whether several invocations may be in flight.
    pub fn is_concurrent(self) -> bool {
        match self {
            Self::OnDemand | Self::SnapStart => false,
            Self::ManagedInstances { .. } => true,
        }
    }

    /// `AWS_LAMBDA_INITIALIZATION_TYPE`
    pub fn initialization_type(self) -> &'static str {
        match self {
            Self::OnDemand => "on-demand",
            Self::SnapStart => "snap-start",
            Self::ManagedInstances { .. } => "lambda-managed-instances",
        }
    }
}
