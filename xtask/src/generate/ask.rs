//! What the two catalogs leave open: values of enums that go while rows may hold them, and what comments have told.

use crate::catalog::{Catalog, Kind};
use crate::desired::{Path, Told};
use crate::sql::{TokenKind, tokens};

/// A value that an enum loses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// The enum, as SQL writes it.
    pub of: String,
    /// The value, quoted.
    pub value: String,
    /// The values that rows can have instead, quoted.
    pub others: Vec<String>,
}

/// Every value that an enum of both catalogs loses.
#[must_use]
pub fn removed_values(from: &Catalog, to: &Catalog) -> Vec<Removed> {
    let mut found = Vec::new();
    for old in from.objects.iter().filter(|it| it.id.kind == Kind::Enum) {
        let Some(new) = to.find(Kind::Enum, "", &old.id.name) else { continue };
        let has = labels(new.get("labels"));
        for value in labels(old.get("labels")).into_iter().filter(|it| !has.contains(it)) {
            found.push(Removed { of: old.id.name.clone(), value, others: has.clone() });
        }
    }
    found
}

fn labels(text: &str) -> Vec<String> {
    tokens(text, 0).filter(|it| it.kind == TokenKind::Text).map(|it| text[it.span].to_owned()).collect()
}

/// The renames that comments tell, as `--rename` takes them.
#[must_use]
pub fn told_in_comments(told: &[Told]) -> Vec<String> {
    told.iter().map(|it| format!("{}={}", quoted(&it.old), quoted(&it.new))).collect()
}

fn quoted(path: &Path) -> String {
    let is_plain = |part: &String| {
        part.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
            && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    let parts: Vec<String> = path.0.iter().map(|it| if is_plain(it) { it.clone() } else { crate::sql::quote::name(it) }).collect();
    parts.join(".")
}
