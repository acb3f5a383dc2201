//! The second opinion: `pg_dump --schema-only` of both, statement by statement, whatever their order.

use super::super::{Stage, Subject};
use super::compare::Difference;
use crate::diagnostic::{Diagnostic, Level};
use crate::scratch::Database;
use similar::TextDiff;
use std::collections::BTreeMap;

/// The statements of a dump, or why there is none.
pub(super) type Dump = Result<Vec<String>, Diagnostic>;

/// Dumps the schema of `database`.
pub(super) fn schema(stage: &Stage<'_>, database: &Database) -> Dump {
    let major = stage.server.version / 10_000;
    let Some(mut command) = (stage.tools.dump)(&database.url, major) else {
        let message = format!("there is no pg_dump for PostgreSQL {major} here: drift has no second opinion");
        let hint = format!("install PostgreSQL {major}'s client programs, or put pg_dump on the PATH");
        return Err(Diagnostic::error("no-pg-dump", message).level(Level::Info).hint(hint));
    };
    command.args(["--schema-only", "--exclude-schema=xtask"]);
    let failed = |why: &str| {
        let message = format!("pg_dump failed, so that drift has no second opinion: {}", why.trim());
        Diagnostic::warning("no-pg-dump", message).hint("see whether pg_dump reaches that server by hand")
    };
    let output = command.output().map_err(|error| failed(&error.to_string()))?;
    if !output.status.success() {
        return Err(failed(&String::from_utf8_lossy(&output.stderr)));
    }
    Ok(statements(&String::from_utf8_lossy(&output.stdout)))
}

/// The statements of a dump without what is different from one dump to the next: comments, settings, `\restrict` with its random word.
fn statements(dump: &str) -> Vec<String> {
    let is_noise = |line: &str| line.starts_with("--") || line.starts_with("\\restrict") || line.starts_with("\\unrestrict");
    let text: Vec<&str> = dump.lines().filter(|line| !is_noise(line)).collect();
    let text = text.join("\n");
    let Ok(script) = crate::sql::split(&text) else { return vec![text] };
    let all = script.statements.iter().map(|it| text[it.span.clone()].trim().to_owned());
    let is_setting = |it: &str| it.starts_with("SET ") || it.starts_with("SELECT pg_catalog.set_config(");
    all.filter(|it| !is_setting(it)).collect()
}

/// What pg_dump sees and the comparison of catalogs did not.
pub(super) fn compare(migrated: Dump, desired: Dump, known: &[Difference], subject: &Subject) -> Vec<Diagnostic> {
    let (migrated, desired) = match (migrated, desired) {
        (Ok(migrated), Ok(desired)) => (migrated, desired),
        (Err(why), _) | (_, Err(why)) => return vec![why],
    };
    let mut only: BTreeMap<String, (Vec<String>, Vec<String>)> = BTreeMap::new();
    for statement in minus(&migrated, &desired) {
        only.entry(head(&statement)).or_default().0.push(statement);
    }
    for statement in minus(&desired, &migrated) {
        only.entry(head(&statement)).or_default().1.push(statement);
    }
    let is_known = |texts: &[String]| texts.iter().any(|text| known.iter().any(|it| names(text, it)));
    let unknown = only.into_values().filter(|(ours, theirs)| !is_known(ours) && !is_known(theirs));
    unknown.map(|(ours, theirs)| diagnostic(&ours.join(";\n"), &theirs.join(";\n"), subject)).collect()
}

/// The statements of `a` that `b` does not hold as often.
fn minus(a: &[String], b: &[String]) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    b.iter().for_each(|it| *counts.entry(it).or_default() += 1);
    let is_left = |it: &&String| match counts.get_mut(it.as_str()) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    };
    a.iter().filter(is_left).cloned().collect()
}

/// What a statement is about, so that two forms of one are shown beside each other: its words before the first parenthesis or line end.
fn head(statement: &str) -> String {
    let end = statement.find(['(', '\n']).unwrap_or(statement.len());
    statement[..end].split_whitespace().take(6).collect::<Vec<_>>().join(" ")
}

/// Whether a statement names what is known to differ.
fn names(statement: &str, known: &Difference) -> bool {
    let owner = if known.id.of.is_empty() { &known.id.name } else { &known.id.of };
    let bare = |name: &str| name.split('(').next().unwrap_or(name).rsplit('.').next().unwrap_or(name).to_owned();
    let words = |text: &str, word: &str| text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|it| it == word.trim_matches('"'));
    words(statement, &bare(owner)) || words(statement, &bare(&known.id.name))
}

fn diagnostic(ours: &str, theirs: &str, subject: &Subject) -> Diagnostic {
    let about = head(if ours.is_empty() { theirs } else { ours });
    let difference = TextDiff::from_lines(format!("{ours}\n").as_str(), format!("{theirs}\n").as_str())
        .unified_diff()
        .context_radius(2)
        .header("migrations", &subject.schema)
        .to_string();
    if lines(ours) == lines(theirs) {
        let message = format!("the columns of `{about}` stand in another order than is desired");
        let hint = format!("leave it, or put them in `{}` in the order in which they came: new columns come last", subject.schema);
        return Diagnostic::error("drift-dump", message).level(Level::Info).note(difference).hint(hint);
    }
    let message = format!("pg_dump sees a difference that the comparison of catalogs does not: `{about}`");
    let hint = format!("write a migration that makes it alike, or correct `{}`", subject.schema);
    Diagnostic::error("drift-dump", message).note(difference).hint(hint)
}

/// The lines without the commas between them, in one order.
fn lines(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.lines().map(|it| it.trim().trim_end_matches(',')).collect();
    lines.sort_unstable();
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_no_statement() {
        let dump = "--\n-- PostgreSQL database dump\n--\n\\restrict aXb\n\nSET lock_timeout = 0;\nSELECT pg_catalog.set_config('search_path', '', false);\n\
            CREATE TABLE public.t (\n    a integer\n);\n\n\\unrestrict aXb\n";
        assert_eq!(statements(dump), ["CREATE TABLE public.t (\n    a integer\n)"]);
    }

    fn check(migrated: &[&str], desired: &[&str], expected: &[&str]) {
        let dump = |texts: &[&str]| Ok(texts.iter().map(|&it| it.to_owned()).collect());
        let found = compare(dump(migrated), dump(desired), &[], &Subject::default());
        let said: Vec<String> = found.iter().map(|it| format!("{}: {}", it.level.word(), it.message)).collect();
        assert_eq!(said, expected);
    }

    #[test]
    fn order_does_not_count_and_every_difference_does() {
        check(&["CREATE A a", "CREATE B b"], &["CREATE B b", "CREATE A a"], &[]);
        check(
            &["CREATE TABLE t (\n  a int,\n  b int\n)"],
            &["CREATE TABLE t (\n  b int,\n  a int\n)"],
            &["info: the columns of `CREATE TABLE t` stand in another order than is desired"],
        );
        check(
            &["CREATE TABLE t (\n  a int\n)"],
            &["CREATE TABLE t (\n  a text\n)"],
            &["error: pg_dump sees a difference that the comparison of catalogs does not: `CREATE TABLE t`"],
        );
    }
}
