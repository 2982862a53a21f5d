//! The network of an environment that has its own, and how its processes enter it.

use std::io;
use std::path::Path;

use super::super::OwnNetwork;
use super::{Machine, SET_UP_MAX, Way, machine, owned, shares_tmp};

/// Makes a network for an environment; `helper` is the command that calls
/// [`hand_out_sockets`](super::super::hand_out_sockets). This waits for a process.
///
/// # Errors
/// The system does not allow it.
pub fn own_network(helper: &[String]) -> io::Result<OwnNetwork> {
    let machine = machine().map_err(io::Error::other)?;
    let words = [machine.unshared("--net").as_slice(), helper].concat();
    OwnNetwork::held_by(machine.tool(&words), SET_UP_MAX)
}

/// Why environments whose function is in this folder cannot have networks of their own, if so.
pub fn lacks_own_network(folder: &Path, helper: &[String]) -> Option<String> {
    if let Some(reason) = shares_tmp(folder) {
        return Some(reason.to_owned());
    }
    let made = own_network(helper);
    made.err()
        .map(|error| format!("the system allows no network namespace ({error})"))
}

impl Machine {
    /// The words that start a command in a new namespace, by the option of `unshare`.
    fn unshared(&self, option: &str) -> Vec<String> {
        let mut words = vec![self.unshare.display().to_string()];
        words.extend(match self.way {
            Way::Privileged => Vec::new(),
            Way::AsUser => owned(&["--user", "--map-root-user"]),
        });
        words.extend(owned(&[option, "--"]));
        words
    }

    /// The words that start a command in new files, in a network or in that of the machine.
    pub(super) fn new_files(&self, network: Option<&OwnNetwork>) -> Vec<String> {
        let Some(network) = network else {
            return self.unshared("--mount");
        };
        let mut words = self.entered(network.process(), &["--net"]);
        words.push("--".to_owned());
        words.push(self.unshare.display().to_string());
        words.extend(owned(&["--mount", "--"]));
        words
    }

    /// The words that enter namespaces of a process, each by its option.
    pub(super) fn entered(&self, process: u32, options: &[&str]) -> Vec<String> {
        let mut words = vec![self.nsenter.display().to_string()];
        words.extend(owned(&["--target", &process.to_string()]));
        words.extend(owned(options));
        words.extend(match self.way {
            Way::Privileged => Vec::new(),
            Way::AsUser => owned(&["--user", "--preserve-credentials"]),
        });
        words
    }
}
