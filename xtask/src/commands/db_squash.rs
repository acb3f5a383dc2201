//! `cargo xtask db squash`: the first migrations become one, which databases that have them count as applied.

use super::{files, proof, scratch};
use crate::cli::db::Squash;
use crate::context::Context;
use crate::diagnostic::{Diagnostic, Location};
use crate::exit::{Exit, Failure};
use crate::migration::{Migration, MigrationSet, Name, checksum};
use crate::rows::{self, Rows};
use crate::scratch::Database;
use std::path::Path;
use xshell::{Shell, cmd};

pub(super) fn run(ctx: &Context, args: &Squash) -> anyhow::Result<Exit> {
    let set = files::load(ctx)?;
    let n = count(&set, &args.to)?;
    let (old, folder) = (&set.migrations[..n], ctx.config.folder("migrations.dir"));
    let last = old.last().expect("at least two");
    let digits = last.name.stem.split('_').next().unwrap_or_default();
    let (stem, tag) = (format!("{digits}_squashed"), format!("before-squash-{digits}"));
    refuse(ctx, &set, n, &folder)?;
    refuse_in_git(&folder, &tag)?;
    let server = scratch::server(ctx)?;
    let before = server.migrated(&set, n, &mut |_| ())?;
    let (wanted, held) = (proof::catalog(&before)?, read_rows(&before)?);
    let data = if args.no_data { "" } else { &held.sql };
    let text = text(old, &tag, &proof::from_nothing(&server, &wanted)?, data);
    let after = proof::applied(&server, &stem, &text, &wanted)?;
    let kept = read_rows(&after)?;
    if !args.no_data && kept != held {
        return Err(other_rows(&held, &kept).into());
    }
    say_rows(ctx, args, &held);
    if args.dry_run {
        ctx.ui.data(text.trim_end());
        ctx.ui.say("nothing was written: a dry run; the migration was proved on a throw-away database");
        return Ok(Exit::Done);
    }
    write(&folder, old, &stem, &text, &tag)?;
    ctx.ui.data(&format!("{}/{stem}.sql", files::shown(&folder)));
    ctx.ui.say(&format!("{n} migrations are one now: the same schema{}, proved", if args.no_data { "" } else { " and the same rows" }));
    ctx.ui
        .say(&format!("the old files are in git, at the tag {tag}: push it (`git push origin {tag}`) for those who have to finish first"));
    Ok(Exit::Done)
}

/// How many migrations go into it.
fn count(set: &MigrationSet, to: &str) -> Result<usize, Failure> {
    let place = set.migrations.iter().position(|it| it.name.is_meant_by(to));
    match place {
        Some(place) if place > 0 => Ok(place + 1),
        Some(_) => Err(usage(Diagnostic::error("nothing-to-squash", format!("`{to}` is the first migration")).hint("name a later one"))),
        None => {
            Err(usage(Diagnostic::error("no-such-migration", format!("`{to}` means no migration")).hint("name one by its number or name")))
        }
    }
}

fn usage(diagnostic: Diagnostic) -> Failure {
    Failure::new(Exit::Usage, diagnostic)
}

fn refuse(ctx: &Context, set: &MigrationSet, n: usize, folder: &Path) -> Result<(), Failure> {
    if let Some(again) = set.migrations[..n].iter().find(|it| !it.header.squashes.is_empty()) {
        let message = format!("`{}` is squashed itself: a database may have it, or those that it stands for", again.name);
        let hint = "once every database has gone past it, take its `squashes` lines out and run `cargo xtask db repair` on them, then squash again";
        return Err(usage(Diagnostic::error("squashed-already", message).at(Location::file(&again.file)).hint(hint)));
    }
    let last = set.migrations[n - 1].name.number;
    let seeds = folder.join(ctx.config.text("migrations.seeds"));
    let names = std::fs::read_dir(seeds).into_iter().flatten().flatten().filter_map(|it| it.file_name().into_string().ok());
    let inside = names.filter_map(|it| Name::parse(&it)).find(|it| it.number < last);
    match inside {
        Some(seed) => {
            let message = format!("the sample data `{}` is loaded behind migration {}, which would be gone", seed.stem, seed.number);
            Err(usage(
                Diagnostic::error("seed-inside", message)
                    .hint(format!("give it the number {last} or a later one, or squash to {}", seed.number)),
            ))
        }
        None => Ok(()),
    }
}

/// The old files must stay findable: committed, and under a tag.
fn refuse_in_git(folder: &Path, tag: &str) -> Result<(), Failure> {
    let git = |error: String, hint: &str| usage(Diagnostic::error("not-in-git", error).note("nothing was written").hint(hint));
    let sh = shell(folder)?;
    let changed = cmd!(sh, "git status --porcelain -- .").quiet().ignore_stderr().read();
    let changed = changed.map_err(|_| {
        git(
            "the migrations are in no git repository".to_owned(),
            "commit them first: the old files must stay where databases that lag behind find them",
        )
    })?;
    if !changed.is_empty() {
        return Err(git(
            format!("there are changes that are not committed:\n{changed}"),
            "commit them first: the old files must stay where databases that lag behind find them",
        ));
    }
    let taken = cmd!(sh, "git rev-parse --verify --quiet refs/tags/{tag}").quiet().ignore_stderr().read();
    match taken {
        Ok(_) => Err(git(
            format!("the git tag `{tag}` is taken"),
            "see what it is for (`git show`), and delete it if it is left from another attempt",
        )),
        Err(_) => Ok(()),
    }
}

fn shell(folder: &Path) -> Result<Shell, Failure> {
    let sh = Shell::new().map_err(|error| usage(Diagnostic::error("failed", error.to_string())))?;
    sh.change_dir(folder);
    Ok(sh)
}

fn read_rows(database: &Database) -> anyhow::Result<Rows> {
    let mut session = database.connect()?;
    let rows = rows::read(&mut session)?;
    session.close();
    Ok(rows)
}

fn text(old: &[Migration], tag: &str, schema: &str, data: &str) -> String {
    let digest = |it: &Migration| it.checksum.trim_start_matches("sha256:")[..16].to_owned();
    let mut text = format!("-- xtask: squash-tag = {tag}\n");
    for migration in old {
        text.push_str(&format!("-- xtask: squashes = {} {}\n", migration.name, digest(migration)));
    }
    text.push_str(&format!("\n{}\n", schema.trim()));
    if !data.is_empty() {
        text.push_str(&format!("\n-- What the migrations put in.\n{data}"));
    }
    text
}

fn say_rows(ctx: &Context, args: &Squash, held: &Rows) {
    for (table, n) in &held.tables {
        let verb = if args.no_data { "left out" } else { "kept" };
        ctx.ui.say(&format!("  {verb}: {n} rows of {table}"));
    }
    for table in &held.left_out {
        ctx.ui.say(&format!("  left out: the rows of {table}, which refer to others in a circle; write them into a migration by hand"));
    }
}

fn other_rows(held: &Rows, kept: &Rows) -> Failure {
    let line = held.sql.lines().zip(kept.sql.lines()).find(|(a, b)| a != b);
    let (a, b) = line.unwrap_or(("more rows", "fewer"));
    let diagnostic = Diagnostic::error("not-proved", "the migration does not put the same rows in")
        .note(format!("the old ones: {a}\nthe new one: {b}"))
        .note("nothing was written")
        .hint("give `--no-data` and write the rows into a migration by hand");
    Failure::new(Exit::No, diagnostic)
}

/// The tag first: from then on nothing can be lost.
fn write(folder: &Path, old: &[Migration], stem: &str, text: &str, tag: &str) -> Result<(), Failure> {
    let sh = shell(folder)?;
    let message = "The migrations before they were squashed";
    let tagged = cmd!(sh, "git tag -a {tag} -m {message}").quiet().ignore_stderr().run();
    tagged.map_err(|error| {
        usage(
            Diagnostic::error("not-in-git", format!("the tag cannot be made: {error}"))
                .note("nothing was written")
                .hint("see that git knows who you are: `git config user.email`"),
        )
    })?;
    let bad = |error: std::io::Error| {
        let message = format!("failed to write the migrations: {error}");
        usage(Diagnostic::error("unwritable-file", message).hint(format!("bring them back with `git checkout {tag} -- .`")))
    };
    std::fs::write(folder.join(format!("{stem}.sql")), text).map_err(bad)?;
    for migration in old.iter().filter(|it| it.name.stem != stem) {
        std::fs::remove_file(folder.join(format!("{}.sql", migration.name))).map_err(bad)?;
    }
    files::update_lock(folder, |lock| {
        lock.entries.retain(|entry| old.iter().all(|it| it.name.stem != entry.name));
        lock.set(stem, &checksum(text));
    })
}
