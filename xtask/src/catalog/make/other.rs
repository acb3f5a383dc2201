//! Kinds whose definition is one text, and what little of them can be altered.

use super::super::acl::{self, Acl};
use super::super::model::{Catalog, Kind, Object};
use super::{Scene, Way, types};
use crate::sql::quote;

pub(super) fn create(object: &Object) -> Vec<String> {
    let (id, definition) = (&object.id, object.get("definition"));
    let mut statements = vec![match id.kind {
        Kind::Schema => format!("CREATE SCHEMA {}", id.name),
        Kind::Extension => {
            let version = if object.has("pinned") { format!(" VERSION {}", quote::literal(object.get("version"))) } else { String::new() };
            format!("CREATE EXTENSION IF NOT EXISTS {} WITH SCHEMA {}{version}", id.name, object.get("in_schema"))
        }
        Kind::Aggregate
        | Kind::Collation
        | Kind::TextSearchParser
        | Kind::TextSearchTemplate
        | Kind::TextSearchDictionary
        | Kind::TextSearchConfiguration => {
            format!("CREATE {id} ({definition})")
        }
        Kind::Transform => format!("CREATE {id} ({definition})"),
        Kind::Operator => operator(object),
        Kind::OperatorFamily => format!("CREATE {id}"),
        Kind::Policy => policy(object),
        _ => definition.to_owned(),
    }];
    statements.extend(extras(object));
    statements
}

/// What is said after the object is there.
fn extras(object: &Object) -> Vec<String> {
    let id = &object.id;
    match id.kind {
        Kind::Trigger | Kind::Rule | Kind::EventTrigger if object.has("enabled") => vec![enable(object)],
        Kind::Statistics if object.has("target") => vec![format!("ALTER STATISTICS {} SET STATISTICS {}", id.name, object.get("target"))],
        Kind::TextSearchConfiguration => mappings(object, "", "ADD"),
        Kind::OperatorFamily if object.has("items") => {
            let items: Vec<String> = object.get("items").lines().map(|line| line.replace('\t', " ")).collect();
            vec![format!("ALTER {id} ADD {}", items.join(", "))]
        }
        _ => Vec::new(),
    }
}

fn operator(object: &Object) -> String {
    let definition = object.get("definition").trim_end_matches(')');
    let estimators: Vec<&str> = object.get("selectivity").split(", ").filter(|it| !it.ends_with("= NONE")).collect();
    let estimators: String = estimators.iter().map(|it| format!(", {it}")).collect();
    if object.get("definition").ends_with("))") { format!("{definition}){estimators})") } else { format!("{definition}{estimators})") }
}

fn policy(object: &Object) -> String {
    let command = match object.get("command") {
        "r" => " FOR SELECT",
        "a" => " FOR INSERT",
        "w" => " FOR UPDATE",
        "d" => " FOR DELETE",
        _ => "",
    };
    let restrictive = if object.get("permissive") == "t" { "" } else { " AS RESTRICTIVE" };
    let roles = if object.get("roles") == "PUBLIC" { String::new() } else { format!(" TO {}", object.get("roles")) };
    format!("CREATE {}{restrictive}{command}{roles}{}", object.id, conditions(object))
}

fn conditions(policy: &Object) -> String {
    let part = |word, name| if policy.has(name) { format!(" {word} ({})", policy.get(name)) } else { String::new() };
    format!("{}{}", part("USING", "using"), part("WITH CHECK", "check"))
}

fn enable(object: &Object) -> String {
    let (id, word) = (
        &object.id,
        match object.get("enabled") {
            "D" => "DISABLE",
            "R" => "ENABLE REPLICA",
            "A" => "ENABLE ALWAYS",
            _ => "ENABLE",
        },
    );
    match id.kind {
        Kind::EventTrigger => format!("ALTER EVENT TRIGGER {} {word}", id.name),
        kind => format!("ALTER TABLE {} {word} {} {}", id.of, kind.info().keyword, id.name),
    }
}

fn mappings(object: &Object, before: &str, verb: &str) -> Vec<String> {
    let lines = object.get("mappings").lines().filter(|line| !before.lines().any(|it| it == *line));
    lines
        .filter_map(|line| line.split_once('\t'))
        .map(|(token, dictionaries)| format!("ALTER {} {verb} MAPPING FOR {token} WITH {dictionaries}", object.id))
        .collect()
}

pub(super) fn alter(scene: Scene<'_>, from: &Object, to: &Object) -> Way {
    let differ = |name: &str| super::text::settle(from.get(name)) != super::text::settle(to.get(name));
    match to.id.kind {
        Kind::Extension => alter_extension(from, to),
        Kind::Collation if differ("definition") && types::is_used(scene, from) => Way::Swap,
        _ if differ("definition") => Way::Rebuild,
        Kind::Trigger | Kind::Rule | Kind::EventTrigger => Way::InPlace(vec![enable(to)]),
        Kind::Statistics => {
            let target = if to.has("target") { to.get("target") } else { "-1" };
            Way::InPlace(vec![format!("ALTER STATISTICS {} SET STATISTICS {target}", to.id.name)])
        }
        Kind::Operator => Way::InPlace(vec![format!("ALTER {} SET ({})", to.id, to.get("selectivity"))]),
        Kind::OperatorFamily => alter_family(from, to),
        Kind::Policy => alter_policy(from, to),
        Kind::TextSearchConfiguration => alter_configuration(from, to),
        _ => Way::Rebuild,
    }
}

/// The server's default version is what it is; another one is a part of the schema.
fn alter_extension(from: &Object, to: &Object) -> Way {
    let mut statements = Vec::new();
    if from.get("in_schema") != to.get("in_schema") {
        if !to.has("relocatable") {
            return Way::Rebuild;
        }
        statements.push(format!("ALTER EXTENSION {} SET SCHEMA {}", to.id.name, to.get("in_schema")));
    }
    if to.has("pinned") && is_newer(to.get("version"), from.get("version")) {
        statements.push(format!("ALTER EXTENSION {} UPDATE TO {}", to.id.name, quote::literal(to.get("version"))));
    } else if from.has("pinned") && !to.has("pinned") {
        statements.push(format!("ALTER EXTENSION {} UPDATE", to.id.name));
    }
    Way::InPlace(statements)
}

/// Whether version `a` comes after `b`, number by number. No extension goes back.
fn is_newer(a: &str, b: &str) -> bool {
    let numbers = |text: &str| text.split('.').map(|it| it.parse::<u32>().unwrap_or_default()).collect::<Vec<u32>>();
    numbers(a) > numbers(b)
}

fn alter_family(from: &Object, to: &Object) -> Way {
    let missing = |a: &Object, b: &Object| -> Vec<String> {
        a.get("items").lines().filter(|line| !b.get("items").lines().any(|it| it == *line)).map(str::to_owned).collect()
    };
    let gone: Vec<String> = missing(from, to).iter().filter_map(|it| it.split_once('\t').map(|(key, _)| key.to_owned())).collect();
    let fresh: Vec<String> = missing(to, from).iter().map(|it| it.replace('\t', " ")).collect();
    let say = |verb, items: Vec<String>| (!items.is_empty()).then(|| format!("ALTER {} {verb} {}", to.id, items.join(", ")));
    Way::InPlace(say("DROP", gone).into_iter().chain(say("ADD", fresh)).collect())
}

fn alter_policy(from: &Object, to: &Object) -> Way {
    let fixed = ["command", "permissive"].iter().any(|name| from.get(name) != to.get(name));
    let loses = ["using", "check"].iter().any(|name| from.has(name) && !to.has(name));
    if fixed || loses {
        return Way::Rebuild;
    }
    let roles = if from.get("roles") == to.get("roles") { String::new() } else { format!(" TO {}", to.get("roles")) };
    Way::InPlace(vec![format!("ALTER {}{roles}{}", to.id, conditions(to))])
}

fn alter_configuration(from: &Object, to: &Object) -> Way {
    let token = |line: &str| line.split_once('\t').map(|(token, _)| token.to_owned());
    let (had, has): (Vec<_>, Vec<_>) =
        (from.get("mappings").lines().filter_map(token).collect(), to.get("mappings").lines().filter_map(token).collect());
    let gone = had.iter().filter(|it| !has.contains(it)).map(|it| format!("ALTER {} DROP MAPPING FOR {it}", to.id));
    let changed = mappings(to, from.get("mappings"), "ALTER")
        .into_iter()
        .filter(|it| had.iter().any(|token| it.contains(&format!("FOR {token} WITH"))));
    let fresh = mappings(to, from.get("mappings"), "ADD")
        .into_iter()
        .filter(|it| !had.iter().any(|token| it.contains(&format!("FOR {token} WITH"))));
    Way::InPlace(gone.chain(changed).chain(fresh).collect())
}

const OBJECTS: [(&str, &str, &str, &str); 5] = [
    ("r", "TABLES", "arwdDxtm", ""),
    ("S", "SEQUENCES", "rwU", ""),
    ("f", "FUNCTIONS", "X", "X"),
    ("T", "TYPES", "U", "U"),
    ("n", "SCHEMAS", "UC", ""),
];

/// The privileges that a row of `pg_default_acl` gives; without a row, those that the server gives by itself, or none in a schema.
pub fn default_acl(row: Option<&Object>, letter: &str, in_schema: bool, version: u32) -> Acl {
    let Some((_, _, owner, public)) = OBJECTS.iter().find(|(it, ..)| *it == letter) else { return Acl::default() };
    match row {
        Some(row) => Acl::parse(row.get("privileges"), row.get("role")),
        None if in_schema => Acl::default(),
        None => Acl::initial(super::super::kind::Grants { keyword: "", owner, public, letter: ' ' }, version),
    }
}

pub(super) fn default_privileges(catalog: &Catalog, from: Option<&Object>, to: Option<&Object>) -> Vec<String> {
    let Some(row) = to.or(from) else { return Vec::new() };
    let letter = row.get("objects");
    let words = OBJECTS.iter().find(|(it, ..)| *it == letter).map_or("", |(_, words, ..)| words);
    let acl_of = |it| default_acl(it, letter, row.has("schema"), catalog.version);
    let schema = if row.has("schema") { format!(" IN SCHEMA {}", row.get("schema")) } else { String::new() };
    let role = acl::quote_if_needed(row.get("role"));
    let before = format!("ALTER DEFAULT PRIVILEGES FOR ROLE {role}{schema} ");
    acl::changes(&acl_of(from), &acl_of(to), words, "", &role).into_iter().map(|it| before.clone() + &it).collect()
}
