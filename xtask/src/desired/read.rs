//! Files as statements; what has no place in a desired state is refused here.

use super::created::created;
use super::{Desired, File, Statement, told};
use crate::diagnostic::{Diagnostic, Location};
use crate::migration::SourceFile;
use crate::migration::set::decode;
use crate::sql::{self, Class, Script, TokenKind, tokens};

impl Desired {
    /// Reads `files`, whatever their order.
    ///
    /// # Errors
    /// Everything that cannot be read, and every statement that describes no object.
    pub fn read(files: Vec<SourceFile>) -> Result<Desired, Vec<Diagnostic>> {
        let mut desired = Desired::default();
        let mut found = Vec::new();
        let mut files = files;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        for SourceFile { path, bytes } in files {
            match decode(bytes, &path) {
                Ok(text) => desired.read_file(path, text, &mut found),
                Err(diagnostic) => found.push(diagnostic),
            }
        }
        if found.is_empty() { Ok(desired) } else { Err(found) }
    }

    fn read_file(&mut self, path: String, text: String, found: &mut Vec<Diagnostic>) {
        let script = match sql::split(&text) {
            Ok(script) => script,
            Err(error) => {
                return found
                    .push(Diagnostic::error("unreadable-sql", error.message).at(Location::new(&path, &text, error.span)).hint(error.hint));
            }
        };
        found.extend(refused(&path, &text, &script));
        match told::read(&path, &text, &script) {
            Ok(told) => self.told.extend(told),
            Err(diagnostics) => found.extend(diagnostics),
        }
        let mut file = File { path, text, unchecked: false };
        let mut settings = Vec::new();
        for statement in script.statements {
            let sql = &file.text[statement.span.clone()];
            if is_setting(sql) {
                file.unchecked |= sql.to_ascii_lowercase().contains("check_function_bodies");
                settings.push(statement.span);
            } else {
                let creates = created(sql);
                self.statements.push(Statement { file: self.files.len(), span: statement.span, settings: settings.clone(), creates });
            }
        }
        self.files.push(file);
    }
}

/// Whether the statement changes how the ones behind it are read: `SET`, `RESET`, and `pg_dump`'s way to empty the search path.
fn is_setting(sql: &str) -> bool {
    let [first, second, third, ..] = words(sql);
    match first.as_str() {
        "SET" => !matches!(second.as_str(), "TRANSACTION" | "CONSTRAINTS"),
        "RESET" => true,
        "SELECT" => second == "SET_CONFIG" || second == "PG_CATALOG" && third == "SET_CONFIG",
        _ => false,
    }
}

/// The first bare words of a statement, in upper case.
fn words(sql: &str) -> [String; 4] {
    let mut words = tokens(sql, 0).filter(|it| it.kind == TokenKind::Word).map(|it| sql[it.span].to_ascii_uppercase());
    std::array::from_fn(|_| words.next().unwrap_or_default())
}

const DATA: &str = "move it into a migration (`cargo xtask db new NAME`), or into the seeds if it is sample data";
const SERVER_WIDE: &str =
    "leave it to whoever runs the server; roles that scratch servers need are listed in `[scratch] roles` in xtask.toml";

/// What has no place in a desired state.
fn refused(path: &str, text: &str, script: &Script) -> Vec<Diagnostic> {
    let complain = |statement: &sql::Statement| {
        let (rule, message, hint) = complaint(&text[statement.span.clone()], statement.class)?;
        let start = statement.span.start;
        let word = tokens(text, start).next().map_or(start, |it| it.span.end);
        Some(Diagnostic::error(rule, message).at(Location::new(path, text, start..word)).hint(hint))
    };
    script.statements.iter().filter_map(complain).collect()
}

fn complaint(sql: &str, class: Class) -> Option<(&'static str, String, &'static str)> {
    let [first, second, third, fourth] = words(sql);
    let unsuited = |message: String, hint| Some(("schema-unsuited", message, hint));
    match (first.as_str(), second.as_str()) {
        ("INSERT" | "UPDATE" | "DELETE" | "MERGE" | "COPY" | "TRUNCATE", _) => {
            Some(("schema-data", format!("{first} changes rows; the desired state describes objects alone"), DATA))
        }
        ("REFRESH", _) => Some(("schema-data", "REFRESH fills a view; the desired state describes objects alone".into(), DATA)),
        _ if class == Class::Bare && [&second, &third, &fourth].iter().any(|it| *it == "CONCURRENTLY") => {
            let hint = "leave CONCURRENTLY out; `cargo xtask db generate --online` writes it where it is needed";
            unsuited("CONCURRENTLY is a way to get there, not a part of the desired state".to_owned(), hint)
        }
        ("CREATE" | "ALTER" | "DROP", "ROLE" | "GROUP" | "DATABASE" | "TABLESPACE" | "SYSTEM") => {
            unsuited(format!("{first} {second} concerns the whole server, not this database"), SERVER_WIDE)
        }
        ("CREATE" | "ALTER" | "DROP", "USER") if third != "MAPPING" => {
            unsuited(format!("{first} USER concerns the whole server, not this database"), SERVER_WIDE)
        }
        _ if matches!(class, Class::Control(_)) => {
            unsuited(format!("{first} opens or ends a transaction; the desired state has no order"), "remove it")
        }
        ("SELECT" | "WITH" | "VALUES" | "TABLE" | "CALL" | "EXECUTE", _) if !is_setting(sql) => {
            unsuited(format!("{first} makes no object"), "remove it; what makes objects by a call can stand in a DO block")
        }
        ("VACUUM" | "ANALYZE" | "REINDEX" | "CLUSTER" | "CHECKPOINT" | "DISCARD" | "LISTEN" | "NOTIFY" | "LOCK" | "EXPLAIN", _) => {
            unsuited(format!("{first} makes no object"), "remove it")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let files = vec![SourceFile { path: "schema/a.sql".to_owned(), bytes: text.as_bytes().to_vec() }];
        let actual = match Desired::read(files) {
            Ok(desired) => desired.statements.iter().map(|it| &text[it.span.clone()]).collect::<Vec<_>>().join(" | "),
            Err(found) => found.iter().map(|it| format!("{}: {}", it.rule, it.message)).collect::<Vec<_>>().join("; "),
        };
        assert_eq!(actual, expected);
    }

    #[test]
    fn objects_stay_and_the_rest_is_refused() {
        check("CREATE TABLE a (n int); -- why\nCOMMENT ON TABLE a IS 'x';", "CREATE TABLE a (n int) | COMMENT ON TABLE a IS 'x'");
        check("SET search_path = a; CREATE TABLE t (n int)", "CREATE TABLE t (n int)");
        check("SELECT pg_catalog.set_config('search_path', '', false);", "");
        check("insert into a values (1)", "schema-data: INSERT changes rows; the desired state describes objects alone");
        check("SELECT setval('s', 3)", "schema-unsuited: SELECT makes no object");
        check(
            "create index concurrently i on t (a)",
            "schema-unsuited: CONCURRENTLY is a way to get there, not a part of the desired state",
        );
        check("create role r", "schema-unsuited: CREATE ROLE concerns the whole server, not this database");
        check("create user mapping for r server s", "create user mapping for r server s");
        check("begin", "schema-unsuited: BEGIN opens or ends a transaction; the desired state has no order");
        check("create table t (a text default '", "unreadable-sql: this quote is never closed");
    }
}
