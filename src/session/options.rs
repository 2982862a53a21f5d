//! The options of a run, the same on the command line and in `ricspec.toml`.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use serde::Deserialize;

use crate::console::Stream;
use crate::publish::Destination;
use crate::report::{Format, Look, Style};
use crate::runtime::{EngineName, Pull};

/// What to check, with what, and how.
#[derive(Args, Clone, Debug, Default)]
pub struct RunOptions {
    /// Check the embedded reference runtime.
    #[arg(long, conflicts_with = "command", help_heading = "Target")]
    pub reference: bool,
    /// Check the embedded reference extension.
    #[arg(long, conflicts_with_all = ["command", "reference", "image", "extension"], help_heading = "Target")]
    pub reference_extension: bool,
    /// Check this mutant or variant of the reference runtime or extension; see `ricspec list --mutants`.
    #[arg(long, value_name = "NAME", help_heading = "Target")]
    pub mutant: Option<String>,
    /// Check this extension, beside the reference runtime; with a runtime, start it beside that and do not judge it (repeatable).
    #[arg(long, value_name = "PATH", help_heading = "Target")]
    pub extension: Vec<PathBuf>,
    /// Check a runtime that you start yourself, again for each case, as under a debugger or in a virtual machine: ricspec waits for it at --port [default: 9001], and no time limit ends a case.
    #[arg(long, conflicts_with_all = ["command", "reference", "reference_extension", "image", "extension"], help_heading = "Target")]
    pub attach: bool,
    /// Check a container image, with docker or podman; the words after `--` are arguments of its entry point.
    #[arg(
        long,
        value_name = "IMAGE",
        conflicts_with = "reference",
        help_heading = "Target"
    )]
    pub image: Option<String>,
    /// The handler's name, as in _HANDLER [default: an image's last argument, else fixture.handler].
    #[arg(long, value_name = "NAME", help_heading = "Target")]
    pub handler: Option<String>,
    /// Set a variable for the runtime; without `=VALUE`, pass on yours (repeatable).
    #[arg(long, value_name = "NAME[=VALUE]", help_heading = "Target")]
    pub env: Vec<String>,
    /// The folder of the function: working directory and LAMBDA_TASK_ROOT [default: ., for an image /var/task].
    #[arg(long, value_name = "DIR", help_heading = "Target")]
    pub task_root: Option<PathBuf>,
    /// How long the runtime may take until its first call [default: 30].
    #[arg(long, value_name = "SECONDS", help_heading = "Target")]
    pub startup_timeout: Option<f64>,
    /// The function is not a fixture: play only cases that work with any function [default for an image without a fixture].
    #[arg(long, help_heading = "Target", conflicts_with = "fixture")]
    pub no_fixture: bool,
    /// An event, as a JSON file, for a function that is not a fixture (repeatable) [default: {}].
    #[arg(
        long,
        value_name = "FILE",
        help_heading = "Target",
        conflicts_with = "fixture"
    )]
    pub event: Vec<PathBuf>,
    /// How the containers of an image are made.
    #[command(flatten)]
    pub container: ContainerOptions,

    /// Only cases of this profile (repeatable): core, streaming, snapstart, quick (these without slow cases), slow, image,
    /// extensions (the runtime beside some), preview (new modes) [default: core, streaming and snapstart].
    #[arg(long, value_name = "NAME", help_heading = "Selection")]
    pub profile: Vec<String>,
    /// Only these cases: an area, an id, a requirement or a glob (repeatable).
    #[arg(long, value_name = "GLOB", help_heading = "Selection")]
    pub filter: Vec<String>,
    /// Not these cases (repeatable).
    #[arg(long, value_name = "GLOB", help_heading = "Selection")]
    pub skip: Vec<String>,
    /// Play only what failed in the last run of this target.
    #[arg(long, help_heading = "Selection", conflicts_with = "failed_first")]
    pub last_failed: bool,
    /// Play first what failed in the last run of this target.
    #[arg(long, help_heading = "Selection")]
    pub failed_first: bool,
    /// Only part I of N, to spread a run over machines; auto: as variables of Bazel, Kubernetes or GitLab say.
    #[arg(long, value_name = "I/N", help_heading = "Selection")]
    pub shard: Option<String>,
    /// A folder with more cases, in addition to the built-in ones (repeatable).
    #[arg(long, value_name = "DIR", help_heading = "Selection")]
    pub cases: Vec<PathBuf>,

    /// How many cases are played at a time; with --extension and N above 1, each has a network of its own, with loopback only [default: four for each processor, and up to six more that mostly wait; one with --extension].
    #[arg(long, short, value_name = "N", help_heading = "Run")]
    pub jobs: Option<usize>,
    /// Play each case N times; the worst result counts [default: 1].
    #[arg(long, value_name = "N", help_heading = "Run")]
    pub repeat: Option<u32>,
    /// The seed of the request ids; the same seed gives the same ids [default: 1].
    #[arg(long, value_name = "N", help_heading = "Run")]
    pub seed: Option<u64>,
    /// Multiply every deadline by this factor, for slow machines [default: 1].
    #[arg(long, value_name = "FACTOR", help_heading = "Run")]
    pub time_scale: Option<f64>,
    /// Start no new case after one that fails the run.
    #[arg(long, help_heading = "Run")]
    pub fail_fast: bool,
    /// Start no new case after N that fail the run.
    #[arg(
        long,
        value_name = "N",
        help_heading = "Run",
        conflicts_with = "fail_fast"
    )]
    pub max_fail: Option<usize>,
    /// Play a case that does not pass up to N times more; if it then passes, it is flaky.
    #[arg(
        long,
        value_name = "N",
        help_heading = "Run",
        conflicts_with = "repeat"
    )]
    pub retries: Option<u32>,
    /// Listen on this port, one case at a time [default: a fresh port for each case].
    #[arg(long, value_name = "PORT", help_heading = "Run")]
    pub port: Option<u16>,

    /// A file of known failures, which do not fail the run.
    #[arg(long, value_name = "FILE", help_heading = "Verdict")]
    pub baseline: Option<PathBuf>,
    /// What to do if this file does not exist.
    #[arg(skip)]
    pub missing_baseline: MissingBaseline,
    /// Measure by this set of requirements only, as it was published; or by a file (.json) of your own [default: all
    /// requirements that there are].
    #[arg(long, value_name = "NAME", help_heading = "Verdict")]
    pub set: Option<String>,
    /// A broken SHOULD, a flaky case and an inconclusive one also fail the run.
    #[arg(long, help_heading = "Verdict")]
    pub strict: bool,

    /// A file that is checked by this, such as a package: reports and attestations name it with its digest (repeatable).
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub artifact: Vec<PathBuf>,
    /// Report files.
    #[arg(long, value_name = "FORMAT=PATH", help = report_help(), help_heading = "Output")]
    pub report: Vec<Destination>,
    /// Write the transcript of every case into this folder.
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    pub transcripts: Option<PathBuf>,
    /// Do not mask the values (eight bytes or more) of --env in reports and transcripts.
    #[arg(long, help_heading = "Output")]
    pub show_env: bool,
    /// Colour the output [default: auto].
    #[arg(long, value_enum, value_name = "WHEN", help_heading = "Output")]
    pub color: Option<Color>,
    /// Print in full every case that is not as expected [default: each broken requirement once, with its cases].
    #[arg(long, help_heading = "Output")]
    pub all: bool,
    /// Print only failures and the summary.
    #[arg(long, short, help_heading = "Output", conflicts_with = "verbose")]
    pub quiet: bool,
    /// Also print the slowest cases and those that passed close to a limit.
    #[arg(long, short, help_heading = "Output")]
    pub verbose: bool,

    /// The configuration file [default: ricspec.toml, if it exists].
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The command that starts the runtime, with its arguments; for an image the arguments only.
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<String>,
}

/// What to do if the file of known failures does not exist.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum MissingBaseline {
    /// On the command line: the path is wrong.
    #[default]
    IsAnError,
    /// In a configuration: no failure is known yet.
    IsEmpty,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// The look of texts for this stream.
    pub(crate) fn look(self, stream: Stream) -> Look {
        let columns = stream.terminal();
        let style = self.style(columns.is_some());
        Look {
            style,
            columns: columns.unwrap_or(usize::MAX),
        }
    }

    /// Whether to colour text for a terminal, or for something else.
    pub(crate) fn style(self, terminal: bool) -> Style {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        match self {
            Self::Always => Style::Colour,
            Self::Auto if terminal && !plain => Style::Colour,
            Self::Auto | Self::Never => Style::Plain,
        }
    }
}

/// How the containers of an image are made.
#[derive(Args, Clone, Debug, Default, PartialEq)]
pub struct ContainerOptions {
    /// The container engine [default: the first that works].
    #[arg(long, value_parser = engines(), value_name = "NAME", help_heading = "Image")]
    pub engine: Option<EngineName>,
    /// Put the fixture of this language into the task root of each container, over the files there.
    #[arg(long, value_name = "LANGUAGE", help_heading = "Image")]
    pub fixture: Option<String>,
    /// Another entry point, with its first arguments, split as a shell does.
    #[arg(long, value_name = "WORDS", help_heading = "Image")]
    pub entrypoint: Option<String>,
    /// Another working directory.
    #[arg(long, value_name = "DIR", help_heading = "Image")]
    pub workdir: Option<String>,
    /// The platform of the image, such as linux/arm64 [default: this machine's].
    #[arg(long, value_name = "OS/ARCH", help_heading = "Image")]
    pub platform: Option<String>,
    /// The user that runs it, not root, as in Lambda [default: 993:990].
    #[arg(long, value_name = "UID[:GID]", help_heading = "Image")]
    pub user: Option<String>,
    /// The memory limit in MB [default: 512].
    #[arg(long, value_name = "MB", help_heading = "Image")]
    pub memory: Option<u32>,
    /// Let it write to its whole root file system, not only to /tmp.
    #[arg(long, help_heading = "Image")]
    pub writable: bool,
    /// Do not start the extensions in /opt/extensions of the image.
    #[arg(long, help_heading = "Image")]
    pub no_extensions: bool,
    /// How it reaches ricspec: auto (reaches nothing else, if possible), host, bridge, or a network by name [default: auto].
    #[arg(long, value_name = "NETWORK", help_heading = "Image")]
    pub network: Option<String>,
    /// What to do if the image is not here.
    #[arg(skip)]
    pub pull: Pull,
}

/// A container engine by the name of its program.
fn engines() -> impl TypedValueParser<Value = EngineName> {
    PossibleValuesParser::new(EngineName::ALL.map(EngineName::program))
        .map(|name| name.parse().expect("only these are possible"))
}

/// The help of `--report`, which names every format.
pub(crate) fn report_help() -> String {
    let formats = Format::names("=PATH");
    format!("Write a report: {formats}; `-` is standard output (repeatable)")
}
