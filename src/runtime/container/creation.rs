//! The arguments that create a container.

use std::path::{Path, PathBuf};

use super::containers::Containers;
use super::engine::EngineName;
use super::overlay::relaxed;
use super::variables;
use crate::runtime::Launch;

/// The size of `/tmp`: the default of a function.
const TMP: &str = "/tmp:rw,exec,size=512m,mode=1777";

impl Containers {
    /// All arguments that create one, with some of its variables in a file.
    pub(super) fn creation(&self, name: &str, launch: &Launch, file: Option<&Path>) -> Vec<String> {
        let mut words: Vec<String> = Vec::new();
        let mut add = |more: &[&str]| words.extend(more.iter().map(|word| (*word).to_owned()));
        let tuning = &self.tuning;
        let memory = format!("{}m", tuning.memory_mb);
        add(&["create", "--name", name, "--label", &self.premises.label()]);
        add(&["--init", "--log-driver", "none", "--pull", "never"]);
        let tmp = match self.engine.name {
            EngineName::Docker => TMP.to_owned(),
            // Older low-level runtimes give it the mode of the image's own folder, so the user must own it.
            EngineName::Podman => format!("{TMP},U"),
        };
        add(&["--user", &tuning.user]);
        if launch.sandbox.is_none() {
            add(&["--tmpfs", &tmp]);
        }
        add(&["--memory", &memory, "--memory-swap", &memory]);
        if self.engine.name == EngineName::Podman {
            add(&["--http-proxy=false", "--read-only-tmpfs=false"]);
        }
        if !tuning.writable {
            add(&["--read-only"]);
        }
        if let Some(workdir) = &tuning.workdir {
            add(&["--workdir", workdir]);
        }
        if let Some(platform) = &tuning.platform {
            add(&["--platform", platform]);
        }
        let (program, arguments) = self.started(launch);
        if let Some(program) = program {
            add(&["--entrypoint", program]);
        }
        for [option, word] in variables::arguments(&launch.env) {
            add(&[&option, &word]);
        }
        if let Some(file) = file {
            add(&["--env-file", &file.display().to_string()]);
        }
        for name in &launch.without {
            add(&self.without(name));
        }
        words.extend(self.overlay.iter().flat_map(|overlay| overlay.words()));
        words.extend(self.laid_words());
        words.extend(network(launch));
        words.push(self.image.clone());
        words.extend(arguments.cloned());
        words
    }

    /// The program that is started, if it is not the image's own, and its arguments.
    fn started<'a>(
        &'a self,
        launch: &'a Launch,
    ) -> (Option<&'a String>, impl Iterator<Item = &'a String>) {
        let (first, then): (&[String], &[String]) = match launch.is_program {
            true => (&launch.command, &[]),
            false => (&self.tuning.entrypoint, &launch.command),
        };
        (first.first(), first.iter().skip(1).chain(then))
    }

    /// The arguments that put files of this machine into it.
    fn laid_words(&self) -> Vec<String> {
        let mount = |(source, target): &(PathBuf, String)| {
            let mount = format!(
                "type=bind,source={},target={target},readonly",
                source.display()
            );
            ["--mount".to_owned(), mount]
        };
        let mut words: Vec<String> = self.laid.iter().flat_map(mount).collect();
        if !words.is_empty() {
            words.extend(relaxed());
        }
        words
    }

    /// Removes a variable that the image sets.
    fn without<'a>(&self, name: &'a str) -> Vec<&'a str> {
        if self.description.variable(name).is_none() {
            return Vec::new();
        }
        match self.engine.name {
            // A variable without a value, which the client does not have either, is removed.
            EngineName::Docker => vec!["--env", name],
            EngineName::Podman => vec!["--unsetenv", name],
        }
    }
}

/// The arguments that put a container into its network.
fn network(launch: &Launch) -> Vec<String> {
    let mut words = Vec::new();
    if let Some(sandbox) = &launch.sandbox {
        words.extend(sandbox.words());
        if sandbox.has_network() {
            return words;
        }
    }
    // Where extensions listen for telemetry.
    for name in ["sandbox.localdomain", "sandbox"] {
        words.extend(["--add-host".to_owned(), format!("{name}:127.0.0.1")]);
    }
    let leases = launch.network.iter();
    words.extend(leases.flat_map(|lease| lease.network.words(launch.port)));
    words
}
