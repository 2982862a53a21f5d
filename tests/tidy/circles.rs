//! No two files of the house need each other, and there is no longer circle of files.
//!
//! A file needs another when it names something that the other *defines*. A name that a file only passes on (`pub use`)
//! belongs to the file that defines it, and a declaration of modules (`mod name;`) does not count: so a room may have one
//! door for all of its files. But if a file below names a type of the file above, and the file above names something of the
//! file below, this is a circle: the type belongs into its own file. The tests inside a file are left out.
//!
//! Methods are not seen here: a call does not name the file that defines it.

use std::collections::{BTreeMap, BTreeSet};

use super::names::{Names, Which};
use super::{Source, none, sources};

/// Which file needs which, and a line that shows it.
type Needs = BTreeMap<String, BTreeMap<String, String>>;

/// The files of the house by the path of their module, such as `crate::check::audit`.
struct Files {
    names: BTreeMap<String, (String, Names)>,
}

impl Files {
    fn of(sources: &[Source]) -> Self {
        let is_ours = |source: &&Source| source.path.starts_with("src/");
        let named = |source: &Source| {
            let parts = [&["crate"][..], &source.modules()].concat();
            let names = Names::of(source, Which::Needed);
            (parts.join("::"), (source.path.clone(), names))
        };
        // The program itself is a crate of its own, and knows nothing but the library.
        let of_library = |source: &&Source| is_ours(source) && source.path != "src/main.rs";
        Self {
            names: sources.iter().filter(of_library).map(named).collect(),
        }
    }

    /// The module of the file that defines the thing at a path, if it is ours.
    fn home(&self, path: &str) -> Option<&str> {
        let mut path = path.to_owned();
        // A name is passed on a few times at most.
        for _ in 0..9 {
            let (module, names) = self.nearest(&path)?;
            let rest = path.strip_prefix(module).unwrap_or_default();
            let mut rest = rest.trim_start_matches("::").split("::");
            let name = rest.next().filter(|name| !name.is_empty())?;
            let named = names.passed_on.get(name).cloned();
            let of_all = || {
                let all = names.passed_on.get("*")?;
                Some(format!("{}{name}", all.trim_end_matches('*')))
            };
            let Some(next) = named.or_else(of_all) else {
                return Some(module);
            };
            let further = rest.map(|part| format!("::{part}"));
            path = next + &further.collect::<String>();
        }
        None
    }

    /// The deepest module with a file on a path.
    fn nearest(&self, path: &str) -> Option<(&str, &Names)> {
        let mut module = path;
        loop {
            if let Some((module, (_, names))) = self.names.get_key_value(module) {
                return Some((module, names));
            }
            module = module.rsplit_once("::")?.0;
        }
    }

    fn needs(&self) -> Needs {
        let mut needs = Needs::new();
        for (module, (path, names)) in &self.names {
            for (line, named) in &names.found {
                let home = self.home(named).filter(|home| home != module);
                if let Some(home) = home {
                    let shown = format!("{path}:{line}: {named}");
                    let of_file = needs.entry(module.clone()).or_default();
                    of_file.entry(home.to_owned()).or_insert(shown);
                }
            }
        }
        needs
    }
}

/// Everything that a file needs, directly or not.
fn reach<'a>(needs: &'a Needs, from: &'a str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from];
    while let Some(module) = open.pop() {
        for next in needs.get(module).into_iter().flat_map(BTreeMap::keys) {
            if reached.insert(next.as_str()) {
                open.push(next);
            }
        }
    }
    reached
}

/// The circles: of each the first file, and the lines by which its files need each other.
pub fn circles(sources: &[Source]) -> BTreeMap<String, Vec<String>> {
    let needs = Files::of(sources).needs();
    let reached: BTreeMap<&str, BTreeSet<&str>> = needs
        .keys()
        .map(|module| (module.as_str(), reach(&needs, module)))
        .collect();
    let leads = |from: &str, to: &str| reached.get(from).is_some_and(|all| all.contains(to));
    let mut circles: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (module, of_file) in &needs {
        let same = |other: &&&str| leads(module, other) && leads(other, module);
        let Some(first) = reached.keys().find(same) else {
            continue;
        };
        let inside = of_file.iter().filter(|(next, _)| leads(next, module));
        let lines = inside.map(|(_, shown)| shown.clone());
        circles
            .entry((*first).to_owned())
            .or_default()
            .extend(lines);
    }
    circles
}

/// Rooms whose circles are still to be opened, and by whom.
const STANDING: &[(&str, &str)] = &[];

#[test]
fn files_are_in_no_circle() {
    let circles = circles(&sources());
    let room_of = |first: &str| first.split("::").nth(1).map(str::to_owned);
    let mut faults = Vec::new();
    for (first, lines) in &circles {
        let room = room_of(first).unwrap_or_default();
        if !STANDING.iter().any(|(name, _)| *name == room) {
            faults.push("files that need each other:".to_owned());
            faults.extend(lines.iter().map(|line| format!("  {line}")));
        }
    }
    for (name, reason) in STANDING {
        let has_any = circles
            .keys()
            .any(|first| room_of(first).as_deref() == Some(name));
        if !has_any || reason.len() < 20 {
            faults.push(format!("{name}: a stale or unexplained entry of STANDING"));
        }
    }
    none(&faults);
}
