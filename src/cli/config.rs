//! The configuration file: the options of a run under the same names. An option wins over the file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::files::text_of;
use super::{RunOptions, Stop};
use crate::target::EngineName;

/// The usual name of the file.
const USUAL: &str = "ricspec.toml";

/// Names the file, for a harness that has no command line of ours.
const VARIABLE: &str = "RICSPEC_CONFIG";

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct File {
    reference: bool,
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
    network: Option<String>,
    command: Vec<String>,
    no_fixture: bool,
    event: Vec<PathBuf>,
    handler: Option<String>,
    env: BTreeMap<String, String>,
    task_root: Option<PathBuf>,
    startup_timeout: Option<f64>,
    profile: Vec<String>,
    filter: Vec<String>,
    skip: Vec<String>,
    cases: Vec<PathBuf>,
    jobs: Option<usize>,
    repeat: Option<u32>,
    seed: Option<u64>,
    time_scale: Option<f64>,
    fail_fast: bool,
    max_fail: Option<usize>,
    retries: Option<u32>,
    baseline: Option<PathBuf>,
    strict: bool,
    show_env: bool,
    /// For `ricspec matrix`, which reads them itself; a run passes over them.
    #[serde(rename = "target")]
    _target: Vec<toml::Table>,
}

/// Fills what the command line leaves open from the file, if there is one.
pub(super) fn complete(options: &mut RunOptions) -> Result<(), Stop> {
    let path = match named(options) {
        Some(path) => path,
        None if Path::new(USUAL).is_file() => PathBuf::from(USUAL),
        None => return Ok(()),
    };
    let text = text_of(&path)?;
    let file: File = toml::from_str(&text).map_err(|error| {
        let line = error
            .span()
            .map_or(1, |span| 1 + text[..span.start].matches('\n').count());
        let what = error.message().replace('\n', " ");
        Stop::bad_input(format!("{}:{line}: {what}", path.display()))
    })?;
    fill(options, file, path.parent().unwrap_or(Path::new("")));
    Ok(())
}

/// The file that was named, by an option or by a variable.
pub(super) fn named(options: &RunOptions) -> Option<PathBuf> {
    let variable = || std::env::var_os(VARIABLE).map(PathBuf::from);
    options.config.clone().or_else(variable)
}

fn fill(options: &mut RunOptions, file: File, folder: &Path) {
    let no_target = !options.reference && options.image.is_none() && options.command.is_empty();
    if no_target {
        options.reference = file.reference;
        options.mutant = options.mutant.take().or(file.mutant);
        options.image = file.image;
        options.command = file.command;
    }
    let container = &mut options.container;
    container.engine = container.engine.or(file.engine);
    container.fixture = container.fixture.take().or(file.fixture);
    container.entrypoint = container.entrypoint.take().or(file.entrypoint);
    container.workdir = container.workdir.take().or(file.workdir);
    container.platform = container.platform.take().or(file.platform);
    container.user = container.user.take().or(file.user);
    container.memory = container.memory.or(file.memory);
    container.writable |= file.writable;
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
    // Later ones win, so the file's come first.
    let given = std::mem::take(&mut options.env);
    options.env = file
        .env
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .chain(given)
        .collect();
    if options.cases.is_empty() {
        options.cases = file.cases.into_iter().map(beside).collect();
    }
    options.no_fixture |= file.no_fixture;
    if options.event.is_empty() {
        options.event = file.event.into_iter().map(beside).collect();
    }
    options.handler = options.handler.take().or(file.handler);
    options.task_root = options.task_root.take().or(file.task_root.map(beside));
    options.baseline = options.baseline.take().or(file.baseline.map(beside));
    options.startup_timeout = options.startup_timeout.or(file.startup_timeout);
    options.jobs = options.jobs.or(file.jobs);
    options.repeat = options.repeat.or(file.repeat);
    options.seed = options.seed.or(file.seed);
    options.time_scale = options.time_scale.or(file.time_scale);
    options.fail_fast |= file.fail_fast;
    options.max_fail = options.max_fail.or(file.max_fail);
    options.retries = options.retries.or(file.retries);
    options.strict |= file.strict;
    options.show_env |= file.show_env;
}

#[cfg(test)]
mod tests {
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
    fn unknown_names_are_refused() {
        assert!(toml::from_str::<File>("comand = []").is_err());
    }
}
