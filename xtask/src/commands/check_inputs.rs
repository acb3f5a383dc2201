//! What `db check` and `db lint` judge, read from the work tree or from git's index.

use super::{files, git};
use crate::check::{Base, Subject};
use crate::cli::db::CheckScope;
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::exit::{Exit, Failure};
use crate::migration::set::is_other_file;
use crate::migration::{MigrationSet, Name, SourceFile, lockfile};

/// Everything that a check is about.
pub(super) fn read(ctx: &Context, scope: &CheckScope) -> Result<Subject, Failure> {
    let folder = ctx.config.folder("migrations.dir");
    let base = scope.base.as_deref().unwrap_or_else(|| ctx.config.text("migrations.base"));
    let (files, base) = std::thread::scope(|threads| {
        let base = threads.spawn(|| git::base(&folder, base, scope.staged));
        (migrations(ctx, scope), base.join().expect("asking git does not panic"))
    });
    let (files, lock) = files?;
    let (set, unreadable) = MigrationSet::from_readable_files(files.clone(), files::numbering(ctx));
    let judged = judged(&set, &files, &base, scope)?;
    let lock_timeout = ctx.config.duration("migrations.lock_timeout").filter(|timeout| !timeout.is_zero());
    let (schema, desired) = desired(ctx, scope)?;
    Ok(Subject { folder: files::shown(&folder), files, lock, schema, desired, set, unreadable, judged, base, lock_timeout })
}

/// The files that should be migrations, and `migrations.lock`.
fn migrations(ctx: &Context, scope: &CheckScope) -> Result<(Vec<SourceFile>, Option<SourceFile>), Failure> {
    let folder = ctx.config.folder("migrations.dir");
    if !scope.staged {
        return Ok((files::read(ctx)?, files::read_lock(&folder)));
    }
    let (locks, staged): (Vec<_>, Vec<_>) = git::staged(&folder, false)?.into_iter().partition(|it| file_name(it) == lockfile::NAME);
    Ok((staged.into_iter().filter(|it| !is_other_file(file_name(it))).collect(), locks.into_iter().next()))
}

/// The folder of the desired state and its files of SQL; none where there is no such folder.
fn desired(ctx: &Context, scope: &CheckScope) -> Result<(String, Vec<SourceFile>), Failure> {
    let folder = ctx.config.folder("schema.dir");
    let shown = files::shown(&folder);
    let files = match (folder.is_dir(), scope.staged) {
        (false, _) => Vec::new(),
        (true, true) => git::staged(&folder, true)?,
        (true, false) => files::read_tree(&folder)?,
    };
    Ok((shown, files.into_iter().filter(|it| file_name(it).ends_with(".sql") && !file_name(it).starts_with('.')).collect()))
}

fn file_name(file: &SourceFile) -> &str {
    file.path.rsplit('/').next().unwrap_or(&file.path)
}

/// Which migrations of `set` are judged: those that are named, else those that the base branch does not have, else all.
fn judged(set: &MigrationSet, files: &[SourceFile], base: &Base, scope: &CheckScope) -> Result<Vec<usize>, Failure> {
    let names: Vec<Name> = files.iter().filter_map(|it| Name::parse(file_name(it))).collect();
    // A file that cannot be read is no part of the set, and has its finding already.
    let is_known = |word: &str| names.iter().any(|it| it.is_meant_by(word)) || files.iter().any(|it| it.path.ends_with(word));
    if let Some(word) = scope.files.iter().find(|word| !is_known(word)) {
        let diagnostic = Diagnostic::error("no-such-migration", format!("`{word}` means none of the migrations"));
        return Err(Failure::new(
            Exit::Usage,
            diagnostic.hint("name one by its number, its name or its path, like `7`, `0007_add_invoices`"),
        ));
    }
    let is_judged = |name: &Name| match base {
        _ if !scope.files.is_empty() => scope.files.iter().any(|word| name.is_meant_by(word)),
        Base::Known(branch) => !branch.names.contains(name),
        Base::Unknown(_) => true,
    };
    Ok((0..set.migrations.len()).filter(|&index| is_judged(&set.migrations[index].name)).collect())
}
