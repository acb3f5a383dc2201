//! `migrations.lock`: a line for each migration, its name and its checksum.
//!
//! Two branches that both add a migration both add a last line, so that git stops at a conflict where it would have merged two files in silence.

use super::Name;
use crate::sql::lines;
use std::fmt::Write;

/// The file's name, in the folder of the migrations.
pub const NAME: &str = "migrations.lock";

const HEAD: &str = "# Names and checksums of the migrations, by `cargo xtask db check --write`.\n\
    # A conflict in here says that two branches added a migration: run `cargo xtask db renumber`, then the command above.\n";

/// The lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lockfile {
    /// In the order of the file.
    pub entries: Vec<Entry>,
    /// The numbers of the lines that are none, from 1.
    pub unreadable: Vec<usize>,
    /// Whether git's marks of a conflict stand in it.
    pub conflict: bool,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The migration's full name.
    pub name: String,
    /// Its checksum.
    pub checksum: String,
    /// Where it stands in the file, from 1.
    pub line: usize,
}

impl Lockfile {
    /// Reads `text`; what is no line of it is noted.
    #[must_use]
    pub fn parse(text: &str) -> Lockfile {
        let mut lock = Lockfile::default();
        for (index, line) in text.lines().enumerate() {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.as_slice() {
                [] => {}
                [word, ..] if word.starts_with('#') => {}
                [mark, ..] if ["<<<<<<<", "|||||||", "=======", ">>>>>>>"].contains(mark) => lock.conflict = true,
                [name, checksum] if checksum.starts_with("sha256:") && Name::parse(&format!("{name}.sql")).is_some() => {
                    lock.entries.push(Entry { name: (*name).to_owned(), checksum: (*checksum).to_owned(), line: index + 1 });
                }
                _ => lock.unreadable.push(index + 1),
            }
        }
        lock
    }

    /// The line of the migration `name`.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|it| it.name == name)
    }

    /// Adds the migration `name`, or gives it another checksum.
    pub fn set(&mut self, name: &str, checksum: &str) {
        self.entries.retain(|it| it.name != name);
        self.entries.push(Entry { name: name.to_owned(), checksum: checksum.to_owned(), line: 0 });
    }

    /// Calls the migration `from` by the name `to`.
    pub fn rename(&mut self, from: &str, to: &str) {
        self.entries.iter_mut().filter(|it| it.name == from).for_each(|it| to.clone_into(&mut it.name));
    }

    /// The file's text: in the order of the migrations, without what could not be read.
    #[must_use]
    pub fn render(&self) -> String {
        let mut lines: Vec<(Option<Name>, &Entry)> = self.entries.iter().map(|it| (Name::parse(&format!("{}.sql", it.name)), it)).collect();
        lines.sort_by(|a, b| a.0.cmp(&b.0));
        lines.dedup_by(|a, b| a.0 == b.0 && a.1.checksum == b.1.checksum);
        let mut text = HEAD.to_owned();
        for (_, entry) in lines {
            let _ = writeln!(text, "{} {}", entry.name, entry.checksum);
        }
        text
    }
}

/// The bytes of line `number` of `text`, from 1.
#[must_use]
pub fn span(text: &str, number: usize) -> std::ops::Range<usize> {
    let start = text.split_inclusive('\n').take(number.saturating_sub(1)).map(str::len).sum();
    start..start + lines::line_at(text, start).len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut lock = Lockfile::default();
        lock.set("10_b", "sha256:2");
        lock.set("9_a", "sha256:1");
        lock.set("9_a", "sha256:3");
        let text = lock.render();
        assert!(text.ends_with("command above.\n9_a sha256:3\n10_b sha256:2\n"), "{text}");
        let read = Lockfile::parse(&text);
        assert_eq!(read.render(), text);
        assert_eq!((read.entries.len(), read.find("10_b").map(|it| it.line)), (2, Some(4)));
        assert_eq!(&text[span(&text, 3)], "9_a sha256:3");
    }

    #[test]
    fn conflicts_and_rubbish_are_noted() {
        let lock = Lockfile::parse("<<<<<<< ours\n0002_a sha256:1\n=======\n0002_b sha256:2\n>>>>>>> theirs\nwhat\n");
        assert_eq!((lock.conflict, lock.entries.len(), lock.unreadable), (true, 2, vec![6]));
    }
}
