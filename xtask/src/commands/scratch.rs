//! Which server a command makes its throw-away databases on.

use super::database::{self, Database};
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::exit::{Exit, Failure};
use crate::scratch::{Prepare, Server};

/// The scratch server: the one that the settings name, else the database's own where that may be used so, else the development server.
pub(super) fn server(ctx: &Context) -> anyhow::Result<Server> {
    let database = choose(ctx)?;
    ctx.ui.say_more(&format!("scratch databases: on {}", database.why));
    let prepare = Prepare { extensions: ctx.config.list("scratch.extensions"), roles: ctx.config.list("scratch.roles") };
    Ok(Server::open(&database.url, prepare)?)
}

fn choose(ctx: &Context) -> anyhow::Result<Database> {
    let url = ctx.config.text("scratch.url");
    if !url.is_empty() {
        let database = database::at(url, &format!("scratch.url, {}", ctx.config.origin("scratch.url")))?;
        return match &database.protected {
            None => Ok(database),
            Some(why) => Err(protected(&database, why).into()),
        };
    }
    match database::named(ctx)? {
        Some(database) if database.protected.is_none() => Ok(database),
        _ => database::development(ctx),
    }
}

fn protected(database: &Database, why: &str) -> Failure {
    let diagnostic = Diagnostic::error("protected", format!("{} is never used for throw-away databases: {why}", database.why))
        .hint("name a server on this machine with `[scratch] url`, or leave it out to use the development server");
    Failure::new(Exit::Usage, diagnostic)
}
