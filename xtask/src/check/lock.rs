//! `migrations.lock` beside the files.

use super::{Base, Subject};
use crate::diagnostic::{Diagnostic, Level, Location};
use crate::migration::lockfile::{self, Entry, Lockfile};
use crate::migration::{Name, SourceFile, checksum};

const WRITE: &str = "run `cargo xtask db check --write`, and commit migrations.lock along with the migration";

/// The lines that `files` should have.
#[must_use]
pub fn expected(files: &[SourceFile]) -> Lockfile {
    let mut lock = Lockfile::default();
    for (name, checksum) in sums(files) {
        lock.set(&name.stem, &checksum);
    }
    lock
}

fn sums(files: &[SourceFile]) -> impl Iterator<Item = (Name, String)> {
    files.iter().filter_map(|file| {
        let name = Name::parse(file.path.rsplit('/').next()?)?;
        Some((name, checksum(&String::from_utf8_lossy(&file.bytes))))
    })
}

pub(super) fn check(subject: &Subject) -> Vec<Diagnostic> {
    let Some(file) = &subject.lock else { return absent(subject).into_iter().collect() };
    let text = String::from_utf8_lossy(&file.bytes);
    let lock = Lockfile::parse(&text);
    let at = |line: usize| Location::new(&file.path, &text, lockfile::span(&text, line));
    if lock.conflict {
        let message = "migrations.lock is in conflict: two branches added a migration";
        let hint = "run `cargo xtask db renumber`, which moves yours behind the other's, then `cargo xtask db check --write`";
        return vec![Diagnostic::error("lock-conflict", message).at(Location::file(&file.path)).hint(hint)];
    }
    let unreadable = lock.unreadable.iter().map(|&line| {
        Diagnostic::error("lock-unreadable", "this is no migration's name and checksum")
            .at(at(line))
            .hint("run `cargo xtask db check --write`")
    });
    let sums: Vec<(Name, String)> = sums(&subject.files).collect();
    let gone = lock.entries.iter().filter(|entry| sums.iter().all(|(name, _)| name.stem != entry.name));
    let gone = gone.map(|it| Diagnostic::error("lock-stale", format!("there is no migration `{}`", it.name)).at(at(it.line)).hint(WRITE));
    let wrong = sums.iter().filter_map(|(name, sum)| match lock.find(&name.stem) {
        None => {
            let diagnostic = Diagnostic::error("lock-stale", format!("migrations.lock has no line for `{name}`"));
            Some(diagnostic.at(Location::file(&file.path)).hint(WRITE))
        }
        Some(entry) if entry.checksum != *sum && !is_told(subject, name) => Some(edited(subject, name, entry).at(at(entry.line))),
        Some(_) => None,
    });
    let mut found: Vec<Diagnostic> = unreadable.chain(gone).chain(wrong).collect();
    if found.is_empty() && !in_order(&lock) {
        let message = "the lines of migrations.lock are doubled or out of order";
        found.push(Diagnostic::error("lock-stale", message).at(Location::file(&file.path)).hint("run `cargo xtask db check --write`"));
    }
    found
}

/// Whether the lines stand as they are written, whatever comments stand between them.
fn in_order(lock: &Lockfile) -> bool {
    let names = |lock: &Lockfile| lock.entries.iter().map(|it| it.name.clone()).collect::<Vec<_>>();
    names(lock) == names(&Lockfile::parse(&lock.render()))
}

/// Whether the comparison with the base branch says already that it was edited.
fn is_told(subject: &Subject, name: &Name) -> bool {
    matches!(&subject.base, Base::Known(branch) if branch.edited.iter().any(|it| it.name == *name))
}

fn edited(subject: &Subject, name: &Name, entry: &Entry) -> Diagnostic {
    let message = format!("`{name}` was edited after its line in migrations.lock was written");
    let is_merged = matches!(&subject.base, Base::Known(branch) if branch.names.contains(name));
    let hint = if is_merged {
        "undo the edit and write a new migration (`cargo xtask db new NAME`): other databases may have it already".to_owned()
    } else {
        format!("{WRITE}; where a database has it already, undo the edit instead")
    };
    Diagnostic::error("lock-stale", message).note(format!("its line says {}", entry.checksum)).hint(hint)
}

/// Without a lock file there is nothing wrong; where there are branches, it would be of use.
fn absent(subject: &Subject) -> Option<Diagnostic> {
    let is_useful = matches!(subject.base, Base::Known(_)) && !subject.files.is_empty();
    let message = "there is no migrations.lock: two branches that both add a migration will not conflict in git";
    let diagnostic = Diagnostic::error("no-lock", message).level(Level::Info).at(Location::file(&subject.folder));
    is_useful.then(|| diagnostic.hint("run `cargo xtask db check --write`, and commit the file"))
}
