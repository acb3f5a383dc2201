//! The other tool's migrations as ours: names, numbers, directives.

use super::{Body, Item, Standing};
use crate::migration::{MigrationSet, Numbering};
use crate::sql::same_statements;
use std::collections::HashSet;

/// A file of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its name without `.sql`.
    pub stem: String,
    /// Its text.
    pub text: String,
    /// Whether a file with these statements is there already, and keeps its name and text.
    pub exists: bool,
}

/// One file for each of `items`, in order. Those whose statements are in `present` already are taken to be those files.
#[must_use]
pub fn targets(items: &[Item], numbering: Numbering, present: &MigrationSet) -> Vec<Target> {
    let numbers = numbers(items, numbering, present);
    let mut used = HashSet::new();
    let targets = items.iter().zip(numbers).enumerate().map(|(index, (item, number))| {
        let text = text(item);
        match twin(&text, index, present, &used) {
            Some(twin) => {
                used.insert(twin);
                let migration = &present.migrations[twin];
                Target { stem: migration.name.stem.clone(), text: migration.text.clone(), exists: true }
            }
            None => Target { stem: format!("{number}_{}", snake(&item.foreign.title)), text, exists: false },
        }
    });
    targets.collect()
}

/// The file of `present` that has the statements of `text`: most likely the one at its own place.
fn twin(text: &str, index: usize, present: &MigrationSet, used: &HashSet<usize>) -> Option<usize> {
    let is_twin = |place: &usize| !used.contains(place) && present.migrations.get(*place).is_some_and(|it| same_statements(&it.text, text));
    Some(index).filter(is_twin).or_else(|| (0..present.migrations.len()).find(is_twin))
}

/// The other tool's own numbers where the settings want timestamps and it has them; else 0001, 0002, …, behind what is there.
fn numbers(items: &[Item], numbering: Numbering, present: &MigrationSet) -> Vec<String> {
    let own: Option<Vec<u64>> = items.iter().map(|it| digits(&it.foreign.key)).collect();
    if let (Numbering::Timestamp, Some(own)) = (numbering, own)
        && own.windows(2).all(|pair| pair[0] < pair[1])
    {
        return own.iter().map(|number| format!("{number:04}")).collect();
    }
    let is_rerun = present.head().is_some();
    let before = if is_rerun { present.head().map_or(0, |it| it.name.number) } else { 0 };
    // Behind what is there, those that are there already do not count.
    let missing: Vec<bool> =
        items.iter().enumerate().map(|(index, item)| !is_rerun || twin(&text(item), index, present, &HashSet::new()).is_none()).collect();
    let mut next = before;
    missing
        .into_iter()
        .map(|is_new| {
            next += u64::from(is_new);
            format!("{next:04}")
        })
        .collect()
}

fn digits(key: &str) -> Option<u64> {
    let end = key.find(|it: char| !it.is_ascii_digit()).unwrap_or(key.len());
    key[..end].parse().ok()
}

/// The text with our directives at its top.
fn text(item: &Item) -> String {
    let Body::Sql(sql) = &item.foreign.body else { return String::new() };
    let mut text = String::new();
    if item.foreign.no_transaction {
        text.push_str("-- xtask: no-transaction\n");
    }
    if item.standing == Standing::PendingBehind {
        text.push_str("-- xtask: allow-out-of-order\n");
    }
    text + sql
}

/// Words as a file's name has them: small letters and digits, joined by `_`.
fn snake(title: &str) -> String {
    let words: Vec<String> = title.split(|it: char| !it.is_alphanumeric()).filter(|it| !it.is_empty()).map(str::to_lowercase).collect();
    let name = words.join("_");
    if name.is_empty() { "adopted".to_owned() } else { name.chars().take(100).collect() }
}
