//! `cargo xtask db diff`

use super::database::{self, Database};
use crate::catalog::{self, Catalog, Options, Precision};
use crate::cli::Format;
use crate::cli::db::Diff;
use crate::context::Context;
use crate::exit::Exit;
use serde_json::json;
use std::time::Duration;

/// Prints the SQL that makes of the one database what the other is; reads both, writes neither.
pub(super) fn run(ctx: &Context, args: &Diff) -> anyhow::Result<Exit> {
    let (from, to) = (database::at(&args.from, "--from")?, database::at(&args.to, "--to")?);
    // Two servers, or two processes of one: they can work at the same time.
    let (from, to) = std::thread::scope(|scope| {
        let other = scope.spawn(|| load(&to));
        (load(&from), other.join().expect("reading a catalog does not panic"))
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

fn load(database: &Database) -> anyhow::Result<Catalog> {
    let mut session = database::connect_to(database, Duration::ZERO)?;
    let catalog = catalog::load(&mut session)?;
    session.close();
    Ok(catalog)
}
