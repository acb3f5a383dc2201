//! What is wrong with the files themselves, and with them beside those of the base branch.

use super::{Base, Branch, Edited, Subject, lock};
use crate::diagnostic::{Diagnostic, Location};
use crate::migration::{Migration, Name, checksum};
use crate::sql::same_statements;
use similar::TextDiff;

pub(super) fn check(subject: &Subject) -> Vec<Diagnostic> {
    let mut found = subject.unreadable.clone();
    found.extend(subject.judged.iter().filter_map(|&index| empty(&subject.set.migrations[index])));
    found.extend(lock::check(subject));
    match &subject.base {
        Base::Unknown(why) => found.push((**why).clone()),
        Base::Known(branch) => found.extend(beside(subject, branch)),
    }
    found
}

fn empty(migration: &Migration) -> Option<Diagnostic> {
    let message = format!("`{}` holds no statement", migration.name);
    let hint = "write its SQL before it is merged, or remove the file: once it is applied, it cannot be filled any more";
    migration
        .script
        .statements
        .is_empty()
        .then(|| Diagnostic::warning("empty-file", message).at(Location::file(&migration.file)).hint(hint))
}

/// What is wrong beside what `branch` has.
pub(super) fn beside(subject: &Subject, branch: &Branch) -> Vec<Diagnostic> {
    let edited = branch.edited.iter().filter_map(|it| edited(subject, branch, it));
    let removed = branch.removed.iter().map(|name| removed(subject, branch, name));
    let remark = branch.remark.iter().map(|it| (**it).clone());
    remark.chain(edited).chain(removed).chain(behind(subject, branch)).collect()
}

fn edited(subject: &Subject, branch: &Branch, edited: &Edited) -> Option<Diagnostic> {
    let migration = subject.set.by_stem(&edited.name.stem).filter(|it| it.checksum != checksum(&edited.before))?;
    let diff =
        TextDiff::from_lines(edited.before.as_str(), migration.text.as_str()).unified_diff().header(&branch.name, "file").to_string();
    let line = first_difference(&edited.before, &migration.text);
    let place = migration.location(line..line);
    let (name, base) = (&edited.name, &branch.name);
    if same_statements(&edited.before, &migration.text) {
        let message = format!("`{name}` was edited although {base} has it; only its comments differ");
        let hint = format!("undo the edit, or run `cargo xtask db repair` on every database that has {name}");
        return Some(Diagnostic::warning("edited-on-branch", message).at(place).note(diff).hint(hint));
    }
    let hint = format!("undo the edit (`git checkout {base} -- {}`) and write a new migration (`cargo xtask db new NAME`)", migration.file);
    Some(Diagnostic::error("edited-on-branch", format!("`{name}` was edited although {base} has it")).at(place).note(diff).hint(hint))
}

/// The byte at which the first line starts that differs.
fn first_difference(before: &str, after: &str) -> usize {
    let mut lines = before.lines();
    let same = after.split_inclusive('\n').take_while(|line| lines.next() == Some(line.trim_end_matches(['\n', '\r'])));
    same.map(str::len).sum()
}

fn removed(subject: &Subject, branch: &Branch, name: &Name) -> Diagnostic {
    let base = &branch.name;
    let file = format!("{}/{name}.sql", subject.folder);
    Diagnostic::error("removed-on-branch", format!("`{name}` was removed although {base} has it"))
        .at(Location::file(&file))
        .hint(format!("bring it back with `git checkout {base} -- {file}`; a migration is undone by another one behind it"))
}

/// New migrations that would stand before one that the base branch has.
fn behind(subject: &Subject, branch: &Branch) -> Vec<Diagnostic> {
    let Some(newest) = branch.names.iter().max() else { return Vec::new() };
    let is_new = |it: &&Migration| !branch.names.contains(&it.name);
    let early = subject.set.migrations.iter().filter(is_new).filter(|it| it.name.number <= newest.number && !it.header.allow_out_of_order);
    let complain = |it: &Migration| {
        let message = format!("`{}` is new, but would stand before `{newest}`, which {} has", it.name, branch.name);
        let hint = "merge that branch and run `cargo xtask db renumber`, or write `-- xtask: allow-out-of-order` at its top";
        Diagnostic::error("behind-base", message).at(Location::file(&it.file)).hint(hint)
    };
    early.map(complain).collect()
}
