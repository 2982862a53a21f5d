//! The arguments that create a container.

use super::containers::Containers;
use super::engine::EngineName;
use crate::runtime::Launch;

/// The size of `/tmp`: the default of a function.
const TMP: &str = "/tmp:rw,exec,size=512m,mode=1777";

impl Containers {
    /// All arguments that create one.
    pub(super) fn creation(&self, name: &str, launch: &Launch) -> Vec<String> {
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
        add(&["--user", &tuning.user, "--tmpfs", &tmp]);
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
        if let Some(entrypoint) = tuning.entrypoint.first() {
            add(&["--entrypoint", entrypoint]);
        }
        for (name, value) in &launch.env {
            match is_the_clients(name) {
                true => add(&["--env", &format!("{name}={value}")]),
                // The value may be a secret, and every user can read the arguments of a command.
                false => add(&["--env", name]),
            }
        }
        for name in &launch.without {
            add(&self.without(name));
        }
        words.extend(self.overlay.iter().flat_map(|overlay| overlay.words()));
        words.extend(
            launch
                .network
                .iter()
                .flat_map(|lease| lease.network.words(launch.port)),
        );
        words.push(self.image.clone());
        words.extend(tuning.entrypoint.iter().skip(1).cloned());
        words.extend(launch.command.iter().cloned());
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

/// The variables that the engine's client passes on from its own environment.
pub(super) fn passed_on(env: &[(String, String)]) -> impl Iterator<Item = &(String, String)> {
    env.iter().filter(|(name, _)| !is_the_clients(name))
}

/// Prefixes of variables that the engines' clients obey themselves.
const OF_CLIENTS: [&str; 19] = [
    "_CONTAINERS",
    "ALL_PROXY",
    "BUILDAH",
    "CONTAINER",
    "DBUS_",
    "DOCKER",
    "GO",
    "HOME",
    "HTTP",
    "LD_",
    "LISTEN_",
    "NO_PROXY",
    "NOTIFY_",
    "PATH",
    "PODMAN",
    "SSL_",
    "STORAGE_",
    "TMPDIR",
    "XDG_",
];

/// Whether a variable would change the client's behaviour.
fn is_the_clients(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    OF_CLIENTS.iter().any(|start| name.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_that_the_client_obeys_is_not_given_to_it() {
        let env = ["SECRET", "_HANDLER", "https_proxy", "DOCKER_HOST", "PATH"];
        let env = env.map(|name| (name.to_owned(), "value\nmore".to_owned()));
        let names: Vec<&str> = passed_on(&env).map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["SECRET", "_HANDLER"]);
    }
}
