//! Migrations that a command has thought of: judged as text, proved, and only then written.

use super::{db_new, files, written};
use crate::context::Context;
use crate::diagnostic::{Diagnostic, Level};
use crate::exit::Failure;
use crate::generate::Draft;
use crate::lint::{self, Scope};
use crate::migration::{MigrationSet, SourceFile};

/// The files, not there yet.
pub(super) struct NewFiles {
    pub files: Vec<SourceFile>,
}

impl NewFiles {
    /// The next files behind those of `set`.
    pub(super) fn new(ctx: &Context, set: &MigrationSet, title: &str, drafts: &[Draft]) -> NewFiles {
        let folder = ctx.config.folder("migrations.dir");
        let number = db_new::next_number(set, files::numbering(ctx));
        let width = number.len();
        let first: u64 = number.parse().unwrap_or_default();
        let file = |(n, draft): (u64, &Draft)| {
            let name = format!("{:0width$}_{title}{}.sql", first + n, draft.suffix);
            SourceFile { path: files::shown(&folder.join(name)), bytes: draft.text.clone().into_bytes() }
        };
        NewFiles { files: (0..).zip(drafts).map(file).collect() }
    }

    /// All migrations with these behind them.
    pub(super) fn along_with(&self, ctx: &Context) -> Result<MigrationSet, Failure> {
        let mut all = files::read(ctx)?;
        all.extend(self.files.iter().cloned());
        MigrationSet::from_files(all, files::numbering(ctx))
            .map_err(|diagnostics| self.not_written(Failure { exit: crate::exit::Exit::Failed, diagnostics }))
    }

    /// The texts, as data.
    pub(super) fn print(&self, ctx: &Context) {
        for (n, file) in self.files.iter().enumerate() {
            if self.files.len() > 1 {
                let gap = if n > 0 { "\n" } else { "" };
                ctx.ui.data(&format!("{gap}-- {}", file.path));
            }
            ctx.ui.data(String::from_utf8_lossy(&file.bytes).trim_end());
        }
    }

    /// What lint says of them.
    pub(super) fn lint(&self, ctx: &Context, set: &MigrationSet, version: u32) -> Vec<Diagnostic> {
        let mine = set.migrations.iter().filter(|it| self.files.iter().any(|file| file.path == it.file));
        let scope = Scope {
            judged: Some(mine.map(|it| it.name.stem.clone()).collect()),
            lock_timeout: ctx.config.duration("migrations.lock_timeout").filter(|timeout| !timeout.is_zero()),
            server_version: Some(version / 10_000),
            complete: true,
        };
        lint::lint(set, &scope).into_iter().filter(|it| it.level > Level::Info).collect()
    }

    /// Writes them. What cannot be written whole is not left.
    pub(super) fn write(&self, ctx: &Context) -> Result<(), Failure> {
        written::write(&ctx.config.folder("migrations.dir"), &self.files, &[]).map(drop)
    }

    /// A failure that came before anything was written.
    pub(super) fn not_written(&self, mut failure: Failure) -> Failure {
        let names: Vec<&str> = self.files.iter().map(|it| it.path.as_str()).collect();
        if let Some(first) = failure.diagnostics.first_mut() {
            first.notes.push(format!("{} was not written", names.join(", ")));
        }
        failure
    }
}

/// A name's words as the beginning of a sentence.
pub(super) fn sentence(words: &str) -> String {
    let words = words.trim().replace(['_', '-'], " ");
    let mut letters = words.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
