//! The linter as data: migrations in, rule names out.

use super::*;
use crate::diagnostic::{Hazard, Level};
use crate::migration::{Numbering, SourceFile};

/// Lints `before` as context and `sql` as the migration to judge.
fn lint_sql(before: &str, sql: &str, server_version: u32) -> Vec<Diagnostic> {
    let file = |name: &str, text: &str| SourceFile { path: format!("migrations/{name}.sql"), bytes: text.as_bytes().to_vec() };
    let files = vec![file("0001_before", before), file("0002_judged", sql)];
    let (set, mut found) = MigrationSet::from_readable_files(files, Numbering::Sequential);
    let judged = Some([String::from("0002_judged")].into_iter().collect());
    let scope = Scope { judged, lock_timeout: None, server_version: Some(server_version), complete: found.is_empty() };
    found.extend(lint(&set, &scope));
    found
}

/// The rules that find something at `level` or above.
fn rules_at(level: Level, found: &[Diagnostic]) -> Vec<&'static str> {
    let mut rules: Vec<&str> = found.iter().filter(|it| it.level >= level).map(|it| it.rule).collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}

const SCHEMA: &str = "
    CREATE TYPE mood AS ENUM ('sad', 'ok');
    CREATE DOMAIN label AS text;
    CREATE TABLE account (id bigint PRIMARY KEY, email text NOT NULL, name varchar(50), age int, status text NOT NULL DEFAULT 'new',
        balance numeric(10,2), made_at timestamp, CONSTRAINT age_given CHECK (age IS NOT NULL));
    CREATE INDEX account_email ON account (email);
    CREATE TABLE person (id bigint PRIMARY KEY, mood mood NOT NULL, account_id bigint);
    CREATE TABLE event (id bigint, at date NOT NULL) PARTITION BY RANGE (at);
    CREATE TABLE event_2025 PARTITION OF event FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
    CREATE VIEW emails AS SELECT id, email FROM account;
    CREATE FUNCTION purge() RETURNS void LANGUAGE plpgsql AS $$ DECLARE n int; BEGIN SELECT count(*) INTO n FROM person; DELETE FROM person; END $$;
";

/// The errors in `sql`, judged behind [`SCHEMA`].
#[track_caller]
fn check(sql: &str, expected: &[&str]) {
    let found = lint_sql(SCHEMA, sql, 18);
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    assert_eq!(rules_at(Level::Error, &found), expected, "of {sql}\n{:#?}", found.iter().map(|it| &it.message).collect::<Vec<_>>());
}

#[test]
fn a_table_that_was_just_emptied_has_no_rows() {
    check("TRUNCATE person; ALTER TABLE person ALTER account_id SET NOT NULL;", &["set-not-null", "truncate"]);
    check("TRUNCATE person; CREATE INDEX ON person (mood);", &["truncate"]);
    check("TRUNCATE person; INSERT INTO person VALUES (1, 'ok', 2); CREATE INDEX ON person (mood);", &["create-index", "truncate"]);
    check("CREATE INDEX ON person (mood); TRUNCATE person;", &["create-index", "truncate"]);
    let found = lint_sql(SCHEMA, "TRUNCATE person; ALTER TABLE person ADD name text NOT NULL;", 18);
    let required = found.iter().find(|it| it.rule == "add-required-column").expect("programs still break");
    assert_eq!(required.hazards, [Hazard::BreaksClients], "{}", required.message);
}

#[test]
fn every_example_proves_its_rule() {
    for rule in RULES {
        let judge = |example: &str| {
            let (before, sql) = example.split_once(EXAMPLE_BREAK).unwrap_or(("", example));
            lint_sql(before, sql, 15)
        };
        let found = judge(rule.bad);
        // What cannot be cut into statements is found before the linter is asked.
        let is_found = found.iter().any(|it| it.rule == rule.id || it.rule == "unreadable-sql");
        assert!(is_found || rule.id == "too-deep", "{} finds nothing in its bad example", rule.id);
        let good = judge(rule.good);
        assert!(good.iter().all(|it| it.rule != rule.id || it.level < rule.level), "{} finds something in its good example", rule.id);
        let errors = rules_at(Level::Error, &good);
        assert!(errors.is_empty(), "{errors:?} find something in the good example of {}", rule.id);
        // What acknowledges data loss relies on the order of a rule's hazards.
        let after_loss = rule.hazards.iter().skip_while(|it| **it != Hazard::DataLoss).skip(1);
        assert!(after_loss.copied().all(|it| it == Hazard::BreaksClients), "{}: data-loss stands before work", rule.id);
    }
}

#[test]
fn names_are_unique_and_in_kebab_case() {
    for (index, rule) in RULES.iter().enumerate() {
        assert!(rule.id.bytes().all(|it| it.is_ascii_lowercase() || it == b'-'), "{}", rule.id);
        assert!(RULES[..index].iter().all(|it| it.id != rule.id), "{} stands twice", rule.id);
        assert_eq!(find(rule.id).map(|it| it.id), Some(rule.id));
        let page = render_page(rule);
        assert!(page.starts_with(&format!("# {}\n", rule.title)) && page.contains(rule.bad.trim()) && page.contains(rule.cure));
        assert!(explain(rule).contains(rule.effect));
        assert!([rule.condition, rule.effect, rule.cure].iter().all(|it| !it.ends_with('.')), "{} ends with a full stop", rule.id);
    }
}

#[test]
fn types_know_what_they_store() {
    let change = |to: &str| format!("ALTER TABLE account ALTER COLUMN {to};");
    for free in
        ["name TYPE varchar(60)", "name TYPE text", "balance TYPE numeric(12,2)", "balance TYPE numeric", "name TYPE text USING name::text"]
    {
        check(&change(free), &[]);
    }
    for work in [
        "name TYPE varchar(40)",
        "balance TYPE numeric(12,4)",
        "made_at TYPE timestamptz",
        "age TYPE bigint",
        "name TYPE text USING upper(name)",
    ] {
        check(&change(work), &["change-type"]);
    }
    check("SET LOCAL timezone = 'UTC'; ALTER TABLE account ALTER made_at TYPE timestamptz;", &[]);
    check(&change("name TYPE int"), &["impossible-change"]);
    check(&change("email TYPE varchar(9)"), &["change-type", "dependent-object"]);
}

#[test]
fn proofs_make_it_brief() {
    check("ALTER TABLE account ALTER age SET NOT NULL;", &[]);
    check("ALTER TABLE account ALTER name SET NOT NULL;", &["set-not-null"]);
    let negated = format!("{SCHEMA} ALTER TABLE account ADD CHECK (NOT (name IS NULL));");
    assert!(rules_at(Level::Error, &lint_sql(&negated, "ALTER TABLE account ALTER name SET NOT NULL;", 18)).is_empty());
    check("ALTER TABLE account ADD CONSTRAINT c CHECK (name IS NOT NULL) NOT VALID;", &[]);
    check("ALTER TABLE account ADD CONSTRAINT c CHECK (id > 0) NOT VALID, VALIDATE CONSTRAINT c;", &["work-under-lock"]);
    check("ALTER TABLE account ADD c bigint REFERENCES person;", &[]);
}

#[test]
fn new_tables_are_safe() {
    check("CREATE TABLE t (id int); CREATE INDEX ON t (id); UPDATE t SET id = 1; ALTER TABLE t RENAME TO u; DROP TABLE u;", &[]);
    check("CREATE TABLE IF NOT EXISTS account (id int); CREATE INDEX ON account (age);", &["create-index"]);
    check("SAVEPOINT s; CREATE TABLE t (id int); ROLLBACK TO s; CREATE INDEX ON person (mood);", &["create-index"]);
    check("CREATE TEMP TABLE account (id int); DELETE FROM account;", &[]);
    check("CREATE SCHEMA s; SET LOCAL search_path = s; CREATE TABLE person (id int); CREATE INDEX ON person (id);", &[]);
}

#[test]
fn text_is_no_statement() {
    check("-- DROP TABLE account;\nSELECT 'DROP TABLE account; COMMIT';", &[]);
    check("CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN TRUNCATE account; END $$;", &[]);
    check("COMMENT ON TABLE account IS 'VACUUM';", &[]);
}

#[test]
fn code_that_runs_counts() {
    check("SELECT purge();", &["change-all-rows"]);
    check("DO $$ BEGIN PERFORM purge(); END $$;", &["change-all-rows"]);
    check("DO $$ BEGIN EXECUTE format('TRUNCATE %I', 'account'); END $$;", &["truncate"]);
    check("DO $$ BEGIN IF false THEN TRUNCATE account; END IF; END $$;", &[]);
    check("DO $$ BEGIN CREATE TYPE mood AS ENUM ('x'); EXCEPTION WHEN duplicate_object THEN NULL; END $$;", &[]);
    check("DO $$ BEGIN COMMIT; END $$;", &["commit-in-code"]);
    let found = lint_sql(SCHEMA, "DO $$ DECLARE s text; BEGIN SELECT email INTO s FROM account; EXECUTE s; END $$;", 18);
    assert!(found.iter().any(|it| it.rule == "opaque-sql" && it.level == Level::Info));
}

#[test]
fn a_function_that_calls_itself_ends() {
    check("CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM f(); PERFORM f(); END $$; SELECT f();", &[]);
}

#[test]
fn rows_by_key_are_few() {
    for few in [
        "UPDATE account SET age = 1 WHERE id = 5",
        "DELETE FROM account WHERE id IN (1, 2)",
        "UPDATE account a SET age = 1 FROM person p WHERE p.account_id = a.id AND p.id = 3",
        "DELETE FROM account WHERE id IN (SELECT id FROM account LIMIT 100)",
        "UPDATE account SET age = 1 WHERE id BETWEEN 1 AND 500",
        "DELETE FROM account WHERE false",
        "UPDATE account SET age = 1 WHERE email = 'a'",
    ] {
        check(few, &[]);
    }
    for many in [
        "UPDATE account SET age = 1",
        "DELETE FROM account WHERE true",
        "UPDATE account SET age = 1 WHERE age IS NULL",
        "UPDATE account a SET age = 1 FROM person p WHERE p.account_id = a.id",
        "DELETE FROM person WHERE id > 0",
        "UPDATE account SET status = 'old' WHERE status = 'new'",
        "WITH gone AS (DELETE FROM account RETURNING id) SELECT count(*) FROM gone",
    ] {
        check(many, &["change-all-rows"]);
    }
}

#[test]
fn faults_that_always_happen() {
    check("ALTER TABLE acount ADD x int;", &["missing-object"]);
    check("ALTER TABLE IF EXISTS acount ADD x int;", &[]);
    check("CREATE TABLE account (id int);", &["existing-object"]);
    check("ALTER TABLE account ADD COLUMN age int;", &["existing-object"]);
    check("ALTER TYPE mood ADD VALUE 'ok';", &["existing-object"]);
    check("CREATE OR REPLACE VIEW emails AS SELECT id FROM account;", &["impossible-change"]);
    check("CREATE TABLE p PARTITION OF event FOR VALUES FROM ('2025-06-01') TO ('2025-07-01');", &["impossible-change"]);
    check("SELECT 1 FROM;;; SELEC 1;", &["syntax-error"]);
    for impossible in [
        "DROP TABLE emails;",
        "DROP VIEW person;",
        "CREATE INDEX i ON emails (id);",
        "ALTER TABLE emails ADD COLUMN x int;",
        "CREATE TABLE t (a int, b int, a text);",
        "CREATE TABLE t (a int PRIMARY KEY, b int, PRIMARY KEY (b));",
        "CREATE TABLE t (a timestamptz, b text GENERATED ALWAYS AS (to_char(a, 'YYYY')) STORED);",
        "INSERT INTO person (id) VALUES (1);",
    ] {
        let found = rules_at(Level::Error, &lint_sql(SCHEMA, impossible, 18));
        assert!(found.contains(&"impossible-change"), "{found:?} of {impossible}");
    }
    check("INSERT INTO account (id, email) VALUES (1, 'a');", &[]);
    check("CREATE TABLE nowhere.t (a int);", &["missing-object"]);
    check("CREATE TABLE t (a txet);", &["missing-object"]);
    check("ALTER TABLE account ADD COLUMN a txet;", &["missing-object"]);
    check(
        "CREATE TABLE t (a text[], b mood, c label, d account, e double precision, f character varying(3), g serial, h \"char\", i regclass);",
        &[],
    );
    check("DO $$ BEGIN RAISE EXCEPTION 'not yet'; END $$;", &["impossible-change"]);
    check("DO $$ BEGIN IF (SELECT count(*) FROM person WHERE id = 1) > 0 THEN RAISE EXCEPTION 'no'; END IF; END $$;", &[]);
    check("ALTER TYPE mood RENAME VALUE 'nope' TO 'x';", &["missing-object", "rename-enum-value"]);
}

#[test]
fn a_file_that_does_not_parse_leaves_the_others_judged() {
    let found = lint_sql("SELECT 'never closed", "TRUNCATE t; CREATE TABLE x (a int); TRUNCATE x;", 18);
    assert_eq!(rules_at(Level::Error, &found), ["truncate", "unreadable-sql"]);
}

#[test]
fn findings_are_allowed_with_a_reason() {
    check("-- xtask: allow truncate: empty since March\nTRUNCATE account;", &[]);
    check("SELECT 1;\n-- xtask: allow truncate: empty since March\nTRUNCATE account;\nTRUNCATE person;", &["truncate"]);
    check("-- xtask: allow truncate\nTRUNCATE account;", &["allow-without-reason", "truncate"]);
    check("-- xtask: allow truncat: typo\nTRUNCATE account;", &["truncate", "unknown-rule"]);
    let found = lint_sql(SCHEMA, "-- xtask: allow truncate: not needed\nSELECT 1;", 18);
    assert_eq!(rules_at(Level::Warning, &found), ["unused-allow"]);
    let found = lint_sql(SCHEMA, "-- xtask: allow truncat: typo\nSELECT 1;", 18);
    assert_eq!(found[0].hint.as_deref(), Some("write `allow truncate: …`, if that is meant"));
}

#[test]
fn loss_of_data_is_acknowledged_by_its_own_name() {
    check("-- xtask: allow data-loss: moved to the archive\nDROP TABLE IF EXISTS person;", &[]);
    check("-- xtask: allow data-loss: moved to the archive\nDROP VIEW emails; TRUNCATE account;", &["drop-object"]);
    check("SELECT 1;\n-- xtask: allow data-loss: never read\nALTER TABLE account DROP COLUMN balance;\nTRUNCATE person;", &["truncate"]);
    // The work is not acknowledged with the loss.
    check("-- xtask: allow data-loss: longer names are noise\nALTER TABLE account ALTER name TYPE varchar(10);", &["change-type"]);
    check("-- xtask: allow data-loss\nTRUNCATE account;", &["allow-without-reason", "truncate"]);
    let found = lint_sql(SCHEMA, "-- xtask: allow data-loss: nothing goes\nSELECT 1;", 18);
    assert_eq!(rules_at(Level::Warning, &found), ["unused-allow"]);
}

#[test]
fn settings_leak_from_wherever_they_are_changed() {
    for leak in [
        "SET search_path = pg_catalog;",
        "SELECT pg_catalog.set_config('search_path', '', false);",
        "DO $$ BEGIN SET search_path = pg_catalog; END $$;",
        "DO $$ BEGIN PERFORM set_config('role', 'x', false); END $$;",
        "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN SET session_replication_role = replica; END $$; SELECT f();",
        "SET SESSION AUTHORIZATION someone;",
    ] {
        check(leak, &["leaked-setting"]);
    }
    for clean in [
        "SET LOCAL search_path = pg_catalog;",
        "SET search_path = pg_catalog; RESET ALL;",
        "SET search_path = pg_catalog; SET search_path TO DEFAULT;",
        "SET search_path = pg_catalog; SET search_path = \"$user\", public;",
        "SET session_replication_role = replica; SET session_replication_role = origin;",
        "SAVEPOINT s; SET search_path = pg_catalog; ROLLBACK TO s;",
        "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $$ BEGIN END $$; SELECT f();",
        "-- xtask: no-transaction\nSET ROLE someone;\nDISCARD ALL;",
    ] {
        check(clean, &[]);
    }
}

#[test]
fn checks_prove_bounds_only_where_they_imply_them() {
    let attach = |check: &str, bound: &str| {
        let before = format!("{SCHEMA} CREATE TABLE part (id bigint, at date NOT NULL, CHECK ({check}));");
        rules_at(Level::Error, &lint_sql(&before, &format!("ALTER TABLE event ATTACH PARTITION part FOR VALUES {bound};"), 18))
    };
    let year = "FROM ('2026-01-01') TO ('2027-01-01')";
    for proof in [
        "at >= '2026-01-01' AND at < '2027-01-01'",
        "at >= DATE '2026-02-01' AND at <= '2026-12-31'::date",
        "at BETWEEN '2026-01-01' AND '2026-06-30'",
        "at = '2026-05-05'",
        "'2026-01-01' <= at AND '2027-01-01' > at AND id > 0",
    ] {
        assert!(attach(proof, year).is_empty(), "{proof}");
    }
    for none in [
        "at >= '2026-01-01' OR at < '2027-01-01'",
        "at >= '2025-12-31' AND at < '2027-01-01'",
        "at >= '2026-01-01' AND at <= '2027-01-01'",
        "at >= '2026-01-01'",
        "id >= 2026 AND id < 2027",
    ] {
        assert_eq!(attach(none, year), ["attach-partition"], "{none}");
    }
    assert!(attach("at >= '2026-01-01'", "FROM ('2026-01-01') TO (MAXVALUE)").is_empty());
}

#[test]
fn rows_are_moved_before_their_value_goes() {
    let rebuild = "ALTER TYPE mood RENAME TO old; CREATE TYPE mood AS ENUM ('ok'); ALTER TABLE person ALTER mood TYPE mood USING mood::text::mood; DROP TYPE old;";
    let check = |before: &str, sql: &str, expected: bool| {
        let found = lint_sql(&format!("{SCHEMA} {before}"), sql, 18);
        assert_eq!(found.iter().any(|it| it.rule == "remove-enum-value"), expected, "{before} {sql}");
    };
    check("", rebuild, true);
    check("UPDATE person SET mood = 'ok' WHERE mood = 'sad';", rebuild, false);
    check("", &format!("DELETE FROM person WHERE mood IN ('sad'); {rebuild}"), false);
    check("UPDATE account SET name = 'x' WHERE name = 'sad';", rebuild, true);
}

#[test]
fn code_that_asks_the_catalogs_gets_an_answer() {
    let guarded = |question: &str, sql: &str| format!("DO $$ BEGIN IF {question} THEN {sql}; END IF; END $$;");
    let truncate = |question: &str| guarded(question, "TRUNCATE account");
    check(&truncate("EXISTS (SELECT 1 FROM pg_class WHERE relname = 'account')"), &["truncate"]);
    check(&truncate("NOT EXISTS (SELECT 1 FROM pg_class WHERE relname = 'account')"), &[]);
    check(&truncate("EXISTS (SELECT FROM information_schema.columns WHERE table_name = 'account' AND column_name = 'nope')"), &[]);
    check(&truncate("to_regclass('public.nope') IS NOT NULL"), &[]);
    check(&truncate("EXISTS (SELECT 1 FROM pg_class WHERE relname = 'nope') OR EXISTS (SELECT 1 FROM account)"), &["truncate"]);
    check(&guarded("NOT EXISTS (SELECT 1 FROM pg_type WHERE typname = 'mood')", "CREATE TYPE mood AS ENUM ('x')"), &[]);
    check(&guarded("NOT EXISTS (SELECT 1 FROM pg_type WHERE typname = 'label')", "DROP TABLE account"), &[]);
}

#[test]
fn policies_have_to_let_others_do_what_they_may() {
    let enable = |policy: &str| format!("{policy} ALTER TABLE account ENABLE ROW LEVEL SECURITY;");
    let check = |grants: &str, policy: &str, expected: &[&str]| {
        let found = lint_sql(&format!("{SCHEMA} {grants}"), &enable(policy), 18);
        assert_eq!(rules_at(Level::Error, &found), expected, "{policy}");
    };
    check("", "CREATE POLICY p ON account USING (true);", &[]);
    check("", "CREATE POLICY p ON account FOR SELECT USING (true);", &[]);
    check("", "CREATE POLICY p ON account USING (false);", &["enable-row-security"]);
    check("", "CREATE POLICY p ON account AS RESTRICTIVE USING (true);", &["enable-row-security"]);
    let granted = "GRANT SELECT, INSERT ON account TO app;";
    check(granted, "CREATE POLICY p ON account FOR SELECT USING (true);", &["enable-row-security"]);
    check(granted, "CREATE POLICY p ON account TO other USING (true);", &["enable-row-security"]);
    check(granted, "CREATE POLICY \"All of it\" ON account FOR ALL TO app USING (true);", &[]);
    check(granted, "CREATE POLICY p ON account FOR SELECT USING (true); CREATE POLICY q ON account FOR INSERT WITH CHECK (true);", &[]);
}

#[test]
fn what_is_too_deep_is_said() {
    let deep = format!("SELECT {}1{};", "(".repeat(20_000), ")".repeat(20_000));
    let long = format!("SELECT 1{};", "+1".repeat(50_000));
    let in_code = |value: &str| format!("DO $x$ DECLARE n int; BEGIN n := {value}; END $x$;");
    let deep_code = in_code(&format!("{}1{}", "(".repeat(200_000), ")".repeat(200_000)));
    let long_code = in_code(&format!("1{}", "+1".repeat(50_000)));
    check(&in_code(&"1; n := (2 + 3)".repeat(20_000)), &[]);
    for sql in [deep, long, deep_code, long_code] {
        let found = lint_sql("", &sql, 18);
        assert_eq!(rules_at(Level::Info, &found), ["too-deep"]);
    }
}

#[test]
fn every_text_is_survived() {
    // Prefixes of everything: the shapes that an editor saves half-written.
    let all: String = RULES.iter().map(|it| it.bad).collect::<Vec<_>>().join(";\n") + SCHEMA;
    let ends = (0..all.len()).step_by(37).filter(|it| all.is_char_boundary(*it));
    for end in ends {
        drop(lint_sql("", all.get(end.saturating_sub(400)..end).unwrap_or_default(), 18));
    }
}
