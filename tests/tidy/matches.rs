//! A match on an enum of ours names each variant, so that the compiler shows every place that a new variant touches.

use std::collections::BTreeSet;

use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Expr, ExprMatch, ItemEnum, ItemImpl, ItemMod, Pat, Path, Type, UnOp};

use super::{Source, none, sources};

/// Enums that may be matched in part, and why.
const CLOSED: &[(&str, &str)] = &[("Json", "JSON has six kinds of value, and gets no seventh")];

/// The enums that the source defines.
#[derive(Default)]
struct Enums(BTreeSet<String>);

impl<'ast> Visit<'ast> for Enums {
    fn visit_item_enum(&mut self, item: &'ast ItemEnum) {
        self.0.insert(item.ident.to_string());
    }
}

/// Places that would not notice a new variant.
struct Blind<'a> {
    enums: &'a BTreeSet<String>,
    /// The enum whose implementation is looked at.
    own: Option<String>,
    found: Vec<(usize, String)>,
}

impl Blind<'_> {
    /// The enum of ours whose variant a path names, if it names one.
    fn named(&self, path: &Path) -> Option<String> {
        let segments = path.segments.iter().rev();
        let above = segments
            .skip(1)
            .map(|segment| segment.ident.to_string())
            .next()?;
        let name = match above.as_str() {
            "Self" => self.own.clone()?,
            _ => above,
        };
        self.enums.contains(&name).then_some(name)
    }

    /// The enum of ours that a pattern looks at, at whatever depth.
    fn looked_at(&self, pattern: &Pat) -> Option<String> {
        match pattern {
            Pat::Path(path) => self.named(&path.path),
            Pat::Struct(pattern) => self.named(&pattern.path),
            Pat::TupleStruct(pattern) => self
                .named(&pattern.path)
                .or_else(|| self.first(&pattern.elems)),
            Pat::Tuple(pattern) => self.first(&pattern.elems),
            Pat::Or(pattern) => self.first(&pattern.cases),
            Pat::Reference(pattern) => self.looked_at(&pattern.pat),
            Pat::Guard(pattern) => self.looked_at(&pattern.pat),
            Pat::Paren(pattern) => self.looked_at(&pattern.pat),
            Pat::Ident(pattern) => self.looked_at(&pattern.subpat.as_ref()?.1),
            _ => None,
        }
    }

    fn first<'p>(&self, patterns: impl IntoIterator<Item = &'p Pat>) -> Option<String> {
        patterns
            .into_iter()
            .find_map(|pattern| self.looked_at(pattern))
    }
}

/// Whether a pattern matches all other values.
fn takes_all(pattern: &Pat) -> bool {
    match pattern {
        Pat::Wild(_) => true,
        // A constant is written in capitals.
        Pat::Ident(pattern) => {
            let name = pattern.ident.to_string();
            pattern.subpat.is_none() && name.starts_with(|letter: char| letter.is_lowercase())
        }
        _ => false,
    }
}

impl<'ast> Visit<'ast> for Blind<'_> {
    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        let before = self.own.take();
        if let Type::Path(path) = &*item.self_ty {
            self.own = path.path.segments.last().map(|last| last.ident.to_string());
        }
        visit::visit_item_impl(self, item);
        self.own = before;
    }

    /// Tests may look at only one variant.
    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        if module.ident != "tests" {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_expr_match(&mut self, expr: &'ast ExprMatch) {
        let open = expr.arms.iter().any(|arm| takes_all(&arm.pat));
        let looked_at = expr.arms.iter().find_map(|arm| self.looked_at(&arm.pat));
        if let Some(name) = looked_at.filter(|_| open) {
            let line = expr.span().start().line;
            self.found.push((
                line,
                format!("a match on `{name}` takes all other variants together"),
            ));
        }
        visit::visit_expr_match(self, expr);
    }

    fn visit_expr_unary(&mut self, expr: &'ast syn::ExprUnary) {
        if let (UnOp::Not(_), Expr::Macro(call)) = (&expr.op, &*expr.expr)
            && call.mac.path.is_ident("matches")
        {
            let text = call.mac.tokens.to_string();
            let own = self.own.as_ref().map(|_| "Self");
            let names = self.enums.iter().map(String::as_str).chain(own);
            if let Some(name) = names
                .into_iter()
                .find(|name| text.contains(&format!("{name} ::")))
            {
                let line = expr.span().start().line;
                self.found.push((
                    line,
                    format!("`!matches!` on `{name}` holds for each new variant"),
                ));
            }
        }
        visit::visit_expr_unary(self, expr);
    }
}

fn blind(source: &Source, enums: &BTreeSet<String>) -> Vec<String> {
    let mut blind = Blind {
        enums,
        own: None,
        found: Vec::new(),
    };
    blind.visit_file(&source.tree());
    let found = blind.found.into_iter();
    found
        .map(|(line, what)| format!("{}:{line}: {what}", source.path))
        .collect()
}

#[test]
fn no_variant_goes_by_unseen() {
    let sources = sources();
    let own = sources
        .iter()
        .filter(|source| source.path.starts_with("src/"));
    let mut enums = Enums::default();
    for source in own.clone() {
        enums.visit_file(&source.tree());
    }
    for (name, _) in CLOSED {
        assert!(enums.0.remove(*name), "{name}: no enum of ours");
    }
    let held = own.filter(|source| !source.path.ends_with("tests.rs"));
    let found = held.flat_map(|source| blind(source, &enums.0));
    none(&found.collect::<Vec<_>>());
}
