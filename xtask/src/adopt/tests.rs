//! Each tool's files and history as data, and what is made of them.

use super::tools::{files, find};
use super::*;
use crate::migration::{MigrationSet, Numbering};
use serde_json::json;

/// What is made of a tool's files and rows: a line a migration, then a line a difference.
#[expect(clippy::needless_pass_by_value, reason = "so that a case is one expression")]
fn check(tool: &str, contents: &[(&str, &str)], rows: serde_json::Value, expected: &[&str]) {
    let tool = find(tool).expect("a tool");
    let files = files(contents);
    assert!((tool.claims)(&files), "{} does not know its files", tool.name);
    let mut foreign = (tool.read)(&files).unwrap_or_else(|error| panic!("{}: {:?}", error.message, error.notes));
    let entries = (tool.entries)(rows.as_array().expect("rows"), &mut foreign);
    let comparison = reconcile(foreign, &entries);
    let targets = write::targets(&comparison.items, Numbering::Sequential, &MigrationSet::default());
    let mut actual: Vec<String> = comparison
        .items
        .iter()
        .zip(&targets)
        .map(|(item, target)| format!("{} {:?} {}", target.stem, item.standing, one_line(&target.text)))
        .collect();
    actual.extend(comparison.differences.iter().map(|it| format!("{} {}", it.kind.word(), it.file.as_ref().unwrap_or(&it.key))));
    assert_eq!(actual, expected);
}

fn one_line(text: &str) -> String {
    text.lines().filter(|line| !line.trim().is_empty()).collect::<Vec<_>>().join(" | ")
}

const JOURNAL: &str =
    r#"{"entries": [{"idx": 0, "when": 1713262741218, "tag": "0000_init"}, {"idx": 1, "when": 1713262741219, "tag": "0001_more"}]}"#;

#[test]
fn drizzle() {
    let contents = [
        ("meta/_journal.json", JOURNAL),
        ("0000_init.sql", "a;--> statement-breakpoint\nb;"),
        ("0001_more.sql", "c;"),
        ("0009_stray.sql", "d;"),
    ];
    let hash = hash::sha256(contents[1].1.as_bytes());
    check(
        "drizzle",
        &contents,
        json!([{"id": 1, "hash": hash, "created_at": 1_713_262_741_218_i64}]),
        &["0001_init Applied a;--> statement-breakpoint | b;", "0002_more Pending c;", "unlisted 0009_stray.sql"],
    );
    check(
        "drizzle",
        &contents[..3],
        json!([{"id": 1, "hash": "f00", "created_at": 1_713_262_741_219_i64}, {"id": 2, "hash": "f00", "created_at": 7}]),
        &[
            "0001_init PendingBehind -- xtask: allow-out-of-order | a;--> statement-breakpoint | b;",
            "0002_more Applied c;",
            "skipped 0000_init.sql",
            "edited 0001_more.sql",
            "missing 7",
        ],
    );
}

#[test]
fn drizzle_with_folders() {
    let contents = [
        ("20240416101901_init/migration.sql", "a;"),
        ("20240416101901_init/snapshot.json", "{}"),
        ("20250101000000_more/migration.sql", "b;"),
    ];
    let hash = |text: &str| hash::sha256(text.as_bytes());
    // An old table's row has no name: it is found by its time, cut to the second.
    check(
        "drizzle",
        &contents,
        json!([{"id": 1, "hash": hash("a;"), "created_at": 1_713_262_741_218_i64, "name": null}]),
        &["0001_init Applied a;", "0002_more Pending b;"],
    );
    check(
        "drizzle",
        &contents,
        json!([{"id": 1, "hash": hash("a;"), "created_at": 0, "name": "20240416101901_init"}, {"id": 2, "hash": hash("b;"), "created_at": 0, "name": "20250101000000_more"}]),
        &["0001_init Applied a;", "0002_more Applied b;"],
    );
}

#[test]
fn sqlx() {
    let contents = [("1_a.sql", "a;\r\n"), ("2_b c.up.sql", "-- no-transaction\nb;"), ("2_b c.down.sql", "x"), ("10_d.sql", "d;")];
    let rows = json!([
        {"version": 1, "description": "a", "installed_on": "2026-01-01", "success": true, "checksum": format!("\\x{}", hash::sha384(b"a;\n")), "execution_time": 1},
        {"version": 2, "success": false, "checksum": "\\x00"},
    ]);
    check(
        "sqlx",
        &contents,
        rows,
        &[
            "0001_a Applied a;",
            "0002_b_c Pending -- xtask: no-transaction | -- no-transaction | b;",
            "0003_d Pending d;",
            "failed 2_b c.up.sql",
        ],
    );
}

#[test]
fn refinery() {
    let contents = [("V2__two.sql", "b;"), ("sub/V10__ten.sql", "c;"), ("V1__one.sql", "a;"), ("U11__code.rs", "fn")];
    let sum = |number: i32, name: &str, sql: &str| {
        hash::siphash13(&[name.as_bytes(), &[255], &number.to_le_bytes(), sql.as_bytes(), &[255]].concat()).to_string()
    };
    let rows = json!([{"version": 1, "name": "one", "applied_on": "2026", "checksum": sum(1, "one", "a;")}, {"version": 2, "name": "two", "checksum": sum(2, "two", "x;")}]);
    check(
        "refinery",
        &contents,
        rows,
        &["0001_one Applied a;", "0002_two Applied b;", "0003_ten Pending c;", "edited V2__two.sql", "program U11__code.rs"],
    );
}

#[test]
fn diesel() {
    let contents = [
        ("2024-01-02-000000-0001_more/up.sql", "b;"),
        ("2024-01-02-000000-0001_more/metadata.toml", "run_in_transaction = false\n"),
        ("00000000000000_setup/up.sql", "a;"),
        ("00000000000000_setup/down.sql", "x"),
    ];
    let rows = json!([{"version": "00000000000000", "run_on": "2026-01-01T00:00:00"}, {"version": "20230101"}]);
    check("diesel", &contents, rows, &["0001_setup Applied a;", "0002_more Pending -- xtask: no-transaction | b;", "missing 20230101"]);
    check(
        "diesel",
        &contents,
        json!([{"version": "202401020000000001"}]),
        &[
            "0001_setup PendingBehind -- xtask: allow-out-of-order | a;",
            "0002_more Applied -- xtask: no-transaction | b;",
            "skipped 00000000000000_setup/up.sql",
        ],
    );
}

#[test]
fn prisma() {
    let contents = [
        ("20240101000000_init/migration.sql", "a;\r\n"),
        ("20240102000000_x/migration.sql", "b;"),
        ("20240103000000_y/migration.sql", "c;"),
        ("migration_lock.toml", ""),
    ];
    let rows = json!([
        {"migration_name": "20240101000000_init", "checksum": hash::sha256(b"a;\n"), "finished_at": "2026-01-01", "rolled_back_at": null},
        {"migration_name": "20240102000000_x", "checksum": "0", "finished_at": null, "rolled_back_at": "2026-01-01"},
        {"migration_name": "20240102000000_x", "checksum": hash::sha256_unpadded(b"b;"), "finished_at": "2026-01-01", "rolled_back_at": null},
        {"migration_name": "20240103000000_y", "checksum": "0", "finished_at": null, "rolled_back_at": null},
    ]);
    check(
        "prisma",
        &contents,
        rows,
        &["0001_init Applied a;", "0002_x Applied b;", "0003_y Pending c;", "failed 20240103000000_y/migration.sql"],
    );
}

#[test]
fn flyway() {
    let contents = [
        ("V1__One_thing.sql", "a;"),
        ("more/V1.10__Ten.sql", "c;"),
        ("V1_2__Two.sql", "b ${schema};"),
        ("R__views.sql", "r;"),
        ("V2__last.sql", "d;"),
        ("V2__last.sql.conf", "executeInTransaction = false"),
    ];
    let sum = |text: &str| hash::crc32_of_lines(text);
    let row = |version: Option<&str>, words: &str, kind: &str, checksum: i32| json!({"installed_rank": 1, "version": version, "description": words, "type": kind, "script": "", "checksum": checksum, "success": true, "installed_on": null});
    let rows = json!([
        row(Some("1"), "One thing", "SQL", sum("a;")),
        row(Some("1.2"), "Two", "SQL", sum("b ${schema};")),
        row(None, "views", "SQL", sum("r;"))
    ]);
    check(
        "flyway",
        &contents,
        rows,
        &[
            "0001_one_thing Applied a;",
            "0002_two Applied b ${schema};",
            "0003_views Applied r;",
            "0004_ten Pending c;",
            "0005_last Pending -- xtask: no-transaction | d;",
            "unresolved V1_2__Two.sql",
        ],
    );
    let mut baseline = row(Some("1.2.0"), "<< Flyway Baseline >>", "BASELINE", 0);
    baseline["checksum"] = serde_json::Value::Null;
    check(
        "flyway",
        &contents[..2],
        json!([baseline, row(Some("1.10"), "Ten", "SQL", 5), row(Some("3"), "gone", "SQL", 5)]),
        &["0001_one_thing Applied a;", "0002_ten Applied c;", "edited more/V1.10__Ten.sql", "missing 3"],
    );
    let bases = [("B2__base.sql", "base;"), ("V1__a.sql", "a;"), ("V2__b.sql", "b;"), ("V3__c.sql", "c;")];
    check(
        "flyway",
        &bases,
        json!([row(Some("2"), "base", "SQL_BASELINE", sum("base;"))]),
        &["0001_base Applied base;", "0002_c Pending c;"],
    );
    check(
        "flyway",
        &bases,
        json!([row(Some("1"), "a", "SQL", sum("a;"))]),
        &["0001_a Applied a;", "0002_b Pending b;", "0003_c Pending c;"],
    );
}

#[test]
fn dbmate() {
    let contents =
        [("20240101_a.sql", "-- migrate:up transaction:false\na;\n-- migrate:down\nx;\n"), ("20240102_b.sql", "-- migrate:up\nb;\n")];
    check(
        "dbmate",
        &contents,
        json!([{"version": "20240101"}]),
        &["0001_a Applied -- xtask: no-transaction | -- migrate:up transaction:false | a;", "0002_b Pending -- migrate:up | b;"],
    );
}

#[test]
fn goose() {
    let contents = [
        ("9_a.sql", "-- +goose Up\na;\n-- +goose Down\nx;\n"),
        ("100_b.sql", "-- +goose NO TRANSACTION\n-- +goose Up\n-- +goose StatementBegin\nb;\n-- +goose StatementEnd\n"),
        ("101_c.go", "package"),
    ];
    let rows = json!([{"id": 1, "version_id": 0, "is_applied": true}, {"id": 2, "version_id": 9, "is_applied": true}, {"id": 3, "version_id": 100, "is_applied": true}, {"id": 4, "version_id": 100, "is_applied": false}]);
    check(
        "goose",
        &contents,
        rows,
        &[
            "0001_a Applied -- +goose Up | a;",
            "0002_b Pending -- xtask: no-transaction | -- +goose NO TRANSACTION | -- +goose Up | -- +goose StatementBegin | b; | -- +goose StatementEnd",
            "program 101_c.go",
        ],
    );
}

#[test]
fn golang_migrate() {
    let contents = [("000001_a.up.sql", "a;"), ("000001_a.down.sql", "x;"), ("000002_b.up.sql", "b;"), ("000010_c.up.sql", "c;")];
    check(
        "golang-migrate",
        &contents,
        json!([{"version": 2, "dirty": false}]),
        &["0001_a Applied a;", "0002_b Applied b;", "0003_c Pending c;"],
    );
    check(
        "golang-migrate",
        &contents,
        json!([{"version": 10, "dirty": true}]),
        &["0001_a Applied a;", "0002_b Applied b;", "0003_c Pending c;", "failed 000010_c.up.sql"],
    );
    check("golang-migrate", &contents[..1], json!([{"version": 5, "dirty": false}]), &["0001_a Applied a;", "missing 5"]);
}

#[test]
fn node_pg_migrate() {
    let contents = [("1700000000001_a-b.sql", "-- Up Migration\na;\n-- Down Migration\nx;\n"), ("1700000000002_c.js", "exports")];
    check(
        "node-pg-migrate",
        &contents,
        json!([{"id": 1, "name": "1700000000001_a-b", "run_on": "2026-01-01"}]),
        &["0001_a_b Applied -- Up Migration | a;", "program 1700000000002_c.js"],
    );
}

#[test]
fn sqitch() {
    let plan = "%syntax-version=1.0.0\n%project=shop\n\nschema 2026-01-01T00:00:00Z A <a@b> # s\n@v1 2026-01-01T00:00:00Z A <a@b>\nschema [schema@v1] 2026-01-02T00:00:00Z A <a@b> # again\nsub/table 2026-01-02T00:00:00Z A <a@b>\n";
    let contents = [
        ("sqitch.plan", plan),
        ("deploy/schema.sql", "b;"),
        ("deploy/schema@v1.sql", "a;"),
        ("deploy/sub/table.sql", "c;"),
        ("revert/schema.sql", "x;"),
    ];
    let rows = json!([
        {"change": "schema", "project": "shop", "script_hash": hash::sha1(b"a;"), "committed_at": "2026-01-01"},
        {"change": "other", "project": "else", "script_hash": "0"},
        {"change": "schema", "project": "shop", "script_hash": hash::sha1(b"b;")},
    ]);
    check("sqitch", &contents, rows, &["0001_schema Applied a;", "0002_schema Applied b;", "0003_sub_table Pending c;"]);
}
