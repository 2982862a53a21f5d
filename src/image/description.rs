//! What an image says about itself.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The parts of an image's description that matter here, the same for both engines.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "PascalCase", default)]
pub struct Description {
    /// The digest of its content.
    pub id: String,
    /// `amd64`, `arm64`.
    pub architecture: String,
    /// `linux`.
    pub os: String,
    /// The size of all layers, in bytes.
    pub size: u64,
    /// How a container of it is started.
    pub config: ImageConfig,
}

/// How a container of an image is started.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "PascalCase", default)]
pub struct ImageConfig {
    /// Program and first arguments.
    pub entrypoint: Option<Vec<String>>,
    /// More arguments; without an entry point, the program.
    pub cmd: Option<Vec<String>>,
    /// `NAME=VALUE`
    pub env: Option<Vec<String>>,
    /// The working directory; empty means the root.
    pub working_dir: String,
    /// Labels.
    pub labels: Option<BTreeMap<String, String>>,
}

impl Description {
    /// The value of a variable that the image sets.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
    }

    /// The variables that the image sets.
    pub fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.config.env.iter().flatten();
        pairs.filter_map(|pair| pair.split_once('='))
    }

    /// The arguments that the image gives to its entry point; without an entry point, its whole command.
    pub fn arguments(&self) -> &[String] {
        self.config.cmd.as_deref().unwrap_or_default()
    }
}
