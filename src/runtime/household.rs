//! The processes of a runtime: which calls are its own, and which are surely not.
//!
//! A call counts as a stranger's only if that is proven. A process that cannot be seen, or that may act for the runtime (a
//! container engine, a relay, a service manager), counts as the runtime's.

use std::fs;
use std::net::SocketAddr;
use std::sync::{Mutex, OnceLock, PoisonError};

use super::leak::{command, has_mark, limit};
use super::own_network::OwnNetwork;
use super::socket::{holds, number, number_by};
use super::stat::{Stat, pids};
use crate::group::{own_limit, tag_of};

/// Who made a call.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Kinship {
    /// The runtime, or a process that it started; or ricspec itself.
    Ours,
    /// Perhaps the runtime.
    Unknown,
    /// Another process: `pid command`.
    Stranger(String),
}

/// Programs that forward the calls of others, by their kernel names.
const RELAYS: &[&str] = &[
    "com.docker.back",
    "conmon",
    "containerd",
    "containerd-shim",
    "docker-proxy",
    "dockerd",
    "envoy",
    "gvproxy",
    "haproxy",
    "mitmdump",
    "mitmproxy",
    "mitmweb",
    "nginx",
    "passt",
    "pasta",
    "pasta.avx2",
    "podman",
    "rinetd",
    "rootlesskit",
    "rootlessport",
    "slirp4netns",
    "socat",
    "ssh",
    "sshd",
    "sshd-session",
    "toxiproxy",
    "vpnkit",
];

/// Programs that start other programs for somebody: their children say nothing about the origin.
const MANAGERS: &[&str] = &[
    "init",
    "launchd",
    "runit",
    "s6-svscan",
    "supervisord",
    "systemd",
    "tini",
];

/// How many ancestors are checked.
const GENERATIONS_MAX: usize = 64;

/// How many descendants of a runtime are checked.
const DESCENDANTS_MAX: usize = 256;

/// The processes of one runtime.
#[derive(Debug)]
pub struct Household {
    mark: String,
    tag: u64,
    /// When the runtime had not started yet, in ticks since the start of the machine.
    before: u64,
    leader: OnceLock<i32>,
    /// Those that have called, the latest last.
    known: Mutex<Vec<i32>>,
}

impl Household {
    /// The household of a runtime that will be started with this mark.
    pub fn of(mark: &str) -> Self {
        // The newest process is older than all that will be started.
        let own = Stat::of(std::process::id().cast_signed());
        Self {
            mark: mark.to_owned(),
            tag: tag_of(mark),
            before: uptime().or(own.map(|own| own.started)).unwrap_or(0),
            leader: OnceLock::new(),
            known: Mutex::default(),
        }
    }

    /// The runtime has been started.
    pub(super) fn led_by(&self, leader: i32) {
        // A household has one leader.
        let _ = self.leader.set(leader);
    }

    /// Who made a call from an address to one of ours, in a network or in that of the machine.
    pub fn kinship(
        &self,
        from: SocketAddr,
        to: SocketAddr,
        network: Option<&OwnNetwork>,
    ) -> Kinship {
        let number = match network {
            Some(network) => network.diagnose(|netlink| number_by(netlink, from, to)),
            None => number(from, to),
        };
        let Some(socket) = number else {
            return Kinship::Unknown;
        };
        if let Some(pid) = self.find(socket) {
            self.remember(pid);
            return Kinship::Ours;
        }
        let mut stranger = Kinship::Unknown;
        for pid in pids().filter(|pid| holds(*pid, socket)) {
            match self.standing(pid) {
                Kinship::Ours => {
                    self.remember(pid);
                    return Kinship::Ours;
                }
                Kinship::Unknown => return Kinship::Unknown,
                Kinship::Stranger(who) => stranger = Kinship::Stranger(who),
            }
        }
        stranger
    }

    /// Which process of the family holds a socket: probably an earlier caller, otherwise the leader or a descendant.
    fn find(&self, socket: u32) -> Option<i32> {
        let known = self
            .known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let mut family = known.into_iter().rev();
        family.find(|pid| holds(*pid, socket)).or_else(|| {
            let mut family = vec![*self.leader.get()?];
            let mut at = 0;
            while let Some(pid) = family.get(at).copied() {
                if holds(pid, socket) {
                    return Some(pid);
                }
                at += 1;
                if family.len() < DESCENDANTS_MAX {
                    family.extend(children(pid));
                }
            }
            None
        })
    }

    fn remember(&self, pid: i32) {
        const KNOWN_MAX: usize = 4;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|other| *other != pid);
        known.push(pid);
        let over = known.len().saturating_sub(KNOWN_MAX);
        known.drain(..over);
    }

    /// Whether a process belongs to us.
    fn standing(&self, pid: i32) -> Kinship {
        let own = std::process::id().cast_signed();
        let family: Vec<Stat> = ancestry(pid).collect();
        let is_leader = |pid: i32| self.leader.get() == Some(&pid);
        let related = family
            .iter()
            .any(|stat| is_leader(stat.pid) || is_leader(stat.group));
        if pid == own || related || has_mark(pid, &self.mark) || limit(pid) == Some(self.tag) {
            return Kinship::Ours;
        }
        let stranger = || Kinship::Stranger(format!("{pid} {}", command(pid)));
        let is_in_sight =
            namespace("self").is_some_and(|own| Some(own) == namespace(&pid.to_string()));
        if !is_in_sight || RELAYS.contains(&name(pid).as_str()) {
            return Kinship::Unknown;
        }
        // It belongs to another case, of this run or another.
        if limit(pid).is_some_and(|limit| Some(limit) != own_limit()) {
            return stranger();
        }
        // A child of ours that belongs to no runtime comes from the program that uses ricspec, which may play the runtime.
        if family.iter().any(|stat| stat.pid == own) {
            return Kinship::Unknown;
        }
        let comes_from_before = family
            .iter()
            .take_while(|stat| stat.pid != 1 && !MANAGERS.contains(&name(stat.pid).as_str()))
            .any(|stat| stat.started < self.before);
        match comes_from_before {
            true => stranger(),
            false => Kinship::Unknown,
        }
    }
}

/// A process, its parent, and so on.
fn ancestry(pid: i32) -> impl Iterator<Item = Stat> {
    let parent = |stat: &Stat| Stat::of(stat.parent);
    std::iter::successors(Stat::of(pid), parent).take(GENERATIONS_MAX)
}

/// The living children of a process, if the system lists them.
fn children(pid: i32) -> Vec<i32> {
    let threads = fs::read_dir(format!("/proc/{pid}/task"));
    let threads = threads.into_iter().flatten().flatten();
    let lists =
        threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    lists
        .flat_map(|list| {
            let pids = list.split_whitespace().filter_map(|pid| pid.parse().ok());
            pids.collect::<Vec<i32>>()
        })
        .collect()
}

fn name(pid: i32) -> String {
    let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    name.trim_end().to_owned()
}

/// The PID namespace of a process: it hides other processes.
fn namespace(process: &str) -> Option<std::path::PathBuf> {
    fs::read_link(format!("/proc/{process}/ns/pid")).ok()
}

/// In ticks, rounded down.
fn uptime() -> Option<u64> {
    let text = fs::read_to_string("/proc/uptime").ok()?;
    let (seconds, rest) = text.split_whitespace().next()?.split_once('.')?;
    Some(seconds.parse::<u64>().ok()? * 100 + rest.get(..2)?.parse::<u64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::process::{Child, Command};

    use crate::group::Group;

    struct Sleeper(Child);

    impl Sleeper {
        fn new(mark: &str) -> Self {
            Self(
                Command::new("sleep")
                    .arg("60")
                    .env("MARK", mark)
                    .spawn()
                    .expect("sleep"),
            )
        }

        fn pid(&self) -> i32 {
            self.0.id().cast_signed()
        }
    }

    impl Drop for Sleeper {
        fn drop(&mut self) {
            self.0.kill().expect("it lives");
            self.0.wait().expect("its end");
        }
    }

    #[test]
    fn who_has_the_mark_or_is_led_belongs_and_others_are_in_doubt() {
        let mark = format!("ricspec-household-test-{}", std::process::id());
        let household = Household::of(&mark);
        let [marked, led, other] = [&*mark, "", ""].map(Sleeper::new);
        household.led_by(led.pid());
        assert_eq!(household.standing(marked.pid()), Kinship::Ours);
        assert_eq!(household.standing(led.pid()), Kinship::Ours);
        // It is a child of this program.
        assert_eq!(household.standing(other.pid()), Kinship::Unknown);
        assert_eq!(
            household.standing(std::process::id().cast_signed()),
            Kinship::Ours
        );
    }

    #[tokio::test]
    async fn who_is_of_another_household_is_a_stranger() {
        let marks = ["one", "other"].map(|name| format!("{name}-household-{}", std::process::id()));
        let household = Household::of(&marks[0]);
        let mut command = tokio::process::Command::new("sleep");
        let mut group = Group::start(command.arg("60"), &marks[1]).expect("sleep");
        let pid = group.number.as_raw_nonzero().get();
        let standing = household.standing(pid);
        let begin = format!("{pid} ");
        // It may have no command line yet.
        let is_named = matches!(&standing, Kinship::Stranger(who) if who.starts_with(&begin));
        assert!(is_named, "{standing:?}");
        assert_eq!(Household::of(&marks[1]).standing(pid), Kinship::Ours);
        group.kill().await.expect("its end");
        crate::group::forget(&marks[1]);
    }
}
