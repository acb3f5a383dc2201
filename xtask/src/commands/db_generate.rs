//! `cargo xtask db generate NAME`: the migration between the schema that the migrations give and the one that `schema/` describes.

use super::new_files::{self, NewFiles};
use super::{files, schema, scratch, source};
use crate::catalog::{self, Catalog, Changes, Delivery, Options, Rename, rename};
use crate::cli::Format;
use crate::cli::db::Generate;
use crate::context::Context;
use crate::desired::Told;
use crate::diagnostic::Diagnostic;
use crate::exit::{Exit, Failure};
use crate::generate::{self, Words};
use crate::scratch::Database;
use crate::ui::style::Style;
use serde_json::json;

pub(super) fn run(ctx: &Context, args: &Generate) -> anyhow::Result<Exit> {
    let title = super::db_new::title(&args.name)?;
    let (set, desired) = (files::load(ctx)?, schema::load(ctx)?);
    let server = scratch::server(ctx)?;
    let ((database, from), to) = std::thread::scope(|scope| -> anyhow::Result<((Database, Catalog), Catalog)> {
        let wanted = scope.spawn(|| source::read(desired.database(&server)?.connect()?, "the desired state"));
        let database = server.migrated(&set, set.migrations.len(), &mut |_| ())?;
        let from = source::read(database.connect()?, "the migrations")?;
        Ok(((database, from), wanted.join().expect("reading a catalog does not panic")?))
    })?;
    for what in from.unread.iter().chain(&to.unread) {
        ctx.ui.say(&format!("not compared: {what}"));
    }
    let changes = decide(ctx, args, &from, &to, &desired.told)?;
    if changes.steps.is_empty() {
        return Ok(nothing(ctx));
    }
    let losses: Vec<String> = changes.steps.iter().flat_map(|it| it.loses.clone()).collect();
    let reason = acknowledged(ctx, args, &losses);
    let head = format!("{}: what makes the schema as schema/ describes it, by `cargo xtask db generate`.", new_files::sentence(&args.name));
    let drafts = generate::draft(&changes, Words { head: &head, allow: reason.as_deref() });
    let new = NewFiles::new(ctx, &set, &title, &drafts);
    let with_new = new.along_with(ctx)?;
    if args.dry_run {
        new.print(ctx);
    }
    generate::prove(&database, &with_new, &to).map_err(|failure| new.not_written(failure))?;
    let findings = new.lint(ctx, &with_new, server.version);
    if !args.dry_run {
        new.write(ctx)?;
    }
    say(ctx, args, &new, &losses, reason.is_some(), &findings);
    Ok(Exit::Done)
}

fn nothing(ctx: &Context) -> Exit {
    match ctx.ui.format {
        Format::Json => ctx.ui.json(&json!({"type": "generated", "files": [], "loses": []})),
        Format::Human => ctx.ui.say("nothing to do: the migrations give what schema/ describes"),
    }
    Exit::Done
}

/// The changes, once everything that the catalogs leave open is told or asked.
fn decide(ctx: &Context, args: &Generate, from: &Catalog, to: &Catalog, told: &[Told]) -> Result<Changes, Failure> {
    let mut renames = rename::resolve(from, to, &args.rename)
        .map_err(|found| usage("no-such-rename", found.iter().map(ToString::to_string), &open(from, to)))?;
    renames.extend(from_comments(ctx, from, to, told, &renames));
    renames.extend(asked(ctx, from, to, &renames));
    let values = mapped(ctx, args, from, to, &renames)?;
    let online = args.online.unwrap_or_else(|| ctx.config.targets.values().any(|it| it.online));
    let delivery = if online { Delivery::Online } else { Delivery::Files };
    Ok(catalog::diff(from, to, &Options { values, renames, delivery, ..Options::default() }))
}

/// What `--rename` and `--map` may be about, for who missed it.
fn open(from: &Catalog, to: &Catalog) -> String {
    let likely: Vec<String> = rename::candidates(from, to).iter().map(ToString::to_string).collect();
    if likely.is_empty() {
        "see what differs with `cargo xtask db diff --from migrations --to schema --summary`".to_owned()
    } else {
        format!("rename what is gone to what is new, such as {}", likely.join(", "))
    }
}

fn usage(rule: &'static str, messages: impl Iterator<Item = String>, hint: &str) -> Failure {
    Failure { exit: Exit::Usage, diagnostics: messages.map(|it| Diagnostic::error(rule, it).hint(hint)).collect() }
}

/// The renames that comments in `schema/` tell. One that is done already stays there until somebody removes it, and says nothing.
fn from_comments(ctx: &Context, from: &Catalog, to: &Catalog, told: &[Told], known: &[Rename]) -> Vec<Rename> {
    let mut found = Vec::new();
    for (text, told) in generate::told_in_comments(told).into_iter().zip(told) {
        match rename::resolve(from, to, &[text]) {
            Ok(renames) => found.extend(renames.into_iter().filter(|it| !known.contains(it))),
            Err(_) => {
                let place = told.location.as_ref().map_or(String::new(), |it| format!("{}:{}: ", it.file, it.start.line));
                ctx.ui.say_more(&format!("{place}`renamed from {}` has nothing to rename: it is done, and the comment can go", told.old));
            }
        }
    }
    found
}

/// What looks like a rename is asked on a terminal; elsewhere it is said, and nothing is guessed.
fn asked(ctx: &Context, from: &Catalog, to: &Catalog, known: &[Rename]) -> Vec<Rename> {
    let is_open = |it: &Rename| match it {
        // Two that both stay are none: who swaps names says so.
        Rename::Object(old, new) => to.position(old).is_none() && from.position(new).is_none(),
        Rename::Value { .. } => true,
    };
    let likely = rename::candidates(from, to).into_iter().filter(|it| is_open(it) && !known.iter().any(|other| touches(it, other)));
    let mut renames = Vec::new();
    for likely in likely {
        let options = ["no: the old one goes, with what it holds".to_owned(), format!("yes: rename {likely}")];
        match ctx.ui.choose(&format!("Is this a rename: {likely}?"), &options) {
            Some(1) => renames.push(likely),
            Some(_) => {}
            None => ctx.ui.say(&format!(
                "taken for two things, one that goes and one that is new: {likely}; if it is a rename, give `--rename {}`",
                flag(&likely)
            )),
        }
    }
    renames
}

fn touches(a: &Rename, b: &Rename) -> bool {
    match (a, b) {
        (Rename::Object(old, new), Rename::Object(other, now)) => old == other || new == now,
        (Rename::Value { of, from, to }, Rename::Value { of: other, from: old, to: new }) => of == other && (from == old || to == new),
        _ => false,
    }
}

/// A rename as `--rename` takes it.
fn flag(rename: &Rename) -> String {
    match rename {
        Rename::Object(from, to) if from.of.is_empty() => format!("{}={}", from.name, to.name),
        Rename::Object(from, to) => format!("{}.{}={}", from.of, from.name, to.name),
        Rename::Value { of, from, to } => format!("{of}.{}={}", from.trim_matches('\''), to.trim_matches('\'')),
    }
}

type Values = std::collections::BTreeMap<(String, String), String>;

/// What rows get instead of a value that goes: told, or asked on a terminal; else the migration has a guard.
fn mapped(ctx: &Context, args: &Generate, from: &Catalog, to: &Catalog, renames: &[Rename]) -> Result<Values, Failure> {
    let removed = generate::removed_values(from, to);
    let can_be = |it: &generate::Removed| format!("{}.{}", it.of, it.value.trim_matches('\''));
    let mut values = catalog::resolve_values(from, to, &args.map).map_err(|found| {
        let known: Vec<String> = removed.iter().map(can_be).collect();
        let hint = if known.is_empty() {
            "leave it out: no enum loses a value".to_owned()
        } else {
            format!("map a value that goes ({}) to one that stays", known.join(", "))
        };
        usage("no-such-value", found.into_iter(), &hint)
    })?;
    let is_renamed = |it: &generate::Removed| {
        renames.iter().any(|other| matches!(other, Rename::Value { of, from, .. } if *of == it.of && *from == it.value))
    };
    for it in removed.iter().filter(|it| !is_renamed(it)) {
        let key = (it.of.clone(), it.value.clone());
        if values.contains_key(&key) {
            continue;
        }
        let mut options = vec!["nothing: stop where a row holds it".to_owned()];
        options.extend(it.others.iter().cloned());
        match ctx.ui.choose(&format!("{} loses the value {}. What do rows get that hold it?", it.of, it.value), &options) {
            Some(0) => {}
            Some(chosen) => drop(values.insert(key, it.others[chosen - 1].clone())),
            None => ctx.ui.say(&format!(
                "{} loses the value {}: the migration stops where a row holds it; to move such rows, give `--map {}=…`",
                it.of,
                it.value,
                can_be(it)
            )),
        }
    }
    Ok(values)
}

/// Why what is lost may be lost.
fn acknowledged(ctx: &Context, args: &Generate, losses: &[String]) -> Option<String> {
    if losses.is_empty() || args.allow_loss.is_some() {
        return args.allow_loss.clone().filter(|it| !it.trim().is_empty() && !losses.is_empty());
    }
    losses.iter().for_each(|loss| ctx.ui.say(&ctx.ui.paint(&format!("  loses {loss}"), Style::Warning)));
    let options = ["no: write it down, and let `db check` ask again".to_owned(), "yes: it may be lost".to_owned()];
    (ctx.ui.choose("May that be lost?", &options) == Some(1)).then(|| "confirmed when it was generated".to_owned())
}

fn say(ctx: &Context, args: &Generate, new: &NewFiles, losses: &[String], is_allowed: bool, findings: &[Diagnostic]) {
    if ctx.ui.format == Format::Json {
        let files: Vec<_> = new.files.iter().map(|it| json!({"file": it.path, "sql": String::from_utf8_lossy(&it.bytes)})).collect();
        let found: Vec<_> = findings.iter().map(crate::diagnostic::json).collect();
        return ctx.ui.json(&json!({"type": "generated", "files": files, "written": !args.dry_run, "loses": losses, "diagnostics": found}));
    }
    if !args.dry_run {
        new.files.iter().for_each(|it| ctx.ui.data(&it.path));
    }
    findings.iter().for_each(|it| ctx.ui.diagnostic(it));
    ctx.ui.say("proved: applied to a scratch database, it gives what schema/ describes");
    if !losses.is_empty() && !is_allowed {
        let list = losses.join(", ");
        ctx.ui.say(&ctx.ui.paint(&format!("it loses {list}; `db check` refuses it until the file says why: `-- xtask: allow data-loss: reason` (or `--allow-loss REASON`)"), Style::Warning));
    }
}
