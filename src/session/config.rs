//! The configuration file: the options of a run under the same names. An option wins over the file.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::files::text_of;
use super::{CliError, Color, MissingBaseline, RunOptions};
use crate::publish::{Destination, Place};
use crate::runtime::EngineName;

/// The usual name of the file.
const USUAL: &str = "ricspec.toml";

/// A variable that names the file, for a harness without our command line.
const VARIABLE: &str = "RICSPEC_CONFIG";

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct File {
    reference: bool,
    reference_extension: bool,
    extension: Vec<PathBuf>,
    mutant: Option<String>,
    image: Option<String>,
    engine: Option<EngineName>,
    fixture: Option<String>,
    entrypoint: Option<String>,
    workdir: Option<String>,
    platform: Option<String>,
    user: Option<String>,
    memory: Option<u32>,
    writable: bool,
    no_extensions: bool,
    network: Option<String>,
    command: Vec<String>,
    no_fixture: bool,
    event: Vec<PathBuf>,
    handler: Option<String>,
    env: Variables,
    task_root: Option<PathBuf>,
    startup_timeout: Option<f64>,
    profile: Vec<String>,
    filter: Vec<String>,
    skip: Vec<String>,
    last_failed: bool,
    failed_first: bool,
    shard: Option<String>,
    cases: Vec<PathBuf>,
    jobs: Option<usize>,
    repeat: Option<u32>,
    seed: Option<u64>,
    time_scale: Option<f64>,
    fail_fast: bool,
    max_fail: Option<usize>,
    retries: Option<u32>,
    port: Option<u16>,
    baseline: Option<PathBuf>,
    set: Option<String>,
    strict: bool,
    report: Vec<Destination>,
    transcripts: Option<PathBuf>,
    color: Option<Color>,
    all: bool,
    quiet: bool,
    verbose: bool,
    show_env: bool,
    /// For `ricspec matrix`, which reads them itself; a run ignores them.
    #[serde(rename = "target")]
    _target: Vec<toml::Table>,
}

/// Variables as a table, `{ NAME = "VALUE" }`, or as a list like the option, `["NAME=VALUE"]`.
#[derive(Debug, Default)]
struct Variables(Vec<String>);

impl<'de> Deserialize<'de> for Variables {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(VariablesVisitor)
    }
}

struct VariablesVisitor;

impl<'de> Visitor<'de> for VariablesVisitor {
    type Value = Variables;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table { NAME = \"VALUE\" } or a list [\"NAME=VALUE\"]")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Variables, A::Error> {
        let mut texts = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, String>()? {
            texts.push(format!("{name}={value}"));
        }
        Ok(Variables(texts))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Variables, A::Error> {
        let mut texts = Vec::new();
        while let Some(text) = list.next_element()? {
            texts.push(text);
        }
        Ok(Variables(texts))
    }
}

/// Takes from the file, if there is one, what the command line does not say.
pub(crate) fn fill_from_config(options: &mut RunOptions) -> Result<(), CliError> {
    let path = match config_file(options) {
        Some(path) => path,
        None => {
            let found = Path::new(USUAL).symlink_metadata();
            if found.is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
                return Ok(());
            }
            PathBuf::from(USUAL)
        }
    };
    let text = text_of(&path)?;
    let file: File = toml::from_str(&text).map_err(|error| {
        let line = error
            .span()
            .map_or(1, |span| 1 + text[..span.start].matches('\n').count());
        let what = error.message().replace('\n', " ");
        CliError::bad_input(format!("{}:{line}: {what}", path.display()))
    })?;
    fill(options, file, path.parent().unwrap_or(Path::new("")));
    Ok(())
}

/// The file that an option or a variable names.
pub(crate) fn config_file(options: &RunOptions) -> Option<PathBuf> {
    let variable = || std::env::var_os(VARIABLE).map(PathBuf::from);
    options.config.clone().or_else(variable)
}

/// How often cases are played again, and after how many failures the run ends.
fn fill_again(options: &mut RunOptions, file: &File) {
    options.last_failed |= file.last_failed;
    options.failed_first |= file.failed_first;
    options.max_fail = options.max_fail.or(file.max_fail);
    options.retries = options.retries.or(file.retries);
}

/// The target: the command line names a whole one, or none.
fn fill_target(options: &mut RunOptions, file: &mut File, folder: &Path) {
    let has_runtime = options.reference || options.image.is_some() || !options.command.is_empty();
    if options.reference_extension {
        return;
    }
    if !has_runtime {
        options.reference = file.reference;
        let is_only = options.extension.is_empty();
        options.reference_extension = file.reference_extension && is_only;
        options.mutant = options.mutant.take().or(file.mutant.take());
        options.image = file.image.take();
        options.command = std::mem::take(&mut file.command);
    }
    if options.extension.is_empty() {
        let extensions = std::mem::take(&mut file.extension).into_iter();
        options.extension = extensions.map(|path| folder.join(path)).collect();
    }
}

fn fill(options: &mut RunOptions, mut file: File, folder: &Path) {
    fill_again(options, &file);
    fill_target(options, &mut file, folder);
    let container = &mut options.container;
    container.engine = container.engine.or(file.engine);
    container.fixture = container.fixture.take().or(file.fixture);
    container.entrypoint = container.entrypoint.take().or(file.entrypoint);
    container.workdir = container.workdir.take().or(file.workdir);
    container.platform = container.platform.take().or(file.platform);
    container.user = container.user.take().or(file.user);
    container.memory = container.memory.or(file.memory);
    container.writable |= file.writable;
    container.no_extensions |= file.no_extensions;
    container.network = container.network.take().or(file.network);
    let beside = |path: PathBuf| folder.join(path);
    let or = |given: &mut Vec<String>, other: Vec<String>| {
        if given.is_empty() {
            *given = other;
        }
    };
    or(&mut options.profile, file.profile);
    or(&mut options.filter, file.filter);
    or(&mut options.skip, file.skip);
    // Later ones win, so those of the file come first.
    let given = std::mem::take(&mut options.env);
    options.env = file.env.0.into_iter().chain(given).collect();
    if options.cases.is_empty() {
        options.cases = file.cases.into_iter().map(beside).collect();
    }
    options.no_fixture |= file.no_fixture;
    if options.event.is_empty() {
        options.event = file.event.into_iter().map(beside).collect();
    }
    options.handler = options.handler.take().or(file.handler);
    options.task_root = options.task_root.take().or(file.task_root.map(beside));
    if options.baseline.is_none() {
        options.missing_baseline = MissingBaseline::IsEmpty;
        options.baseline = file.baseline.map(beside);
    }
    options.set = options.set.take().or(file.set);
    options.shard = options.shard.take().or(file.shard);
    options.port = options.port.or(file.port);
    options.startup_timeout = options.startup_timeout.or(file.startup_timeout);
    options.jobs = options.jobs.or(file.jobs);
    options.repeat = options.repeat.or(file.repeat);
    options.seed = options.seed.or(file.seed);
    options.time_scale = options.time_scale.or(file.time_scale);
    options.fail_fast |= file.fail_fast;
    options.strict |= file.strict;
    options.show_env |= file.show_env;
    options.all |= file.all;
    if options.report.is_empty() {
        options.report = file
            .report
            .into_iter()
            .map(|report| lying_in(folder, report))
            .collect();
    }
    options.transcripts = options.transcripts.take().or(file.transcripts.map(beside));
    options.color = options.color.or(file.color);
    // One of these excludes the other.
    if !options.quiet && !options.verbose {
        (options.quiet, options.verbose) = (file.quiet, file.verbose);
    }
}

fn lying_in(folder: &Path, report: Destination) -> Destination {
    let place = match report.place {
        Place::File(path) => Place::File(folder.join(path)),
        Place::Stdout => Place::Stdout,
    };
    Destination { place, ..report }
}

#[cfg(test)]
mod tests {
    use clap::Args;

    use super::*;

    #[test]
    fn an_option_wins_over_the_file() {
        let file: File = toml::from_str(
            r#"
            command = ["./bootstrap"]
            handler = "from.file"
            task-root = "function"
            jobs = 2
            env = { A = "1", B = "2" }
            "#,
        )
        .expect("a configuration");
        let mut options = RunOptions {
            handler: Some("from.option".to_owned()),
            env: vec!["A=3".to_owned()],
            ..RunOptions::default()
        };
        fill(&mut options, file, Path::new("there"));
        assert_eq!(options.handler.as_deref(), Some("from.option"));
        assert_eq!(options.command, ["./bootstrap"]);
        assert_eq!(options.task_root, Some(PathBuf::from("there/function")));
        assert_eq!(options.jobs, Some(2));
        assert_eq!(options.env, ["A=1", "B=2", "A=3"]);
    }

    #[test]
    fn every_option_of_a_run_may_stand_in_the_file() {
        let run = RunOptions::augment_args(clap::Command::new("run"));
        let of_the_command_line = ["command", "config", "help"];
        for option in run.get_arguments() {
            let name = option.get_id().as_str().replace('_', "-");
            if of_the_command_line.contains(&name.as_str()) {
                continue;
            }
            // The wrong type for every option: the message for a known name differs from that for an unknown one.
            let error = toml::from_str::<File>(&format!("{name} = [[1]]")).expect_err(&name);
            let message = error.message();
            assert!(!message.contains("unknown field"), "{name}: {message}");
        }
    }

    #[test]
    fn outputs_of_the_file_lie_beside_it() {
        let file: File = toml::from_str(
            r#"
            report = ["json=out/r.json", "markdown=-"]
            transcripts = "t"
            baseline = "known.toml"
            color = "never"
            quiet = true
            shard = "1/2"
            port = 8080
            env = ["A=1"]
            "#,
        )
        .expect("a configuration");
        let mut options = RunOptions::default();
        fill(&mut options, file, Path::new("there"));
        let reports: Vec<String> = options.report.iter().map(ToString::to_string).collect();
        assert_eq!(reports, ["json=there/out/r.json", "markdown=-"]);
        assert_eq!(options.transcripts, Some(PathBuf::from("there/t")));
        assert_eq!(options.baseline, Some(PathBuf::from("there/known.toml")));
        assert_eq!(options.missing_baseline, MissingBaseline::IsEmpty);
        assert_eq!((options.color, options.quiet), (Some(Color::Never), true));
        assert_eq!(options.shard.as_deref(), Some("1/2"));
        assert_eq!(options.port, Some(8080));
        assert_eq!(options.env, ["A=1"]);
    }

    #[test]
    fn unknown_names_are_refused() {
        assert!(toml::from_str::<File>("comand = []").is_err());
    }
}
