//! `cargo xtask db diff`

use super::database::{self, Database};
use super::{files, scratch};
use crate::catalog::{self, Catalog, Options, Precision};
use crate::cli::Format;
use crate::cli::db::Diff;
use crate::context::Context;
use crate::exit::Exit;
use serde_json::json;
use std::time::Duration;

/// Prints the SQL that makes of the one database what the other is; reads both, writes neither.
pub(super) fn run(ctx: &Context, args: &Diff) -> anyhow::Result<Exit> {
    // Two servers, or two processes of one: they can work at the same time.
    let (from, to) = std::thread::scope(|scope| {
        let other = scope.spawn(|| source(ctx, &args.to, "--to"));
        (source(ctx, &args.from, "--from"), other.join().expect("reading a catalog does not panic"))
    });
    let (from, to) = (from?, to?);
    for what in from.unread.iter().chain(&to.unread) {
        ctx.ui.say(&format!("not compared: {what}"));
    }
    // Whoever compares two databases wants to know of every difference, the order of columns included.
    let options = Options { precision: Precision::Exact, ..Options::default() };
    let sql = catalog::render(&catalog::diff(&from, &to, &options));
    match ctx.ui.format {
        Format::Json => ctx.ui.json(&json!({"type": "diff", "sql": sql})),
        Format::Human if sql.trim().is_empty() => ctx.ui.say("nothing to do: both are the same"),
        Format::Human => ctx.ui.data(sql.trim_end()),
    }
    Ok(Exit::Done)
}

/// The catalog that `word` means: `migrations`, or the database at an address.
fn source(ctx: &Context, word: &str, flag: &str) -> anyhow::Result<Catalog> {
    if word != "migrations" {
        return load(&database::at(word, flag)?);
    }
    let set = files::load(ctx)?;
    let database = scratch::server(ctx)?.migrated(&set, set.migrations.len(), &mut |_| ())?;
    let mut session = database.connect()?;
    let catalog = catalog::load(&mut session)?;
    session.close();
    Ok(catalog)
}

fn load(database: &Database) -> anyhow::Result<Catalog> {
    let mut session = database::connect_to(database, Duration::ZERO)?;
    let catalog = catalog::load(&mut session)?;
    session.close();
    Ok(catalog)
}
