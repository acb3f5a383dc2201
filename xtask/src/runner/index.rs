//! What a failed `CREATE INDEX CONCURRENTLY` leaves: an INVALID index, which slows writes, serves no query and stands in the way of the next
//! attempt, or lets `IF NOT EXISTS` pass it by. It is removed before the statement runs again, and right after it fails.

use crate::db::history::Table;
use crate::db::{DbError, Session};
use crate::sql::quote::literal;
use crate::sql::{TokenKind, tokens};

/// The index that a statement builds or rebuilds without a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Build {
    /// The table, or for `REINDEX INDEX` the index, as it is written.
    on: String,
    /// The index's name, unless the server chooses it.
    name: Option<String>,
    /// Rebuilds leave theirs under names that end in `_ccnew`.
    is_rebuild: bool,
}

/// What `statement` builds, where it is a `CREATE INDEX CONCURRENTLY` or `REINDEX … CONCURRENTLY` of one table or index.
pub(super) fn build(statement: &str) -> Option<Build> {
    let words: Vec<(TokenKind, &str)> =
        tokens(statement, 0).filter(|it| it.kind != TokenKind::Blank).map(|it| (it.kind, &statement[it.span])).collect();
    let is =
        |index: usize, word: &str| words.get(index).is_some_and(|(kind, text)| *kind == TokenKind::Word && text.eq_ignore_ascii_case(word));
    let concurrently = (0..words.len()).find(|index| is(*index, "concurrently"))?;
    if is(0, "reindex") {
        let object = (1..words.len()).find(|index| is(*index, "table") || is(*index, "index"))?;
        let start = if is(object + 1, "concurrently") { object + 2 } else { object + 1 };
        return Some(Build { on: qualified(&words[start..])?, name: None, is_rebuild: true });
    }
    if !is(0, "create") {
        return None;
    }
    let after = if is(concurrently + 1, "if") { concurrently + 4 } else { concurrently + 1 };
    let on = (after..words.len()).find(|index| is(*index, "on"))?;
    let table = if is(on + 1, "only") { on + 2 } else { on + 1 };
    let name = words[after..on].first().map(|(_, text)| (*text).to_owned());
    Some(Build { on: qualified(&words[table..])?, name, is_rebuild: false })
}

/// The leading `name` or `schema.name`.
fn qualified(words: &[(TokenKind, &str)]) -> Option<String> {
    let is_name =
        |index: usize| words.get(index).filter(|(kind, _)| matches!(kind, TokenKind::Word | TokenKind::QuotedName)).map(|it| it.1);
    let first = is_name(0)?;
    match (words.get(1), is_name(2)) {
        (Some((_, ".")), Some(second)) => Some(format!("{first}.{second}")),
        _ => Some(first.to_owned()),
    }
}

/// The INVALID indexes on the table of `build` that nobody is building right now: under its name, or all where the server chooses the name.
pub(super) fn invalid(session: &mut Session, build: &Build) -> Result<Vec<String>, DbError> {
    let name = match (&build.name, build.is_rebuild) {
        (Some(name), _) => format!("c.relname = {}", literal(&folded(name))),
        (None, true) => "c.relname ~ '_cc(new|old)[0-9]*$'".to_owned(),
        (None, false) => "true".to_owned(),
    };
    let on = literal(&build.on);
    let sql = format!(
        "SELECT i.indexrelid::regclass FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
         WHERE NOT i.indisvalid AND {name} AND c.relkind = 'i' \
         AND (i.indrelid = pg_catalog.to_regclass({on}) \
              OR i.indrelid = (SELECT indrelid FROM pg_catalog.pg_index WHERE indexrelid = pg_catalog.to_regclass({on}))) \
         AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid)"
    );
    Ok(session.rows(&sql)?.iter().map(|row| row.text(0)).collect())
}

/// Whether `names` may be removed before the first attempt: only what stands under the statement's own name.
pub(super) fn is_named(build: &Build) -> bool {
    build.name.is_some()
}

/// Whether an index that the server named became valid on the table of `build` after the history row at a position of its table announced the step. Both
/// rows carry the number of the transaction that last wrote them.
pub(super) fn is_built_since_announced(session: &mut Session, build: &Build, (table, position): (&Table, i64)) -> Result<bool, DbError> {
    if build.name.is_some() || build.is_rebuild {
        return Ok(false);
    }
    let on = literal(&build.on);
    let sql = format!(
        "SELECT FROM pg_catalog.pg_index i, {table} h WHERE h.position = {position} AND i.indisvalid \
         AND i.indrelid = pg_catalog.to_regclass({on}) AND pg_catalog.age(i.xmin) < pg_catalog.age(h.xmin)"
    );
    Ok(!session.rows(&sql)?.is_empty())
}

/// Removes indexes by their names as the server writes them.
pub(super) fn remove(session: &mut Session, names: &[String]) -> Result<(), DbError> {
    names.iter().try_for_each(|name| session.execute(&format!("DROP INDEX CONCURRENTLY IF EXISTS {name}")))
}

/// A name as the catalog has it.
fn folded(name: &str) -> String {
    match name.strip_prefix('"').and_then(|name| name.strip_suffix('"')) {
        Some(quoted) => quoted.replace("\"\"", "\""),
        None => name.to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_built() {
        let check = |sql: &str, expected: Option<(&str, Option<&str>)>| {
            let build = build(sql);
            assert_eq!(build.as_ref().map(|it| (it.on.as_str(), it.name.as_deref())), expected, "of {sql}");
        };
        check("create index concurrently i on t (a)", Some(("t", Some("i"))));
        check("CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS \"I\" ON ONLY s.\"T\" USING btree (a)", Some(("s.\"T\"", Some("\"I\""))));
        check("create index concurrently on t (a)", Some(("t", None)));
        check("reindex index concurrently i", Some(("i", None)));
        check("reindex (concurrently) table s.t", Some(("s.t", None)));
        check("drop index concurrently i", None);
        check("vacuum t", None);
        assert_eq!(folded("\"a\"\"B\""), "a\"B");
        assert_eq!(folded("MixedCase"), "mixedcase");
    }
}
