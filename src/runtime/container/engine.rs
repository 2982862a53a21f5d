//! The command line of a container engine: found, and called one command at a time.
//!
//! Only options that docker and podman share are used, except where a `match` names the engine.

use std::io;
use std::process::Stdio;
use std::str::FromStr;
use std::time::Duration;

use serde::Deserialize;
use thiserror::Error;
use tokio::process::Command;

/// How long an engine may take to answer: even on a very busy machine it needs only seconds.
const ANSWER_MAX: Duration = Duration::from_secs(120);

/// How long it may take to pull an image, which may be large and far away.
const PULL_MAX: Duration = Duration::from_secs(3600);

/// The family of an engine.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum EngineName {
    /// docker, and programs with its command line.
    Docker,
    /// podman.
    Podman,
}

impl EngineName {
    /// In the order of the search.
    pub const ALL: [Self; 2] = [Self::Docker, Self::Podman];

    /// The program.
    pub const fn program(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Podman => "podman",
        }
    }
}

impl FromStr for EngineName {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut all = Self::ALL.into_iter();
        all.find(|name| name.program() == text).ok_or(())
    }
}

/// An engine that works.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Engine {
    /// The program to call.
    pub program: &'static str,
    /// Its family: a `docker` may really be podman.
    pub name: EngineName,
}

/// An engine that fails.
#[derive(Debug, Error)]
pub enum EngineError {
    /// There is none.
    #[error("no container engine works here: {}; install podman or docker, or start its service", .tried.join("; "))]
    None {
        /// What was tried, and the result.
        tried: Vec<String>,
    },
    /// This build has no containers.
    #[error("this build of ricspec cannot check images; build it with the feature `containers`")]
    NotBuilt,
    /// It cannot be started.
    #[error("cannot start `{program}`")]
    Spawn {
        /// The program.
        program: &'static str,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It refuses.
    #[error("`{program} {verb}` failed: {said}")]
    Refused {
        /// The program.
        program: &'static str,
        /// The command.
        verb: String,
        /// Its message.
        said: String,
    },
    /// It does not answer.
    #[error("`{program} {verb}` gave no answer within {seconds} s")]
    Silent {
        /// The program.
        program: &'static str,
        /// The command.
        verb: String,
        /// How long we waited.
        seconds: u64,
    },
    /// Its answer cannot be read.
    #[error("cannot read what `{program} {verb}` printed: {said}")]
    Unreadable {
        /// The program.
        program: &'static str,
        /// The command.
        verb: String,
        /// Its answer.
        said: String,
    },
    /// The image is not here, and may not be pulled.
    #[error("{program} has no image `{image}`, and may not pull it")]
    NoImage {
        /// The program.
        program: &'static str,
        /// The given name.
        image: String,
    },
    /// It cannot freeze a container, as a rootless engine without its own cgroups.
    #[error("the container engine cannot freeze a container: {said}")]
    CannotFreeze {
        /// Its message.
        said: String,
    },
    /// The fixture for the containers cannot be written.
    #[error("cannot write the fixture for the containers")]
    Overlay(#[source] io::Error),
    /// The layer of an extension cannot be laid over the image.
    #[error("cannot lay an extension and its layer over the image")]
    Layer(#[source] io::Error),
    /// The program that holds a network cannot be written.
    #[error("cannot write the program that holds the network of an environment")]
    Holder(#[source] io::Error),
    /// The container did not start.
    #[error("the container was not started: {said}")]
    NotStarted {
        /// The engine's message.
        said: String,
    },
    /// Rootless docker shows this machine's loopback to its containers only if it is told to.
    #[error(
        "this docker is rootless and hides the loopback of this machine from its containers: start it with \
         DOCKERD_ROOTLESS_ROOTLESSKIT_DISABLE_HOST_LOOPBACK=false"
    )]
    ClosedLoopback,
    /// The service cannot be reached from its containers.
    #[error(
        "{what}; choose one with --network: `host`, `bridge` or the name of a network that reaches this machine"
    )]
    NoWay {
        /// Why.
        what: String,
    },
}

impl Engine {
    /// The named engine, or the first that works.
    ///
    /// # Errors
    /// No engine works.
    pub async fn find(wanted: Option<EngineName>) -> Result<Self, EngineError> {
        if cfg!(not(feature = "containers")) {
            return Err(EngineError::NotBuilt);
        }
        let mut tried = Vec::new();
        for name in EngineName::ALL {
            if wanted.is_some_and(|wanted| wanted != name) {
                continue;
            }
            match Self::try_out(name).await {
                Ok(engine) => return Ok(engine),
                Err(EngineError::Spawn { program, source })
                    if source.kind() == io::ErrorKind::NotFound =>
                {
                    tried.push(format!("there is no `{program}`"));
                }
                Err(error) => tried.push(error.to_string()),
            }
        }
        Err(EngineError::None { tried })
    }

    /// A client without its service still answers `version`, but cannot list containers.
    async fn try_out(name: EngineName) -> Result<Self, EngineError> {
        let mut engine = Self {
            program: name.program(),
            name,
        };
        let version = engine.ask(&["--version"]).await?;
        if version.contains("podman") {
            engine.name = EngineName::Podman;
        }
        engine.ask(&["ps", "--quiet"]).await?;
        Ok(engine)
    }

    /// A command of the engine, without input; a terminal's Ctrl-C does not reach it, because ricspec handles that.
    pub(super) fn command<S: AsRef<str>>(&self, arguments: &[S]) -> Command {
        let mut command = Command::new(self.program);
        command
            .args(arguments.iter().map(AsRef::as_ref))
            .process_group(0)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// Runs a command, and gives its output without the last line end.
    pub(super) async fn ask<S: AsRef<str>>(&self, arguments: &[S]) -> Result<String, EngineError> {
        let limit = match arguments.first().map(AsRef::as_ref) {
            Some("pull") => PULL_MAX,
            Some(_) | None => ANSWER_MAX,
        };
        self.ask_within(limit, arguments, &[]).await
    }

    /// Like [`Self::ask`]; the client gets these variables in its own environment, where no other user can read them.
    pub(super) async fn ask_with<S: AsRef<str>>(
        &self,
        arguments: &[S],
        env: &[(String, String)],
    ) -> Result<String, EngineError> {
        self.ask_within(ANSWER_MAX, arguments, env).await
    }

    async fn ask_within<S: AsRef<str>>(
        &self,
        limit: Duration,
        arguments: &[S],
        env: &[(String, String)],
    ) -> Result<String, EngineError> {
        let mut command = self.command(arguments);
        command.envs(env.iter().map(|(name, value)| (name, value)));
        // A client that nobody waits for is killed when it is dropped.
        let output = tokio::time::timeout(limit, command.output()).await;
        let output = output.map_err(|_| EngineError::Silent {
            program: self.program,
            verb: verb(arguments),
            seconds: limit.as_secs(),
        })?;
        let output = output.map_err(|source| EngineError::Spawn {
            program: self.program,
            source,
        })?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout)
                .trim_end()
                .to_owned());
        }
        Err(EngineError::Refused {
            program: self.program,
            verb: verb(arguments),
            said: last_line(&output.stderr),
        })
    }

    pub(super) fn unreadable<S: AsRef<str>>(&self, arguments: &[S], said: &str) -> EngineError {
        EngineError::Unreadable {
            program: self.program,
            verb: verb(arguments),
            said: said.to_owned(),
        }
    }
}

/// The first words of a command: enough to recognise it.
fn verb<S: AsRef<str>>(arguments: &[S]) -> String {
    let words = arguments.iter().map(AsRef::as_ref);
    let verb: Vec<&str> = words
        .take_while(|word| !word.starts_with("--l"))
        .take(2)
        .collect();
    verb.join(" ")
}

/// The lines before an engine's last line are warnings.
pub(super) fn last_line(said: &[u8]) -> String {
    let text = String::from_utf8_lossy(said);
    let line = text.lines().rfind(|line| !line.trim().is_empty());
    line.unwrap_or("it said nothing").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_engine_that_does_not_answer_is_not_waited_for() {
        let engine = Engine {
            program: "sleep",
            name: EngineName::Docker,
        };
        let limit = Duration::from_millis(10);
        let asked = engine.ask_within(limit, &["600"], &[]).await;
        assert!(
            matches!(asked, Err(EngineError::Silent { .. })),
            "{asked:?}"
        );
    }
}
