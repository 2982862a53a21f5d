//! Entries of a baseline as TOML: added, changed and removed, while comments and order stay.

use toml_edit::{ArrayOfTables, DocumentMut, InlineTable, Item, Table, Value, value};

use super::super::{Date, Known};

/// Adds an entry after the others, below the head of the file.
pub(super) fn add(document: &mut DocumentMut, known: &Known) {
    let mut members = vec![
        ("case", known.case.clone()),
        ("code", known.code.clone()),
        ("reason", known.reason.clone()),
    ];
    members.extend(known.until.map(|until| ("until", until.to_string())));
    let empty = document.as_table().is_empty();
    let trailing = document.trailing().as_str().unwrap_or_default().to_owned();
    let tables = || Item::ArrayOfTables(ArrayOfTables::new());
    match document.entry("known").or_insert_with(tables) {
        Item::ArrayOfTables(entries) => {
            let mut table = Table::new();
            for (name, text) in members {
                table.insert(name, value(text));
            }
            // The text of a file without entries is its head.
            let head = if empty { trailing.trim_end() } else { "" };
            table.decor_mut().set_prefix(match (empty, head) {
                (true, "") => String::new(),
                (true, head) => format!("{head}\n\n"),
                (false, _) => "\n".to_owned(),
            });
            entries.push(table);
            if empty {
                document.set_trailing("");
            }
        }
        Item::Value(Value::Array(entries)) => {
            entries.push(InlineTable::from_iter(members));
        }
        Item::None | Item::Value(_) | Item::Table(_) => {}
    }
}

/// Gives an entry a new day, and a new reason if there is one.
pub(super) fn prolong(document: &mut DocumentMut, index: usize, until: Date, reason: Option<&str>) {
    let until = Some(("until", until.to_string()));
    let reason = reason.map(|reason| ("reason", reason.to_owned()));
    for (name, text) in until.into_iter().chain(reason) {
        let old = match document.get_mut("known") {
            Some(Item::ArrayOfTables(entries)) => entries
                .get_mut(index)
                .and_then(|table| table.get_mut(name))
                .and_then(Item::as_value_mut),
            Some(Item::Value(Value::Array(entries))) => entries
                .get_mut(index)
                .and_then(Value::as_inline_table_mut)
                .and_then(|table| table.get_mut(name)),
            _ => None,
        };
        if let Some(old) = old {
            let decor = old.decor().clone();
            *old = Value::from(text);
            *old.decor_mut() = decor;
        }
    }
}

/// Removes an entry with the comment directly above it. A comment above an empty line is about more than this entry.
pub(super) fn remove(document: &mut DocumentMut, index: usize) {
    let entries = match document.get_mut("known") {
        Some(Item::ArrayOfTables(entries)) => entries,
        Some(Item::Value(Value::Array(entries))) => {
            entries.remove(index);
            return;
        }
        _ => return,
    };
    let removed = entries.remove(index);
    let above = removed.decor().prefix().and_then(|prefix| prefix.as_str());
    let above = above.unwrap_or_default().replace("\r\n", "\n");
    let kept = above.rfind("\n\n").map_or("", |end| above.split_at(end).0);
    let kept = kept.trim_end();
    if kept.is_empty() && index > 0 {
        return;
    }
    let below = match entries.get(index) {
        Some(next) => next.decor().prefix().and_then(|prefix| prefix.as_str()),
        None => document.trailing().as_str(),
    };
    let below = below
        .unwrap_or_default()
        .trim_start_matches('\n')
        .to_owned();
    let text = match kept.is_empty() {
        true => below,
        false => format!("{kept}\n\n{below}"),
    };
    match document.get_mut("known") {
        Some(Item::ArrayOfTables(entries)) if index < entries.len() => {
            if let Some(next) = entries.get_mut(index) {
                next.decor_mut().set_prefix(text);
            }
        }
        _ => document.set_trailing(text.trim_end().to_owned() + "\n"),
    }
}
