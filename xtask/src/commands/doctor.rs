//! `cargo xtask doctor`: every setting with its value and where it came from, every way to a server.

use super::database;
use crate::cli::Format;
use crate::config::SETTINGS;
use crate::context::Context;
use crate::exit::Exit;
use crate::server;
use serde_json::json;

pub(super) fn run(ctx: &Context) -> anyhow::Result<Exit> {
    let named = database::named(ctx);
    let ways = server::survey(&database::server_settings(ctx));
    if ctx.ui.format == Format::Json {
        return json_report(ctx, named, &ways);
    }
    ctx.ui.data(&format!("root  {}", ctx.config.root.display()));
    ctx.ui.data("\nsettings");
    let row = |key: &'static str| {
        let value = ctx.config.text(key);
        let value = if value.is_empty() { "(not set)" } else { value };
        vec![format!("  {key}"), value.to_owned(), ctx.config.origin(key).to_string()]
    };
    let rows: Vec<Vec<String>> = SETTINGS.iter().map(|setting| row(setting.key)).collect();
    crate::ui::table(&rows).iter().for_each(|line| ctx.ui.data(line));
    ctx.ui.data("\ntargets");
    for (name, target) in &ctx.config.targets {
        let protected = if target.protected { ", protected" } else { "" };
        ctx.ui.data(&format!("  {name}  {}{protected}", masked(&target.url)));
    }
    if ctx.config.targets.is_empty() {
        ctx.ui.data("  (none in xtask.toml)");
    }
    ctx.ui.data("\ndatabase");
    match named {
        Ok(Some(database)) => ctx.ui.data(&format!("  {}", database.why)),
        Ok(None) => ctx.ui.data("  the development server: neither --database-url nor DATABASE_URL names another"),
        Err(failure) => failure.diagnostics.iter().for_each(|diagnostic| ctx.ui.diagnostic(diagnostic)),
    }
    ctx.ui.data("\ndevelopment server");
    let rows: Vec<Vec<String>> = ways
        .iter()
        .map(|way| {
            vec![format!("  {}", way.way), if way.usable { "can be used" } else { "cannot be used" }.to_owned(), way.why.replace('\n', " ")]
        })
        .collect();
    crate::ui::table(&rows).iter().for_each(|line| ctx.ui.data(line));
    Ok(Exit::Done)
}

/// A target's address, which may be a template like `${PRODUCTION_URL}`, without its password.
fn masked(url: &str) -> String {
    if url.starts_with("${") {
        return url.to_owned();
    }
    crate::db::Url::parse(url).map_or_else(|_| "(an address that cannot be read)".to_owned(), |url| url.to_string())
}

fn json_report(
    ctx: &Context,
    named: Result<Option<database::Database>, crate::exit::Failure>,
    ways: &[server::WayReport],
) -> anyhow::Result<Exit> {
    let settings: Vec<_> = SETTINGS
        .iter()
        .map(|it| json!({"key": it.key, "value": ctx.config.text(it.key), "origin": ctx.config.origin(it.key).to_string()}))
        .collect();
    let ways: Vec<_> = ways.iter().map(|it| json!({"way": it.way.to_string(), "usable": it.usable, "why": it.why})).collect();
    let database = named?.map(|database| database.why);
    ctx.ui.json(&json!({"type": "doctor", "root": ctx.config.root, "settings": settings, "database": database, "ways": ways}));
    Ok(Exit::Done)
}
