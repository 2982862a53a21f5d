//! What a run creates in the engine, and its removal: at the end of the run; and at the start of the next run for runs that
//! were killed.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use super::engine::{Engine, EngineError};

/// The label on everything that we create.
const LABEL: &str = "ricspec";

/// How often a removal looks again: a creation may still be in progress.
const REMOVALS_MAX: u32 = 5;

/// The containers, networks and volumes of one run. Dropping it removes them, and waits until they are gone.
#[derive(Debug)]
pub struct Premises {
    engine: Engine,
    owner: String,
    made: AtomicU64,
}

impl Premises {
    /// The premises of this process, after those of dead processes have been removed.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn open(engine: &Engine) -> Result<Self, EngineError> {
        let premises = Self {
            engine: engine.clone(),
            owner: own_name(),
            made: AtomicU64::new(0),
        };
        premises.sweep().await?;
        Ok(premises)
    }

    /// A fresh name.
    pub(super) fn name(&self) -> String {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        format!("{}-{number}", self.owner)
    }

    /// The label for everything that is created here.
    pub(super) fn label(&self) -> String {
        format!("{LABEL}={}", self.owner)
    }

    async fn sweep(&self) -> Result<(), EngineError> {
        for (list, remove) in HOUSEHOLD {
            let filter = format!("label={LABEL}");
            let names = self.engine.ask(&listing(list, &filter)).await?;
            let dead: Vec<&str> = names.lines().filter(|name| is_abandoned(name)).collect();
            if !dead.is_empty() {
                // Another run may remove them at the same time; that is fine.
                let _ = self.engine.ask(&self.removal(remove, &dead)).await;
            }
        }
        Ok(())
    }

    fn removal<'a>(&self, remove: Remove, names: &[&'a str]) -> Vec<&'a str> {
        let mut words = match remove {
            Remove::Container => removal(&self.engine).to_vec(),
            Remove::Network => vec!["network", "rm"],
            Remove::Volume => vec!["volume", "rm"],
        };
        words.extend(names);
        words
    }
}

impl Drop for Premises {
    fn drop(&mut self) {
        let filter = format!("label={}", self.label());
        for (list, remove) in HOUSEHOLD {
            for _ in 0..REMOVALS_MAX {
                let names = blocking(&self.engine, &listing(list, &filter));
                let names: Vec<&str> = names.lines().collect();
                if names.is_empty() {
                    break;
                }
                blocking(&self.engine, &self.removal(remove, &names));
            }
        }
    }
}

#[derive(Clone, Copy)]
enum Remove {
    Container,
    Network,
    Volume,
}

/// Containers first: what they use cannot be removed.
const HOUSEHOLD: [(&[&str], Remove); 3] = [
    (
        &["ps", "--all", "--format", "{{.Names}}"],
        Remove::Container,
    ),
    (&["network", "ls", "--format", "{{.Name}}"], Remove::Network),
    (&["volume", "ls", "--format", "{{.Name}}"], Remove::Volume),
];

fn listing<'a>(list: &[&'a str], filter: &'a str) -> Vec<&'a str> {
    [list, &["--filter", filter]].concat()
}

/// The arguments that end and remove a container at once.
pub(super) fn removal(engine: &Engine) -> &'static [&'static str] {
    match engine.name {
        super::EngineName::Docker => &["rm", "--force", "--volumes"],
        super::EngineName::Podman => &["rm", "--force", "--volumes", "--time", "0"],
    }
}

/// A drop cannot wait in another way.
fn blocking(engine: &Engine, arguments: &[&str]) -> String {
    let output = Command::new(engine.program)
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output();
    // An engine that is gone removes nothing; the next run does.
    output.map_or_else(
        |_| String::new(),
        |output| String::from_utf8_lossy(&output.stdout).into_owned(),
    )
}

/// `ricspec-PLACE-PID-START`: a process id is used again, but not with the same start time.
fn own_name() -> String {
    let pid = std::process::id();
    format!("{LABEL}-{}-{pid}-{}", place(), started(pid).unwrap_or(0))
}

/// Whether a name belongs to a process that would be visible from here, and is gone.
fn is_abandoned(name: &str) -> bool {
    let mut parts = name.trim().split('-');
    let ours = parts.next() == Some(LABEL) && parts.next() == Some(place().as_str());
    let mut number = || parts.next()?.parse::<u64>().ok();
    match (ours, number(), number()) {
        (true, Some(pid), Some(start)) => {
            u32::try_from(pid).is_ok_and(|pid| started(pid) != Some(start))
        }
        _ => false,
    }
}

/// Identifies this machine and its process namespace: several may share an engine.
fn place() -> String {
    let mut hasher = DefaultHasher::new();
    fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .unwrap_or_default()
        .hash(&mut hasher);
    fs::read_link("/proc/self/ns/pid")
        .unwrap_or_default()
        .hash(&mut hasher);
    format!("{:08x}", hasher.finish() >> 32)
}

/// When a process was started, in ticks since the start of the machine: field 22 of its `stat`.
fn started(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.split_whitespace().nth(19)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_dead_process_of_this_place_made_is_abandoned() {
        let own = own_name();
        assert!(!is_abandoned(&format!("{own}-3")));
        let pid = std::process::id();
        let earlier = format!("{LABEL}-{}-{pid}-1-3", place());
        assert!(is_abandoned(&earlier), "{earlier}");
        assert!(!is_abandoned(&format!("{LABEL}-00000000-{pid}-1-3")));
        for odd in ["", "ricspec", "other-1-2-3", "ricspec-x"] {
            assert!(!is_abandoned(odd), "{odd}");
        }
    }
}
