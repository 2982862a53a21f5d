//! The shell command that plays one case again.

use std::path::PathBuf;

use super::variables::names;
use super::{ContainerOptions, RunOptions, Settings, config_file};

impl Settings {
    /// A shell command that plays one case again, or the whole run, with the same verdict, in the folder of this run. It leaves
    /// out what a configuration file says; of variables it has only the names, since values may be secrets.
    pub fn reproduce(&self, options: &RunOptions, id: Option<&str>) -> String {
        let mut words = Words(vec!["ricspec".to_owned(), "run".to_owned()]);
        match id {
            Some(id) => words.option("--filter", Some(id)),
            None => {
                words.options("--filter", &options.filter);
                words.options("--skip", &options.skip);
                words.option("--shard", options.shard.as_ref());
            }
        }
        words.options("--profile", &options.profile);
        words.path("--config", config_file(options).as_ref());
        words.option("--handler", options.handler.as_ref());
        words.path("--task-root", options.task_root.as_ref());
        words.options("--env", names(&options.env));
        words.option("--startup-timeout", options.startup_timeout);
        words.paths("--cases", &options.cases);
        words.paths("--event", &options.event);
        words.flag("--no-fixture", options.no_fixture);
        words.option("--repeat", options.repeat);
        words.option("--retries", options.retries);
        words.option("--seed", options.seed);
        words.option("--time-scale", options.time_scale);
        words.option("--port", options.port);
        words.path("--baseline", options.baseline.as_ref());
        words.option("--set", options.set.as_ref());
        words.flag("--strict", options.strict);
        words.flag("--reference", options.reference);
        words.flag("--reference-extension", options.reference_extension);
        words.paths("--extension", &options.extension);
        words.option("--mutant", options.mutant.as_ref());
        words.option("--image", options.image.as_ref());
        words.container(&options.container);
        if !options.command.is_empty() {
            words.0.push("--".to_owned());
            words.0.extend(options.command.iter().cloned());
        }
        let Words(words) = words;
        shlex::try_join(words.iter().map(String::as_str)).unwrap_or_else(|_| words.join(" "))
    }
}

/// The words of a command.
struct Words(Vec<String>);

impl Words {
    fn flag(&mut self, name: &str, given: bool) {
        self.0.extend(given.then(|| name.to_owned()));
    }

    fn option(&mut self, name: &str, value: Option<impl ToString>) {
        self.options(name, value.map(|value| value.to_string()));
    }

    fn options(&mut self, name: &str, values: impl IntoIterator<Item = impl ToString>) {
        for value in values {
            match value.to_string() {
                // Otherwise it is taken for an option.
                value if value.starts_with('-') => self.0.push(format!("{name}={value}")),
                value => self.0.extend([name.to_owned(), value]),
            }
        }
    }

    fn path(&mut self, name: &str, path: Option<&PathBuf>) {
        self.paths(name, path);
    }

    fn paths<'a>(&mut self, name: &str, paths: impl IntoIterator<Item = &'a PathBuf>) {
        self.options(name, paths.into_iter().map(|path| path.display()));
    }

    fn container(&mut self, options: &ContainerOptions) {
        self.option("--engine", options.engine.map(|engine| engine.program()));
        self.option("--fixture", options.fixture.as_ref());
        self.option("--entrypoint", options.entrypoint.as_ref());
        self.option("--workdir", options.workdir.as_ref());
        self.option("--platform", options.platform.as_ref());
        self.option("--user", options.user.as_ref());
        self.option("--memory", options.memory);
        self.option("--network", options.network.as_ref());
        self.flag("--writable", options.writable);
        self.flag("--no-extensions", options.no_extensions);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_not_taken_for_an_option() {
        let mut words = Words(Vec::new());
        words.options("--handler", ["-x", "y z"]);
        assert_eq!(words.0, ["--handler=-x", "--handler", "y z"]);
    }
}
