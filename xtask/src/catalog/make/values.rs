//! The rows that hold a value which an enum loses: wherever a column keeps it, also in an array, a domain or a composite type.

use super::super::model::{Catalog, Kind, Object};
use super::Scene;
use super::types::labels;
use crate::sql::quote;

/// A type, as far as values of an enum may be in it.
enum Shape<'a> {
    Enum(&'a Object),
    Array(&'a str),
    Domain(&'a str),
    /// Names and types of the attributes.
    Composite(Vec<(&'a str, &'a str)>),
    Other,
}

fn shape<'a>(catalog: &'a Catalog, name: &'a str) -> Shape<'a> {
    if let Some(element) = name.strip_suffix("[]") {
        return Shape::Array(element);
    }
    if let Some(it) = catalog.find(Kind::Enum, "", name) {
        return Shape::Enum(it);
    }
    if let Some(it) = catalog.find(Kind::Domain, "", name) {
        return Shape::Domain(it.get("base"));
    }
    let Some(it) = catalog.find(Kind::Composite, "", name) else { return Shape::Other };
    Shape::Composite(catalog.members(&it.id, Kind::Attribute).map(|it| (it.id.name.as_str(), it.get("type"))).collect())
}

/// Whether the type is the enum `of`, or holds values of it.
fn holds(catalog: &Catalog, name: &str, of: &str) -> bool {
    match shape(catalog, name) {
        Shape::Enum(it) => it.id.name == of,
        Shape::Array(inner) | Shape::Domain(inner) => holds(catalog, inner, of),
        Shape::Composite(attributes) => attributes.iter().any(|(_, it)| holds(catalog, it, of)),
        Shape::Other => false,
    }
}

/// What was said that the values of the enum `of` become, old and new.
fn answers<'a>(scene: Scene<'a>, of: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    scene.options.values.iter().filter(move |((name, _), _)| name == of).map(|((_, old), new)| (old.as_str(), new.as_str()))
}

/// `value` as the new form of its type, with the values that were said to become others; nothing where there are none, or where an
/// expression cannot say it: in an array of composites, whose rows the guard names.
pub(super) fn converted(scene: Scene<'_>, value: &str, name: &str) -> Option<String> {
    let mut told: Vec<&str> = scene.options.values.keys().map(|(of, _)| of.as_str()).collect();
    told.dedup();
    let of = told.into_iter().find(|of| holds(scene.to, name, of))?;
    let list = answers(scene, of);
    let mut base = name;
    while let Shape::Domain(inner) = shape(scene.to, base) {
        base = inner;
    }
    match shape(scene.to, base) {
        Shape::Enum(_) => {
            let cases: String = list.map(|(old, new)| format!("WHEN {old} THEN {new} ")).collect();
            Some(format!("CASE {value}::text {cases}ELSE {value}::text END::{name}"))
        }
        Shape::Array(mut element) => {
            while let Shape::Domain(inner) = shape(scene.to, element) {
                element = inner;
            }
            let is_enum = matches!(shape(scene.to, element), Shape::Enum(_));
            let replaced = list.fold(format!("{value}::text[]"), |text, (old, new)| format!("array_replace({text}, {old}, {new})"));
            is_enum.then(|| format!("{replaced}::{name}"))
        }
        Shape::Composite(attributes) => {
            let had: Vec<&str> = match shape(scene.from, base) {
                Shape::Composite(attributes) => attributes.iter().map(|(name, _)| *name).collect(),
                _ => Vec::new(),
            };
            let part = |(attribute, kind): &(&str, &str)| {
                let part = format!("({value}).{attribute}");
                match converted(scene, &part, kind) {
                    _ if !had.contains(attribute) => "NULL".to_owned(),
                    Some(text) => text,
                    None if matches!(shape(scene.to, kind), Shape::Other) => part,
                    None => format!("{part}::text::{kind}"),
                }
            };
            let parts: Vec<String> = attributes.iter().map(part).collect();
            Some(format!("CASE WHEN {value} IS DISTINCT FROM NULL THEN ROW({})::{name} END", parts.join(", ")))
        }
        _ => None,
    }
}

/// `value` of a composite type that gets or loses attributes: as text it would not fit any more.
pub(super) fn recomposed(scene: Scene<'_>, value: &str, old: &str, new: &str) -> Option<String> {
    let (Shape::Composite(had), Shape::Composite(has)) = (shape(scene.from, old), shape(scene.to, new)) else { return None };
    if had.iter().map(|(name, _)| name).eq(has.iter().map(|(name, _)| name)) {
        return None;
    }
    let part = |(name, kind): &(&str, &str)| match had.iter().find(|(it, _)| it == name) {
        None => "NULL".to_owned(),
        Some((_, was)) if was == kind && matches!(shape(scene.to, kind), Shape::Other) => format!("({value}).{name}"),
        Some(_) => format!("({value}).{name}::text::{kind}"),
    };
    let parts: Vec<String> = has.iter().map(part).collect();
    Some(format!("CASE WHEN {value} IS DISTINCT FROM NULL THEN ROW({})::{new} END", parts.join(", ")))
}

/// Where values of the enum are within a column: what follows the table in FROM, the value, and whether an answer cannot be applied there.
fn places(catalog: &Catalog, value: &str, name: &str, of: &str, from: &str, depth: usize) -> Vec<(String, String, bool)> {
    match shape(catalog, name) {
        Shape::Enum(it) if it.id.name == of => vec![(from.to_owned(), format!("{value}::text"), false)],
        Shape::Domain(inner) => places(catalog, value, inner, of, from, depth),
        Shape::Array(inner) => {
            let item = format!("item{depth}");
            let from = format!("{from}, unnest({value}) AS {item}");
            let is_deep = depth > 1 || !matches!(shape(catalog, inner), Shape::Enum(_) | Shape::Domain(_));
            let list = places(catalog, &item, inner, of, &from, depth + 1);
            list.into_iter().map(|(from, value, stuck)| (from, value, stuck || is_deep)).collect()
        }
        Shape::Composite(attributes) => {
            let parts = attributes.iter().map(|(part, kind)| places(catalog, &format!("({value}).{part}"), kind, of, from, depth));
            parts.flatten().collect()
        }
        _ => Vec::new(),
    }
}

/// The statement that stops the script while rows hold a value that the enum is to lose.
pub fn guard(scene: Scene<'_>, from: &Object, to: &Object) -> Option<String> {
    let kept = labels(to.get("labels"));
    let gone: Vec<&str> = labels(from.get("labels")).into_iter().filter(|label| !kept.contains(label)).collect();
    let told = |label: &str| scene.options.values.contains_key(&(to.id.name.clone(), label.to_owned()));
    let open: Vec<&str> = gone.iter().copied().filter(|label| !told(label)).collect();
    let mut counts = Vec::new();
    for column in scene.from.objects.iter().filter(|it| it.id.kind == Kind::Column && !it.has("generated")) {
        let (table, name) = (&column.id.of, &column.id.name);
        let stays = scene.to.find(Kind::Column, table, name).is_some_and(|now| now.get("type") == column.get("type"));
        if !stays || scene.from.find(Kind::Partition, table, "").is_some() || !holds(scene.from, column.get("type"), &from.id.name) {
            continue;
        }
        let place = quote::literal(&format!("{table}.{name}"));
        for (from, value, stuck) in places(scene.from, name, column.get("type"), &from.id.name, table, 1) {
            let lost = if stuck { &gone } else { &open };
            if !lost.is_empty() {
                counts.push(format!("SELECT {place}, {value}, count(*) FROM {from} WHERE {value} IN ({}) GROUP BY 2", lost.join(", ")));
            }
        }
    }
    let text = quote::literal(&format!("% rows of % hold %, which {} is to lose", from.id.name));
    (!counts.is_empty()).then(|| {
        format!(
            "DO $guard$\n#variable_conflict use_column\nDECLARE place text; held text; n bigint;\nBEGIN\n    FOR place, held, n IN\n        {}\n    LOOP\n        \
             RAISE EXCEPTION {text}, n, place, quote_literal(held)\n            USING HINT = 'change these rows, or say what the value becomes';\n    \
             END LOOP;\nEND\n$guard$",
            counts.join("\n        UNION ALL ")
        )
    })
}
