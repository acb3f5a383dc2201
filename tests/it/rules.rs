//! Every rule of the linter keeps its word: its bad example does on a real server what the record claims, its good one does not.
//!
//! Claims that a server cannot show are listed with the reason in [`UNPROVEN`], and printed.

mod proof;

use migrate_first::diagnostic::Hazard as H;
use migrate_first::lint::{EXAMPLE_BREAK, RULES, Rule};
use proof::Example;
use support::{each_server, say};

/// What makes a bad example fail: rows that do not fit, for rules whose example has none of its own.
const MISFITS: &[(&str, &str)] = &[
    ("set-not-null", "INSERT INTO account VALUES (1, NULL)"),
    ("add-foreign-key", "INSERT INTO invoice VALUES (1, 77)"),
    ("add-check", "INSERT INTO account VALUES (1, -1)"),
    ("add-unique", "INSERT INTO account VALUES (1, 'a'), (2, 'a')"),
    ("domain-check", "INSERT INTO note VALUES (repeat('x', 200))"),
    ("create-unique-index", "INSERT INTO account VALUES (1, 'a'), (2, 'a')"),
    ("attach-partition", "INSERT INTO event_2026 VALUES ('1999-01-01')"),
];

/// Rows that a bad example loses or trips over.
const TREASURES: &[(&str, &str)] = &[
    ("drop-table", "INSERT INTO old VALUES (1)"),
    ("drop-column", "INSERT INTO account VALUES (1, 'kept')"),
    ("truncate", "INSERT INTO account VALUES (1)"),
    ("restart-sequence", "INSERT INTO account DEFAULT VALUES"),
];

/// What a program does that works before a bad example and fails behind it; as any role where it starts with `SET ROLE`.
const PROGRAMS: &[(&str, &str)] = &[
    ("add-required-column", "INSERT INTO account (id) VALUES (2)"),
    ("set-not-null", "INSERT INTO account (id) VALUES (2)"),
    ("drop-table", "SELECT id FROM old"),
    ("drop-column", "SELECT legacy FROM account"),
    ("drop-object", "SELECT n FROM total"),
    ("rename", "SELECT id FROM tag"),
    ("drop-default", "INSERT INTO account (id) VALUES (1)"),
    ("identity-always", "INSERT INTO account (id) VALUES (1)"),
    ("enable-row-security", "GRANT INSERT ON account TO pg_monitor; SET ROLE pg_monitor; INSERT INTO account (id) VALUES (1)"),
    ("revoke", "SET ROLE pg_monitor; SELECT * FROM account"),
    ("drop-key", "INSERT INTO account VALUES (1, 'a') ON CONFLICT (email) DO NOTHING"),
    ("ungranted-sequence", "SET ROLE pg_monitor; INSERT INTO account (name) VALUES ('a')"),
    ("rename-enum-value", "SELECT 'happy'::mood"),
    ("restart-sequence", "INSERT INTO account DEFAULT VALUES"),
];

/// Claims that are not shown, and why.
const UNPROVEN: &[(&str, H, &str)] = &[
    ("change-type", H::FailsData, "an int always fits into a bigint; narrower types do fail"),
    ("truncate", H::BreaksClients, "programs find a table, but no rows"),
    ("change-all-rows", H::BlocksLong, "row locks are no table locks: shown as rows that were written"),
];

/// Whether the examples mean something on this version.
fn applies(rule: &Rule, major: u32) -> bool {
    match rule.id {
        "recompute-column" => major >= 17,
        "needs-newer-server" => major < 18,
        _ => true,
    }
}

fn entry<'a>(table: &'a [(&str, &'a str)], rule: &Rule) -> Option<&'a str> {
    table.iter().find(|(id, _)| *id == rule.id).map(|(_, sql)| *sql)
}

fn halves(example: &str) -> (&str, &str) {
    example.split_once(EXAMPLE_BREAK).unwrap_or(("", example))
}

/// The example without the rows that it makes: for claims about an empty table.
fn without_rows(sql: &str) -> String {
    sql.lines().filter(|line| !line.starts_with("INSERT")).collect::<Vec<_>>().join("\n")
}

/// Whether the bad example of `rule` does what `hazard` says.
fn shows(rule: &Rule, hazard: H, major: u32, server: &'static support::Server) -> Result<(), String> {
    let (before, sql) = halves(rule.bad);
    let new = |before: &str| Example::new(server, before, sql);
    let expect = |ok: bool, what: &str| if ok { Ok(()) } else { Err(format!("{what} on PostgreSQL {major}")) };
    match hazard {
        H::FailsAlways => expect(new(before).run().is_err(), "runs"),
        H::FailsData => {
            expect(new(&without_rows(before)).run().is_ok(), "fails without rows as well")?;
            let example = new(before);
            entry(MISFITS, rule).into_iter().for_each(|it| example.sql(it));
            expect(example.run().is_err(), "does not fail on rows that do not fit")
        }
        H::FailsTxn => {
            let example = new(before);
            expect(example.run_in_transaction().is_err(), "runs in a transaction")
        }
        H::BlocksLong => {
            let blocked = new(&without_rows(before)).run_watched().map_err(|error| format!("fails: {error}"))?;
            expect(blocked.is_some(), "does no work under a strong lock")
        }
        H::DataLoss => {
            let example = new(before);
            entry(TREASURES, rule).into_iter().for_each(|it| example.sql(it));
            let values = example.values();
            example.run()?;
            expect(example.values() < values, "loses nothing")
        }
        H::BreaksClients => {
            let example = new(&without_rows(before));
            entry(TREASURES, rule).into_iter().for_each(|it| example.sql(it));
            let program = entry(PROGRAMS, rule).ok_or("has no program in PROGRAMS")?;
            example.program(program).map_err(|error| format!("breaks a program that never worked: {error}"))?;
            example.run()?;
            expect(example.program(program).is_err(), "breaks no program")
        }
        H::BreaksTxn => expect(new(before).changes_transaction()?, "stays in its transaction"),
        H::LeaksSession => expect(new(before).leaks()?, "leaves the session as it was"),
    }
}

#[test]
fn bad_examples_do_what_the_rules_claim() {
    each_server(|server| {
        let mut broken = Vec::new();
        for rule in RULES.iter().filter(|it| applies(it, server.major)) {
            if rule.hazards.is_empty() {
                say(&format!("{}: claims no hazard that a server could show", rule.id));
            }
            for hazard in rule.hazards {
                if let Some((_, _, why)) = UNPROVEN.iter().find(|(id, it, _)| *id == rule.id && it == hazard) {
                    say(&format!("{}: {} is not shown: {why}", rule.id, hazard.word()));
                } else if let Err(error) = shows(rule, *hazard, server.major, server) {
                    broken.push(format!("{} claims {}, but {error}", rule.id, hazard.word()));
                }
            }
        }
        assert!(broken.is_empty(), "{}", broken.join("\n"));
    });
}

#[test]
fn good_examples_run_and_block_nobody() {
    each_server(|server| {
        let mut broken = Vec::new();
        for rule in RULES.iter().filter(|it| applies(it, server.major)) {
            let (before, sql) = halves(rule.good);
            let example = Example::new(server, before, sql);
            let outside = sql.contains("no-transaction");
            let result = if outside { example.run().map(|()| None) } else { example.run_watched() };
            match result {
                Err(error) => broken.push(format!("{} fails: {error}", rule.id)),
                Ok(Some(table)) if rule.hazards.contains(&H::BlocksLong) => {
                    broken.push(format!("{} works on {table} under a lock", rule.id));
                }
                Ok(_) => {}
            }
        }
        assert!(broken.is_empty(), "{}", broken.join("\n"));
    });
}

#[test]
fn a_change_of_all_rows_writes_each() {
    each_server(|server| {
        let rule = migrate_first::lint::find("change-all-rows").expect("it is a rule");
        let (before, sql) = halves(rule.bad);
        let example = Example::new(server, before, sql);
        example.sql("INSERT INTO account SELECT g, 'new' FROM generate_series(1, 500) g");
        assert_eq!(example.rows_written("account").expect("it runs"), 500);
    });
}
