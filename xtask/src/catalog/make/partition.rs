//! Putting a table in its place as a partition, with the rows that other partitions hold for it.

use super::super::model::{Id, Kind, Object};
use super::Scene;

/// The statements that attach a partition. PostgreSQL refuses while it holds rows that do not belong in it, or the default partition some
/// that do: they move first.
pub(super) fn attach(scene: Scene<'_>, place: &Object) -> Vec<String> {
    let attach = format!("ALTER TABLE ONLY {} ATTACH PARTITION {} {}", place.get("parent"), place.id.of, place.get("bound"));
    let moves = rows_from_default(scene, place).into_iter().chain(rows_of_siblings(scene, place));
    moves.chain([attach]).collect()
}

fn rows_from_default(scene: Scene<'_>, place: &Object) -> Option<String> {
    let is_default = |it: &&Object| is_part_of(it, place.get("parent")) && it.get("bound") == "DEFAULT";
    let default = &scene.from.objects.iter().find(is_default)?.id.of;
    scene.to.objects.iter().find(|it| is_default(it) && it.id.of == *default)?;
    move_rows(scene, default, place)
}

/// Between this partition and those behind it whose bounds change as well.
fn rows_of_siblings(scene: Scene<'_>, place: &Object) -> Vec<String> {
    let whole = place.get("parent");
    let moves_on = |it: &Object| {
        let old = scene.from.find(Kind::Partition, &it.id.of, "");
        old.is_some_and(|old| old.get("parent") == whole && old.get("bound") != it.get("bound"))
    };
    if !moves_on(place) {
        return Vec::new();
    }
    let siblings = scene.to.objects.iter().filter(|it| is_part_of(it, whole) && it.id > place.id && moves_on(it));
    siblings.flat_map(|it| [move_rows(scene, &it.id.of, place), move_rows(scene, &place.id.of, it)]).flatten().collect()
}

fn is_part_of(place: &Object, whole: &str) -> bool {
    place.id.kind == Kind::Partition && place.get("parent") == whole
}

/// Takes out of `table` what belongs in `place`. The parts of a partition are attached later than itself: its rows have no place yet.
fn move_rows(scene: Scene<'_>, table: &str, place: &Object) -> Option<String> {
    let part = &place.id.of;
    let is_leaf = |name| scene.to.find(Kind::Table, "", name).is_some_and(|it| !it.has("partition_key"));
    let whole = scene.to.find(Kind::Table, "", place.get("parent"))?;
    let condition = condition(whole.get("partition_key"), place.get("bound")).filter(|_| is_leaf(part) && is_leaf(table))?;
    let table_id = Id::new(Kind::Table, "", part);
    let columns = scene.to.members(&table_id, Kind::Column).filter(|it| !it.has("generated"));
    let columns = columns.map(|it| it.id.name.as_str()).collect::<Vec<&str>>().join(", ");
    Some(format!(
        "WITH moved AS (DELETE FROM {table} WHERE {condition} RETURNING {columns})\n\
         INSERT INTO {part} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM moved"
    ))
}

/// What the rows within `bound` have in common, where the key is of columns and the bound of values.
fn condition(key: &str, bound: &str) -> Option<String> {
    let (strategy, rest) = key.split_once(" (")?;
    let columns = rest.strip_suffix(')')?;
    let is_plain = |it: &str| it.starts_with('"') && it.ends_with('"') || it.chars().all(|c| c.is_alphanumeric() || c == '_');
    if !columns.split(", ").all(is_plain) {
        return None;
    }
    match strategy {
        "LIST" => Some(in_list(columns, bound.strip_prefix("FOR VALUES IN (")?.strip_suffix(')')?)),
        "RANGE" => in_range(columns, bound.strip_prefix("FOR VALUES FROM (")?.strip_suffix(')')?),
        _ => None,
    }
}

fn in_list(column: &str, values: &str) -> String {
    let values = super::types::labels(values);
    let some: Vec<&str> = values.iter().copied().filter(|it| *it != "NULL").collect();
    let is_one = (!some.is_empty()).then(|| format!("{column} IN ({})", some.join(", ")));
    let is_null = (some.len() < values.len()).then(|| format!("{column} IS NULL"));
    is_one.into_iter().chain(is_null).collect::<Vec<_>>().join(" OR ")
}

fn in_range(columns: &str, bound: &str) -> Option<String> {
    let (from, to) = bound.split_once(") TO (")?;
    let many = columns.contains(", ");
    let is_open = |side: &str| super::types::labels(side).iter().any(|it| matches!(*it, "MINVALUE" | "MAXVALUE"));
    if many && (is_open(from) || is_open(to)) {
        return None;
    }
    let row = |text: &str| if many { format!("({text})") } else { text.to_owned() };
    let sides = [(">=", from), ("<", to)].into_iter().filter(|(_, side)| !is_open(side));
    let sides: Vec<String> = sides.map(|(sign, side)| format!("{} {sign} {}", row(columns), row(side))).collect();
    Some(if sides.is_empty() { format!("{columns} IS NOT NULL") } else { sides.join(" AND ") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_conditions() {
        let check = |key, bound, expected: Option<&str>| assert_eq!(condition(key, bound).as_deref(), expected, "{key} {bound}");
        check("LIST (a)", "FOR VALUES IN ('x, y', NULL)", Some("a IN ('x, y') OR a IS NULL"));
        check("LIST (\"A b\")", "FOR VALUES IN (NULL)", Some("\"A b\" IS NULL"));
        check("RANGE (a)", "FOR VALUES FROM ('1') TO ('2')", Some("a >= '1' AND a < '2'"));
        check("RANGE (a)", "FOR VALUES FROM (MINVALUE) TO ('2')", Some("a < '2'"));
        check("RANGE (a, b)", "FOR VALUES FROM (1, 2) TO (3, 4)", Some("(a, b) >= (1, 2) AND (a, b) < (3, 4)"));
        check("RANGE (a, b)", "FOR VALUES FROM (1, MINVALUE) TO (3, 4)", None);
        check("RANGE (date_part('year', a))", "FOR VALUES FROM (1) TO (2)", None);
        check("HASH (a)", "FOR VALUES WITH (modulus 2, remainder 0)", None);
        check("LIST (a)", "DEFAULT", None);
    }
}
