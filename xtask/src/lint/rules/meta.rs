//! Rules about what cannot be read, and about suppressions.

use super::super::rule::{Check, Rule};
use crate::diagnostic::{Hazard, Level};

/// SQL that does not parse.
pub static SYNTAX_ERROR: Rule = Rule {
    id: "syntax-error",
    title: "A statement that does not parse",
    level: Level::Error,
    hazards: &[Hazard::FailsAlways],
    condition: "a statement is no SQL that PostgreSQL knows",
    effect: "the migration fails wherever it runs; nothing else in this statement is judged",
    cure: "correct the statement at the place that is marked",
    bad: "CREATE TABLE fresh (id bigint;",
    good: "CREATE TABLE fresh (id bigint);",
    check: Check::Driver,
};

/// SQL that would take the parser too long.
pub static TOO_DEEP: Rule = Rule {
    id: "too-deep",
    title: "A statement too deep to judge",
    level: Level::Warning,
    hazards: &[],
    condition: "a statement nests more than 2,000 levels deep or chains more than 10,000 operators",
    effect: "it is left unjudged, since parsing it could take minutes; PostgreSQL itself may refuse it with `stack depth limit exceeded`",
    cure: "write it with IN, with VALUES, or as several statements",
    bad: "SELECT 1;",
    good: "SELECT 1;",
    check: Check::Driver,
};

/// Dynamic SQL and foreign languages.
pub static OPAQUE_SQL: Rule = Rule {
    id: "opaque-sql",
    title: "SQL that is only known when it runs",
    level: Level::Info,
    hazards: &[],
    condition: "a DO block or a called function runs SQL that it puts together from values that only the server knows",
    effect: "the linter cannot say what it does, and believes less about what exists behind it",
    cure: "write the statements out, or run `cargo xtask db check`, which watches them on a scratch database",
    bad: "DO $$ DECLARE command text; BEGIN SELECT 'SELECT 1' INTO command; EXECUTE command; END $$;",
    good: "DO $$ BEGIN EXECUTE 'SELECT 1'; END $$;",
    check: Check::Driver,
};

/// `allow` with a rule that is not.
pub static UNKNOWN_RULE: Rule = Rule {
    id: "unknown-rule",
    title: "A suppression for a rule that does not exist",
    level: Level::Error,
    hazards: &[],
    condition: "`-- xtask: allow RULE: reason` names no rule",
    effect: "it silences nothing, perhaps not even what it was written for",
    cure: "write the name that the finding shows in brackets",
    bad: "-- xtask: allow drop-tabel: it is empty\nSELECT 1;",
    good: "SELECT 1;",
    check: Check::Driver,
};

/// `allow` without why.
pub static ALLOW_WITHOUT_REASON: Rule = Rule {
    id: "allow-without-reason",
    title: "A suppression without a reason",
    level: Level::Error,
    hazards: &[],
    condition: "`-- xtask: allow RULE` gives no reason",
    effect: "the next reader cannot tell a decision from a habit; the finding stays",
    cure: "write the reason behind a second colon: `-- xtask: allow drop-table: replaced by invoices in 0031`",
    bad: "CREATE TABLE old (id int);\n-- then\n-- xtask: allow drop-table\nDROP TABLE old;",
    good: "CREATE TABLE old (id int);\n-- then\n-- xtask: allow drop-table: nothing reads it since 0031\nDROP TABLE IF EXISTS old;",
    check: Check::Driver,
};

/// `allow` that is not needed.
pub static UNUSED_ALLOW: Rule = Rule {
    id: "unused-allow",
    title: "A suppression that silences nothing",
    level: Level::Warning,
    hazards: &[],
    condition: "`-- xtask: allow RULE: reason` stands where the rule finds nothing",
    effect: "it would hide a finding that comes later",
    cure: "remove it",
    bad: "-- xtask: allow drop-table: it is empty\nSELECT 1;",
    good: "SELECT 1;",
    check: Check::Driver,
};
