//! The shell command that plays one case again.

use super::options::ContainerOptions;
use super::variables::names;
use super::{RunOptions, Settings, Target};

impl Settings {
    /// A shell command that plays one case again.
    pub fn reproduce(&self, options: &RunOptions, id: &str) -> String {
        let mut words: Vec<String> = vec!["ricspec".to_owned(), "run".to_owned()];
        let mut option = |name: &str, value: Option<String>| {
            words.extend(value.into_iter().flat_map(|value| [name.to_owned(), value]));
        };
        option("--filter", Some(id.to_owned()));
        option("--handler", options.handler.clone());
        option(
            "--task-root",
            options
                .task_root
                .as_ref()
                .map(|path| path.display().to_string()),
        );
        for name in names(&options.env) {
            option("--env", Some(name.to_owned()));
        }
        for folder in &options.cases {
            option("--cases", Some(folder.display().to_string()));
        }
        for path in &options.event {
            option("--event", Some(path.display().to_string()));
        }
        if options.no_fixture {
            words.push("--no-fixture".to_owned());
        }
        match &self.target {
            Target::Reference(mutant) => {
                words.push("--reference".to_owned());
                words.extend(
                    mutant
                        .iter()
                        .flat_map(|mutant| ["--mutant".to_owned(), mutant.name.to_owned()]),
                );
            }
            Target::Image(order) => {
                words.extend(["--image".to_owned(), order.image.clone()]);
                words.extend(container_words(&options.container));
                if !options.command.is_empty() {
                    words.push("--".to_owned());
                    words.extend(options.command.iter().cloned());
                }
            }
            Target::Process => {
                words.push("--".to_owned());
                words.extend(options.command.iter().cloned());
            }
        }
        shlex::try_join(words.iter().map(String::as_str)).unwrap_or_else(|_| words.join(" "))
    }
}

fn container_words(options: &ContainerOptions) -> Vec<String> {
    let engine = options.engine.map(|engine| engine.program().to_owned());
    let memory = options.memory.map(|memory| memory.to_string());
    let pairs = [
        ("--engine", engine),
        ("--fixture", options.fixture.clone()),
        ("--entrypoint", options.entrypoint.clone()),
        ("--workdir", options.workdir.clone()),
        ("--platform", options.platform.clone()),
        ("--user", options.user.clone()),
        ("--memory", memory),
        ("--network", options.network.clone()),
    ];
    let mut words: Vec<String> = pairs
        .into_iter()
        .flat_map(|(name, value)| value.map(|value| [name.to_owned(), value]))
        .flatten()
        .collect();
    words.extend(options.writable.then(|| "--writable".to_owned()));
    words
}
