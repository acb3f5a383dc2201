//! The rows of one table as statements: its checks are solved by the server, which is given values to choose from. Pure.

use super::candidates::{ROWS, Type, tries, value};
use crate::sql::quote::{literal, name};
use crate::sql::{TokenKind, tokens};
use std::collections::BTreeMap;
use std::fmt::Write;

/// A table to fill.
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    pub oid: u32,
    /// Its name as it is shown.
    pub shown: String,
    /// Quoted, with its schema.
    pub sql: String,
    pub columns: Vec<Column>,
    /// Expressions that must not be false, those of its place among partitions included.
    pub checks: Vec<String>,
    pub foreign: Vec<Foreign>,
}

/// A column that gets a value.
#[derive(Debug, Clone, Default)]
pub(super) struct Column {
    pub number: i32,
    pub name: String,
    pub of: Type,
    pub not_null: bool,
    pub has_default: bool,
    /// What the domains say of it, with `VALUE` for it.
    pub domain_checks: Vec<String>,
}

/// A foreign key.
#[derive(Debug, Clone, Default)]
pub(super) struct Foreign {
    pub columns: Vec<i32>,
    pub target: u32,
    /// The target as SQL, and its columns.
    pub target_sql: String,
    pub target_columns: Vec<String>,
}

/// Every table behind those that it refers to; of a circle somebody is first.
pub(super) fn ordered(mut tables: Vec<Table>) -> Vec<Table> {
    let mut done: Vec<Table> = Vec::new();
    while !tables.is_empty() {
        let waits =
            |table: &Table| table.foreign.iter().any(|it| it.target != table.oid && tables.iter().any(|other| other.oid == it.target));
        let ready = tables.iter().position(|it| !waits(it)).unwrap_or_default();
        done.push(tables.remove(ready));
    }
    done
}

/// One block that fills `table`, and notes in `xtask.unfilled` where no row could be made.
pub(super) fn fill(table: &Table) -> String {
    let rows: Vec<String> = (0..ROWS).map(|row| literal(&insert(table, row))).collect();
    let shown = literal(&table.shown);
    let body = format!(
        "DECLARE q text; n int; made int := 0; why text; BEGIN FOREACH q IN ARRAY ARRAY[{}] LOOP \
         BEGIN EXECUTE q || ' ON CONFLICT DO NOTHING'; GET DIAGNOSTICS n = ROW_COUNT; made := made + n; \
         EXCEPTION WHEN OTHERS THEN why := SQLERRM; \
         BEGIN EXECUTE q; GET DIAGNOSTICS n = ROW_COUNT; made := made + n; EXCEPTION WHEN OTHERS THEN why := SQLERRM; END; END; END LOOP; \
         DELETE FROM xtask.unfilled WHERE relation = {shown}; \
         IF made = 0 THEN INSERT INTO xtask.unfilled VALUES ({shown}, coalesce(why, 'no values that fit its checks were found')); END IF; END",
        rows.join(", ")
    );
    format!("DO {}", literal(&body))
}

fn insert(table: &Table, row: usize) -> String {
    let checks = checks(table);
    // The first row shows what defaults do.
    let columns: Vec<&Column> = table.columns.iter().filter(|it| !(row == 0 && it.has_default)).collect();
    if columns.is_empty() {
        return format!("INSERT INTO {} SELECT WHERE true", table.sql).replace("SELECT WHERE true", "DEFAULT VALUES");
    }
    let (mut names, mut sources, mut order) = (Vec::new(), Vec::new(), Vec::new());
    let of_checks = |column: &Column| checks.iter().filter(|(_, names)| names.contains(&column.name)).collect::<Vec<_>>();
    let checked = columns.iter().filter(|it| !of_checks(it).is_empty()).count();
    let limit = [60, 60, 24, 12, 7, 5].get(checked).copied().unwrap_or(3);
    for (index, column) in columns.iter().enumerate() {
        names.push(name(&column.name));
        let texts: Vec<&str> = of_checks(column).iter().map(|(text, _)| text.as_str()).collect();
        let values = values(table, column, row, &texts, limit);
        let rows: Vec<String> = values.iter().enumerate().map(|(at, it)| format!("({at}, ({it})::{})", column.of.written)).collect();
        sources.push(format!("(VALUES {}) s{index}(o{index}, {})", rows.join(", "), name(&column.name)));
        order.push(format!("o{index}"));
    }
    let given = |names: &Vec<String>| names.iter().all(|it| columns.iter().any(|column| column.name == *it));
    let conditions: Vec<String> =
        checks.iter().filter(|(_, names)| given(names)).map(|(text, _)| format!("({text}) IS NOT FALSE")).collect();
    let mut sql = format!("INSERT INTO {} ({}) SELECT {} FROM {}", table.sql, names.join(", "), names.join(", "), sources.join(", "));
    if !conditions.is_empty() {
        let _ = write!(sql, " WHERE {}", conditions.join(" AND "));
    }
    let _ = write!(sql, " ORDER BY {} LIMIT 1", order.join(" + "));
    sql
}

/// The checks with the columns that each names.
fn checks(table: &Table) -> Vec<(String, Vec<String>)> {
    let of_table = table.checks.iter().map(|text| {
        let words: Vec<&str> = tokens(text, 0).filter(|it| it.kind != TokenKind::Blank).map(|it| text[it.span].trim_matches('"')).collect();
        (text.clone(), table.columns.iter().filter(|it| words.contains(&it.name.as_str())).map(|it| it.name.clone()).collect())
    });
    let of_domains = table
        .columns
        .iter()
        .flat_map(|column| column.domain_checks.iter().map(|text| (with_value(text, &name(&column.name)), vec![column.name.clone()])));
    of_table.chain(of_domains).collect()
}

/// A domain's check as one of a column.
fn with_value(text: &str, column: &str) -> String {
    let mut out = String::new();
    let mut end = 0;
    for token in tokens(text, 0).filter(|it| it.kind == TokenKind::Word && &text[it.span.clone()] == "VALUE") {
        out.push_str(&text[end..token.span.start]);
        out.push_str(column);
        end = token.span.end;
    }
    out.push_str(&text[end..]);
    out
}

fn values(table: &Table, column: &Column, row: usize, checks: &[&str], limit: usize) -> Vec<String> {
    if let Some(foreign) = table.foreign.iter().find(|it| it.columns.contains(&column.number)) {
        return vec![reference(table, column, foreign, row)];
    }
    let mut values = if checks.is_empty() { vec![value(&column.of, row)] } else { tries(&column.of, row, checks, limit) };
    if !column.not_null && !checks.is_empty() {
        values.push("NULL".to_owned());
    }
    values
}

/// The key of a row of the table that is referred to, another one for each row.
fn reference(table: &Table, column: &Column, foreign: &Foreign, row: usize) -> String {
    if foreign.target == table.oid {
        return if column.not_null { value(&column.of, row) } else { "NULL".to_owned() };
    }
    let at = foreign.columns.iter().position(|it| *it == column.number).unwrap_or_default();
    let key = name(&foreign.target_columns[at]);
    let pick = |offset: usize| format!("(SELECT {key} FROM {} ORDER BY tableoid, ctid OFFSET {offset} LIMIT 1)", foreign.target_sql);
    format!("coalesce({}, {})", pick(row), pick(0))
}

/// Columns by the oid of their table.
pub(super) type ByTable<T> = BTreeMap<u32, Vec<T>>;

#[cfg(test)]
mod tests {
    use super::*;

    fn column(number: i32, title: &str, not_null: bool) -> Column {
        let of = Type { name: "int4".into(), kind: 'b', written: "integer".into(), ..Type::default() };
        Column { number, name: title.into(), of, not_null, ..Column::default() }
    }

    #[test]
    fn a_row_is_chosen_by_the_checks() {
        let table = Table { sql: "t".into(), columns: vec![column(1, "a", true)], checks: vec!["(a > 3)".into()], ..Table::default() };
        let sql = insert(&table, 0);
        assert!(sql.starts_with("INSERT INTO t (\"a\") SELECT \"a\" FROM (VALUES (0, (700001)::integer), (1, (3 + 1)::integer)"), "{sql}");
        assert!(sql.ends_with("WHERE ((a > 3)) IS NOT FALSE ORDER BY o0 LIMIT 1"), "{sql}");
    }

    #[test]
    fn tables_come_behind_those_that_they_refer_to() {
        let table = |oid, target| Table { oid, foreign: vec![Foreign { target, ..Foreign::default() }], ..Table::default() };
        let order: Vec<u32> = ordered(vec![table(1, 2), table(2, 3), table(3, 3)]).iter().map(|it| it.oid).collect();
        assert_eq!(order, [3, 2, 1]);
        assert_eq!(ordered(vec![table(1, 2), table(2, 1)]).len(), 2, "a circle ends");
    }

    #[test]
    fn the_value_of_a_domain_is_the_column() {
        assert_eq!(with_value("(VALUE <> 'VALUE'::text)", "\"a\""), "(\"a\" <> 'VALUE'::text)");
    }
}
