//! What removed values of enums become.

use super::super::make;
use super::super::model::{Catalog, Kind};
use crate::sql::quote;
use std::collections::BTreeMap;

/// Reads `type.value=other`: `mood.sad=happy`, `public.mood.sad=happy`. Only a value that the enum loses, and one that it has
/// afterwards, can be meant.
///
/// # Errors
/// Why a text means nothing, in words.
pub fn resolve_values(from: &Catalog, to: &Catalog, told: &[String]) -> Result<BTreeMap<(String, String), String>, Vec<String>> {
    let (mut values, mut failed) = (BTreeMap::new(), Vec::new());
    for text in told {
        match resolve(from, to, text) {
            Ok((of, old, new)) => drop(values.insert((of, old), new)),
            Err(why) => failed.push(format!("`{text}`: {why}")),
        }
    }
    if failed.is_empty() { Ok(values) } else { Err(failed) }
}

fn resolve(from: &Catalog, to: &Catalog, text: &str) -> Result<(String, String, String), String> {
    let enums: Vec<_> = to.objects.iter().filter(|it| it.id.kind == Kind::Enum).collect();
    let mut why = "no enum that both schemas have is called so; write type.value=other".to_owned();
    let mut found = Vec::new();
    for it in enums {
        let Some(old) = from.find(Kind::Enum, "", &it.id.name) else { continue };
        for name in [it.id.name.as_str(), it.bare_name()] {
            let plain = name.replace('"', "");
            let rest = [name, &plain].into_iter().find_map(|name| text.strip_prefix(name)?.strip_prefix('.'));
            let Some(rest) = rest else { continue };
            let (had, has) = (make::enum_labels(old.get("labels")), make::enum_labels(it.get("labels")));
            let gone = had.iter().filter(|label| !has.contains(label));
            match gone.filter_map(|label| Some((label, told(rest, label)?))).next() {
                Some((label, new)) if has.contains(&new.as_str()) => found.push((it.id.name.clone(), (*label).to_owned(), new)),
                Some((_, new)) => why = format!("{} will have no value {new}", it.id.name),
                None => why = format!("{} loses no value that is called so", it.id.name),
            }
            break;
        }
    }
    match found.len() {
        0 => Err(why),
        1 => Ok(found.remove(0)),
        _ => Err(format!("it may mean {}", found.iter().map(|it| it.0.as_str()).collect::<Vec<_>>().join(" or "))),
    }
}

/// What follows `label=` in `rest`, as a literal.
fn told(rest: &str, label: &str) -> Option<String> {
    let (_, new) = rest.match_indices('=').map(|(at, _)| (&rest[..at], &rest[at + 1..])).find(|(old, _)| is_label(old, label))?;
    Some(if new.starts_with('\'') { new.to_owned() } else { quote::literal(new) })
}

fn is_label(said: &str, label: &str) -> bool {
    said == label || quote::literal(said) == label
}
