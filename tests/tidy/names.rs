//! Every path that a file names, from the root of its crate.

use std::collections::{BTreeMap, BTreeSet};

use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, ItemMod, ItemUse, Macro, UseTree};

use super::Source;

/// The paths that a file names, each with its line. `super`, `self` and imported names are written out.
pub fn names(source: &Source) -> BTreeSet<(usize, String)> {
    Names::of(source, Which::All).found
}

/// Which of the paths are looked at.
#[derive(Clone, Copy, Eq, PartialEq)]
pub enum Which {
    All,
    /// What the file itself needs, without its tests and without names that it only passes on.
    Needed,
}

/// The paths of a file, and the names that it offers to others.
pub struct Names {
    which: Which,
    /// The current module, from the root.
    module: Vec<String>,
    /// How many inline modules the visitor is in.
    inner: usize,
    /// The modules that this file declares.
    declared: BTreeMap<String, Vec<String>>,
    /// The meaning of names that this file imports at its outermost level.
    imported: BTreeMap<String, Vec<String>>,
    pub found: BTreeSet<(usize, String)>,
    /// Names that the file passes on, with their meaning.
    pub passed_on: BTreeMap<String, String>,
}

impl Names {
    pub fn of(source: &Source, which: Which) -> Self {
        let module = source.modules().into_iter().map(str::to_owned);
        let mut names = Self {
            which,
            module: ["crate".to_owned()].into_iter().chain(module).collect(),
            inner: 0,
            declared: BTreeMap::new(),
            imported: BTreeMap::new(),
            found: BTreeSet::new(),
            passed_on: BTreeMap::new(),
        };
        let tree = source.tree();
        names.learn(&tree);
        names.visit_file(&tree);
        names
    }

    /// The modules below this file, and what it imports.
    fn learn(&mut self, tree: &syn::File) {
        for item in &tree.items {
            if let syn::Item::Mod(module) = item {
                let name = module.ident.to_string();
                let path = [&self.module[..], std::slice::from_ref(&name)].concat();
                self.declared.insert(name, path);
            }
        }
        for item in &tree.items {
            if let syn::Item::Use(item) = item {
                self.import(item);
            }
        }
    }

    fn import(&mut self, item: &ItemUse) {
        let mut leaves = Vec::new();
        leaves_of(&item.tree, &[], &mut leaves);
        for (_, path, name) in leaves {
            let Some(whole) = self.whole(&path) else {
                continue;
            };
            // The files below also see what this one imports.
            self.passed_on.insert(name.clone(), whole.join("::"));
            self.imported.insert(name, whole);
        }
    }

    /// A path from the root of the crate, or from another crate.
    fn whole(&self, parts: &[String]) -> Option<Vec<String>> {
        let above = parts.iter().take_while(|part| *part == "super").count();
        let rest = parts.get(above..).unwrap_or_default();
        if above > 0 {
            let depth = self.module.len().checked_sub(above)?;
            return Some([self.module.get(..depth)?, rest].concat());
        }
        match parts.split_first()? {
            (first, rest) if first == "self" => Some([&self.module[..], rest].concat()),
            _ if self.inner > 0 => Some(parts.to_vec()),
            (first, rest) => {
                // A module and a function may have the same name.
                let module = self.declared.get(first).filter(|_| !rest.is_empty());
                let known = module.or_else(|| self.imported.get(first));
                Some(known.map_or_else(|| parts.to_vec(), |path| [&path[..], rest].concat()))
            }
        }
    }

    fn add(&mut self, line: usize, parts: &[String]) {
        if let Some(whole) = self.whole(parts) {
            self.found.insert((line, whole.join("::")));
        }
    }

    fn is_left_out(&self, attributes: &[Attribute]) -> bool {
        let is_test = |attribute: &Attribute| {
            attribute.path().is_ident("cfg")
                && attribute
                    .parse_args::<syn::Ident>()
                    .is_ok_and(|what| what == "test")
        };
        self.which == Which::Needed && attributes.iter().any(is_test)
    }
}

fn is_passed_on(item: &ItemUse) -> bool {
    !matches!(item.vis, syn::Visibility::Inherited)
}

/// The leaves of a tree of imports: line, path, and the name in this file; `*` for everything in a module.
fn leaves_of(tree: &UseTree, before: &[String], leaves: &mut Vec<(usize, Vec<String>, String)>) {
    let with = |name: String| match name.as_str() {
        "self" if !before.is_empty() => before.to_vec(),
        _ => [before, &[name]].concat(),
    };
    match tree {
        UseTree::Path(path) => {
            let before = [before, &[path.ident.to_string()]].concat();
            leaves_of(&path.tree, &before, leaves);
        }
        UseTree::Name(name) => {
            let path = with(name.ident.to_string());
            let own = path.last().cloned().unwrap_or_default();
            leaves.push((name.span().start().line, path, own));
        }
        UseTree::Rename(name) => {
            let path = with(name.ident.to_string());
            leaves.push((name.span().start().line, path, name.rename.to_string()));
        }
        UseTree::Glob(glob) => {
            let all = "*".to_owned();
            leaves.push((glob.span().start().line, with(all.clone()), all));
        }
        UseTree::Group(group) => {
            for item in &group.items {
                leaves_of(item, before, leaves);
            }
        }
    }
}

impl<'ast> Visit<'ast> for Names {
    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        if self.is_left_out(&module.attrs) {
            return;
        }
        self.inner += 1;
        self.module.push(module.ident.to_string());
        visit::visit_item_mod(self, module);
        self.module.pop();
        self.inner -= 1;
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if !self.is_left_out(&item.attrs) {
            visit::visit_item_fn(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if self.which == Which::Needed && is_passed_on(item) {
            return;
        }
        let mut leaves = Vec::new();
        leaves_of(&item.tree, &[], &mut leaves);
        for (line, path, _) in leaves {
            self.add(line, &path);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let parts = path.segments.iter();
        let parts: Vec<String> = parts.map(|part| part.ident.to_string()).collect();
        self.add(path.span().start().line, &parts);
        visit::visit_path(self, path);
    }

    /// The inside of a macro is only tokens: paths in it are found by their text.
    fn visit_macro(&mut self, call: &'ast Macro) {
        let line = call.span().start().line;
        let text = call.tokens.to_string().replace(" :: ", "::");
        for word in text.split(|letter: char| !(letter.is_alphanumeric() || "_:".contains(letter)))
        {
            if word.contains("::") {
                let parts: Vec<String> = word.split("::").map(str::to_owned).collect();
                self.add(line, &parts);
            }
        }
        visit::visit_macro(self, call);
    }
}
