//! All migrations of a folder, in order, or everything that is wrong with the folder.

use super::{Migration, Name, checksum, header, steps};
use crate::diagnostic::{Diagnostic, Hazard, Location};
use crate::sql;

/// A file as it was read.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// The folder's name and the file's, as the user would name it.
    pub path: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// How migrations are numbered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Numbering {
    /// 0001, 0002, …: a gap is an error.
    #[default]
    Sequential,
    /// 20261122120000: any number that is larger.
    Timestamp,
}

/// The migrations of a folder, ordered by number.
#[derive(Debug, Clone, Default)]
pub struct MigrationSet {
    /// In order.
    pub migrations: Vec<Migration>,
}

/// Names in the migrations folder that are known to be something else.
#[must_use]
pub fn is_other_file(name: &str) -> bool {
    let is_document = name.len() > 3 && name[name.len().saturating_sub(3)..].eq_ignore_ascii_case(".md");
    name.starts_with('.') || name == super::lockfile::NAME || is_document
}

impl MigrationSet {
    /// Reads `files`.
    ///
    /// # Errors
    /// Every file that is no migration, cannot be read as SQL, or has a number that is taken or leaves a gap.
    pub fn from_files(files: Vec<SourceFile>, numbering: Numbering) -> Result<MigrationSet, Vec<Diagnostic>> {
        let (set, diagnostics) = MigrationSet::from_readable_files(files, numbering);
        if diagnostics.is_empty() { Ok(set) } else { Err(diagnostics) }
    }

    /// Reads `files`, leaving out those that cannot be read: for who wants to judge the others all the same.
    #[must_use]
    pub fn from_readable_files(files: Vec<SourceFile>, numbering: Numbering) -> (MigrationSet, Vec<Diagnostic>) {
        let mut migrations = Vec::with_capacity(files.len());
        let mut diagnostics = Vec::new();
        for file in files {
            match read(file) {
                Ok(migration) => migrations.push(migration),
                Err(found) => diagnostics.extend(found),
            }
        }
        migrations.sort_by(|a: &Migration, b| a.name.cmp(&b.name));
        diagnostics.extend(check_numbers(&migrations, numbering, diagnostics.is_empty()));
        (MigrationSet { migrations }, diagnostics)
    }

    /// The migration that `word` (a number, a name or a file) means.
    #[must_use]
    pub fn find(&self, word: &str) -> Option<&Migration> {
        self.migrations.iter().find(|it| it.name.is_meant_by(word))
    }

    /// The migration with exactly this name.
    #[must_use]
    pub fn by_stem(&self, stem: &str) -> Option<&Migration> {
        self.migrations.iter().find(|it| it.name.stem == stem)
    }

    /// The newest migration.
    #[must_use]
    pub fn head(&self) -> Option<&Migration> {
        self.migrations.last()
    }
}

fn read(file: SourceFile) -> Result<Migration, Vec<Diagnostic>> {
    let SourceFile { path, bytes } = file;
    let file_name = path.rsplit('/').next().unwrap_or(&path);
    let name = Name::parse(file_name).ok_or_else(|| vec![bad_name(file_name, &path)])?;
    let text = decode(bytes, &path).map_err(|diagnostic| vec![diagnostic])?;
    let script = sql::split(&text).map_err(|error| {
        let diagnostic = Diagnostic::error("unreadable-sql", error.message).at(Location::new(&path, &text, error.span));
        vec![diagnostic.hazards(&[Hazard::FailsAlways]).hint(error.hint)]
    })?;
    let first = script.statements.first().map_or(text.len(), |it| it.span.start);
    let header = header::parse(&text, first).map_err(|errors| {
        let diagnostic =
            |it: header::HeaderError| Diagnostic::error("bad-directive", it.message).at(Location::new(&path, &text, it.span)).hint(it.hint);
        errors.into_iter().map(diagnostic).collect::<Vec<_>>()
    })?;
    let run = steps::decide(&script, header.no_transaction).map_err(|error| {
        let span = script.statements[error.statement].span.clone();
        let diagnostic = Diagnostic::error("unbalanced-transaction", error.message).at(Location::new(&path, &text, span));
        vec![diagnostic.hazards(&[Hazard::BreaksTxn]).hint(error.hint)]
    })?;
    let checksum = checksum(&text);
    Ok(Migration { name, file: path, text, checksum, header, script, run })
}

/// UTF-8 without a byte order mark.
pub(crate) fn decode(bytes: Vec<u8>, path: &str) -> Result<String, Diagnostic> {
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let bytes = error.into_bytes();
        let line = bytes[..valid].iter().filter(|byte| **byte == b'\n').count() + 1;
        Diagnostic::error("not-utf8", format!("byte {:#04x} on line {line} is not UTF-8", bytes[valid]))
            .at(Location::file(path))
            .hint("save the file as UTF-8, for example with `iconv -f LATIN1 -t UTF-8`")
    })?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

fn bad_name(file_name: &str, path: &str) -> Diagnostic {
    let hint = if file_name.ends_with(".sql") {
        "rename it to digits, `_` and words, like `0007_add_invoices.sql`"
    } else {
        "move it out of the folder; only `NNNN_words.sql`, `migrations.lock`, `*.md` and hidden files belong there"
    };
    Diagnostic::error("bad-name", format!("`{file_name}` is no migration's name")).at(Location::file(path)).hint(hint)
}

/// Doubles always; gaps only when every file could be read, since an unreadable one would leave a gap too.
fn check_numbers(migrations: &[Migration], numbering: Numbering, complete: bool) -> Vec<Diagnostic> {
    let pairs = migrations.windows(2);
    pairs.filter_map(|pair| check_pair(&pair[0], &pair[1], numbering == Numbering::Sequential && complete)).collect()
}

fn check_pair(before: &Migration, after: &Migration, gapless: bool) -> Option<Diagnostic> {
    let (low, high) = (before.name.number, after.name.number);
    if low == high {
        let message = format!("two migrations have the number {low}: `{}` and `{}`", before.name, after.name);
        let hint = "run `cargo xtask db renumber`, which moves those that the base branch does not have";
        return Some(Diagnostic::error("number-taken", message).at(Location::file(&after.file)).hint(hint));
    }
    if gapless && high > low + 1 {
        let message = format!("there is no migration between {low} (`{}`) and {high} (`{}`)", before.name, after.name);
        let hint = "bring the missing file back, run `cargo xtask db renumber`, or set `numbering = \"timestamp\"` in xtask.toml";
        return Some(Diagnostic::error("number-gap", message).at(Location::file(&after.file)).hint(hint));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(files: &[(&str, &[u8])], expected: &str) {
        let files = files.iter().map(|(name, bytes)| SourceFile { path: format!("m/{name}"), bytes: bytes.to_vec() }).collect();
        let actual = match MigrationSet::from_files(files, Numbering::Sequential) {
            Ok(set) => set.migrations.iter().map(|it| it.name.stem.clone()).collect::<Vec<_>>().join(" "),
            Err(found) => found.iter().map(|it| format!("{}: {}", it.rule, it.message)).collect::<Vec<_>>().join("; "),
        };
        assert_eq!(actual, expected);
    }

    #[test]
    fn sets() {
        check(&[("0002_b.sql", b"b"), ("0001_a.sql", b"a")], "0001_a 0002_b");
        check(&[("9_a.sql", b""), ("10_b.sql", b"")], "9_a 10_b");
        check(&[("0001_a.sql", b""), ("1_b.sql", b"")], "number-taken: two migrations have the number 1: `0001_a` and `1_b`");
        check(&[("0001_a.sql", b""), ("0003_b.sql", b"")], "number-gap: there is no migration between 1 (`0001_a`) and 3 (`0003_b`)");
        check(&[("init.sql", b"")], "bad-name: `init.sql` is no migration's name");
        check(&[("notes.txt", b"")], "bad-name: `notes.txt` is no migration's name");
        check(&[("0001_a.sql", b"select\n'\xe4'")], "not-utf8: byte 0xe4 on line 2 is not UTF-8");
        check(&[("0001_a.sql", b"select '")], "unreadable-sql: this quote is never closed");
        check(&[("0001_a.sql", b"begin;")], "unbalanced-transaction: BEGIN without COMMIT");
        check(&[("0001_a.sql", b"-- xtask: no-transactoin\n")], "bad-directive: unknown directive `no-transactoin`");
    }
}
