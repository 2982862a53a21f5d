//! The files of an image: all layers together.

use std::collections::BTreeMap;

/// What kind of file a path is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Kind {
    /// A regular file; with its first bytes if it may be executed.
    Regular {
        /// Up to some hundred bytes.
        head: Vec<u8>,
    },
    /// A folder.
    Folder,
    /// A symbolic link to this path.
    Link(String),
    /// A device or another special file.
    Other,
}

/// One file of an image.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct File {
    /// What it is.
    pub kind: Kind,
    /// Permission bits.
    pub mode: u32,
    /// The owner.
    pub uid: u64,
    /// The group.
    pub gid: u64,
}

/// The user who accesses files.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Standing(pub Option<(u64, u64)>);

/// All files, by their absolute paths.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Files(BTreeMap<String, File>);

/// How many symbolic links are followed, as in the kernel.
const LINKS_MAX: usize = 40;

impl Files {
    /// Adds a file by its path in an archive.
    pub fn add(&mut self, path: &str, file: File) {
        self.0.insert(normal("/", path), file);
    }

    /// Where a path leads in the end, starting in a folder, and what is there.
    pub fn find(&self, folder: &str, path: &str) -> Option<(String, &File)> {
        let mut path = normal(folder, path);
        for _ in 0..LINKS_MAX {
            let Some((link, target)) = self.first_link(&path) else {
                let file = self.0.get(&path)?;
                return Some((path, file));
            };
            let parent = link.rsplit_once('/').map_or("/", |(parent, _)| parent);
            let rest = path.get(link.len()..).unwrap_or_default();
            path = normal("/", &format!("{}{rest}", normal(parent, target)));
        }
        None
    }

    /// The first part of a path that is a link, and its target.
    fn first_link<'a>(&'a self, path: &'a str) -> Option<(&'a str, &'a str)> {
        let ends = path
            .char_indices()
            .skip(1)
            .filter(|(_, letter)| *letter == '/');
        let ends = ends.map(|(at, _)| at).chain([path.len()]);
        let mut parts = ends.filter_map(|end| path.get(..end));
        parts.find_map(|part| match &self.0.get(part)?.kind {
            Kind::Link(target) => Some((part, target.as_str())),
            Kind::Regular { .. } | Kind::Folder | Kind::Other => None,
        })
    }

    /// Everything below a folder, and the folder itself.
    pub fn below<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = (&'a str, &'a File)> {
        let inside = move |path: &str| {
            path.strip_prefix(folder)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || folder == "/")
        };
        self.0
            .range(folder.to_owned()..)
            .map(|(path, file)| (path.as_str(), file))
            .take_while(move |(path, _)| path.starts_with(folder))
            .filter(move |(path, _)| inside(path))
    }

    /// The folders that lead to a path, from the root.
    pub fn above<'a>(&'a self, path: &'a str) -> impl Iterator<Item = (&'a str, &'a File)> {
        let ends = path
            .char_indices()
            .skip(1)
            .filter(|(_, letter)| *letter == '/');
        ends.filter_map(|(at, _)| path.get(..at))
            .filter_map(|folder| Some((folder, self.0.get(folder)?)))
    }
}

impl File {
    /// Whether the user may read it; a folder must also be enterable.
    pub fn is_readable(&self, standing: Standing) -> bool {
        match self.kind {
            Kind::Folder => self.allows(standing, 0o5),
            Kind::Regular { .. } => self.allows(standing, 0o4),
            // A link has no permissions of its own, and no program opens a device of an image.
            Kind::Link(_) | Kind::Other => true,
        }
    }

    /// Whether the user may execute it, or enter it.
    pub fn is_executable(&self, standing: Standing) -> bool {
        self.allows(standing, 0o1)
    }

    fn allows(&self, standing: Standing, bits: u32) -> bool {
        let shift = match standing.0 {
            // Root may read and enter everything, and execute what any user may execute.
            Some((0, _)) => return bits & 0o1 == 0 || self.mode & 0o111 != 0,
            Some((uid, _)) if uid == self.uid => 6,
            Some((_, gid)) if gid == self.gid => 3,
            Some(_) | None => 0,
        };
        (self.mode >> shift) & bits == bits
    }
}

/// An absolute path without `.`, `..` and double slashes.
pub(super) fn normal(folder: &str, path: &str) -> String {
    let whole = match path.starts_with('/') {
        true => path.to_owned(),
        false => format!("{folder}/{path}"),
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::file;
    use super::*;

    fn tree() -> Files {
        let mut files = Files::default();
        let plain = || Kind::Regular { head: Vec::new() };
        files.add("./", file(Kind::Folder, 0o755));
        files.add("usr/", file(Kind::Folder, 0o755));
        files.add("usr/bin/", file(Kind::Folder, 0o755));
        files.add("usr/bin/python3.11", file(plain(), 0o755));
        files.add(
            "usr/bin/python3",
            file(Kind::Link("python3.11".to_owned()), 0o777),
        );
        files.add("bin", file(Kind::Link("usr/bin".to_owned()), 0o777));
        files.add("loop", file(Kind::Link("/loop".to_owned()), 0o777));
        files.add("var/task", file(Kind::Folder, 0o700));
        files.add("var/task/app.py", file(plain(), 0o600));
        files.add("var/task-too", file(plain(), 0o644));
        files
    }

    #[track_caller]
    fn check(folder: &str, path: &str, expected: Option<&str>) {
        let tree = tree();
        let found = tree.find(folder, path).map(|(path, _)| path);
        assert_eq!(found.as_deref(), expected);
    }

    #[test]
    fn links_lead_to_files() {
        check("/", "/bin/python3", Some("/usr/bin/python3.11"));
        check("/usr", "bin/../bin/./python3", Some("/usr/bin/python3.11"));
        check("/", "/loop", None);
        check("/", "/bin/node", None);
        check("/", "/", Some("/"));
    }

    #[test]
    fn a_folder_has_what_is_below_it_and_no_more() {
        let tree = tree();
        let below: Vec<&str> = tree.below("/var/task").map(|(path, _)| path).collect();
        assert_eq!(below, ["/var/task", "/var/task/app.py"]);
        let above: Vec<&str> = tree
            .above("/usr/bin/python3")
            .map(|(path, _)| path)
            .collect();
        assert_eq!(above, ["/usr", "/usr/bin"]);
    }

    #[test]
    fn permissions_are_those_of_owner_group_or_others() {
        let folder = file(Kind::Folder, 0o750);
        let of = |uid, gid| Standing(Some((uid, gid)));
        assert!(folder.is_readable(of(0, 5)));
        assert!(folder.is_readable(of(5, 0)));
        assert!(!folder.is_readable(of(5, 5)));
        assert!(!folder.is_readable(Standing(None)));
        let plain = file(Kind::Regular { head: Vec::new() }, 0o644);
        assert!(plain.is_readable(of(5, 5)));
        assert!(!plain.is_executable(of(0, 0)));
    }
}
