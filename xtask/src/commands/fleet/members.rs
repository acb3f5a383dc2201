//! Who gets the migrations: the targets of `xtask.toml`, or the schemas of one database that match a pattern.

use crate::cli::db::Whose;
use crate::commands::database::{self, Database};
use crate::context::Context;
use crate::db::history::Table;
use crate::db::{Session, Url};
use crate::diagnostic::Diagnostic;
use crate::exit::{Exit, Failure};
use crate::sql::quote::{literal, name};

/// A database, or a schema in one.
pub(in crate::commands) struct Member {
    /// The target's name, or the schema's.
    pub name: String,
    /// Where it is; for a schema, sessions start with it as the first of their `search_path`.
    pub database: Database,
    is_schema: bool,
}

impl Member {
    /// A database that is the only one.
    pub fn only(database: Database) -> Member {
        Member { name: String::new(), database, is_schema: false }
    }

    /// Where its history is.
    pub fn table(&self) -> Table {
        if self.is_schema { Table::of_schema(&self.name) } else { Table::default() }
    }

    /// A session; for a schema, one that is sure to work in it.
    pub fn connect(&self, ctx: &Context) -> Result<Session, Failure> {
        let mut session = database::connect_to(&self.database, ctx.config.duration("migrations.wait").unwrap_or_default())?;
        if self.is_schema {
            let rows = session.rows("SELECT current_schema()").map_err(|error| database::refused(&self.database, &error))?;
            let current = rows.first().map_or(String::new(), |row| row.text(0));
            if current != self.name {
                return Err(self.elsewhere(&current));
            }
        }
        Ok(session)
    }

    /// What is unqualified would go into another tenant's or everybody's schema: nothing is worse.
    fn elsewhere(&self, current: &str) -> Failure {
        let message = format!("a session for the schema `{}` works in `{current}` instead", self.name);
        let hint = "grant USAGE on the schema; and connect to the server itself: a pooler drops the session's search_path";
        Failure::new(Exit::NoServer, Diagnostic::error("wrong-schema", message).hint(hint))
    }
}

/// The members, by name. Nothing is changed before every address is known.
pub(in crate::commands) fn find(ctx: &Context, whose: &Whose) -> anyhow::Result<Vec<Member>> {
    match &whose.each_schema {
        Some(pattern) => schemas(ctx, pattern),
        None => targets(ctx).map_err(anyhow::Error::from),
    }
}

fn targets(ctx: &Context) -> Result<Vec<Member>, Failure> {
    let (mut members, mut diagnostics) = (Vec::new(), Vec::new());
    for name in ctx.config.targets.keys() {
        match database::target(ctx, name) {
            Ok(database) => members.push(Member { name: name.clone(), database, is_schema: false }),
            Err(failure) => diagnostics.extend(failure.diagnostics),
        }
    }
    if members.is_empty() && diagnostics.is_empty() {
        let hint = "write `[targets.name]` with `url = \"…\"` into xtask.toml for each database";
        diagnostics.push(Diagnostic::error("no-such-target", "xtask.toml names no target").hint(hint));
    }
    if diagnostics.is_empty() { Ok(members) } else { Err(Failure { exit: Exit::Usage, diagnostics }) }
}

fn schemas(ctx: &Context, pattern: &str) -> anyhow::Result<Vec<Member>> {
    let database = database::resolve(ctx)?;
    let mut session = database::connect_to(&database, ctx.config.duration("migrations.wait").unwrap_or_default())?;
    let sql = format!(
        "SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname LIKE {} AND nspname !~ '^pg_' \
         AND nspname NOT IN ('information_schema', 'xtask') ORDER BY nspname COLLATE \"C\"",
        literal(&like(pattern))
    );
    let rows = session.rows(&sql)?;
    session.close();
    if rows.is_empty() {
        let message = format!("no schema of {} matches `{pattern}`", database.why);
        let hint = "create the schemas first, or correct the pattern: `*` stands for any text, `?` for one character";
        return Err(Failure::new(Exit::Usage, Diagnostic::error("no-such-schema", message).hint(hint)).into());
    }
    let member = |name: String| {
        let database = Database { url: within(&database.url, &name), ..database.clone() };
        Member { name, database, is_schema: true }
    };
    Ok(rows.iter().map(|row| member(row.text(0))).collect())
}

/// The pattern as LIKE writes it.
fn like(pattern: &str) -> String {
    let mut like = String::new();
    for character in pattern.chars() {
        match character {
            '*' => like.push('%'),
            '?' => like.push('_'),
            '%' | '_' | '\\' => like.extend(['\\', character]),
            _ => like.push(character),
        }
    }
    like
}

/// The address for sessions that work in `schema`: what a file leaves unqualified is found there first, then in `public`, where extensions are.
/// It is a default of the session, so that it holds again behind every file.
fn within(url: &Url, schema: &str) -> Url {
    let path = format!("{},public", name(schema));
    let escaped = path.replace('\\', "\\\\").replace(' ', "\\ ");
    let mut url = url.clone();
    let before = url.get("options").map_or(String::new(), |options| format!("{options} "));
    url.set("options", format!("{before}-c search_path={escaped}")).expect("libpq has this keyword");
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_read_as_a_shell_reads_it() {
        for (pattern, expected) in [("tenant_*", r"tenant\_%"), ("t?", "t_"), (r"50%\", r"50\%\\")] {
            assert_eq!(like(pattern), expected);
        }
    }

    #[test]
    fn the_schema_comes_first_whatever_it_is_called() {
        let url = Url::parse("postgres:///app?options=-c%20work_mem%3D1MB").expect("an address");
        assert_eq!(within(&url, "a b").get("options"), Some(r#"-c work_mem=1MB -c search_path="a\ b",public"#));
    }
}
