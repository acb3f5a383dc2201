//! Rules about settings that outlive the migration.

use super::super::ast::{Act, Expr, Span};
use super::super::case::Finding;
use super::super::rule::{Check, Rule};
use crate::diagnostic::{Hazard as H, Level};

/// `SET` without `LOCAL`.
pub static LEAKED_SETTING: Rule = Rule {
    id: "leaked-setting",
    title: "A setting that outlives the migration",
    level: Level::Error,
    hazards: &[H::LeaksSession],
    condition: "SET, SET ROLE or set_config(…, false) that the file does not take back",
    effect: "what runs next in the same session, another migration or a program behind a pooler, finds other tables, other rights or triggers switched off",
    cure: "write SET LOCAL, which ends with the transaction, or RESET at the end of the file",
    bad: "SET search_path = pg_catalog;",
    good: "SET LOCAL search_path = pg_catalog;",
    check: Check::Driver,
};

/// Settings under which other statements mean something else.
const HARMFUL: &[&str] = &["search_path", "role", "session_authorization", "session_replication_role"];

/// The settings that are still changed at the end of a file.
pub(in super::super) fn leaks(changed: &[(String, Span)]) -> Vec<(&'static Rule, Finding)> {
    let finding = |(name, span): &(String, Span)| {
        let found = Finding::new(span, format!("`{name}` stays changed behind the migration"));
        let harmful = HARMFUL.contains(&name.as_str());
        (&LEAKED_SETTING, if harmful { found } else { found.level(Level::Info) })
    };
    changed.iter().map(finding).collect()
}

/// What `act`, wherever it stands, changes of the session.
pub(in super::super) fn follow(changed: &mut Vec<(String, Span)>, act: &Act, span: &Span) {
    match act {
        Act::Set { name, values, local: false } if is_usual(name, values) => changed.retain(|(it, _)| it != name),
        Act::Set { name, local: false, .. } => note(changed, name, span),
        Act::SetRole { local: false, none: false } => note(changed, "role", span),
        Act::SetRole { none: true, .. } => changed.retain(|(it, _)| it != "role"),
        Act::DiscardAll => changed.clear(),
        Act::Reset(name) if name == "all" => changed.retain(|(it, _)| it == "role"),
        Act::Reset(name) => changed.retain(|(it, _)| it != name),
        Act::Query(query) => {
            let calls = query.targets.iter().filter_map(|it| it.value.as_ref());
            calls.filter_map(set_config).for_each(|name| note(changed, &name, span));
        }
        _ => {}
    }
}

/// The value with which every session begins.
fn is_usual(name: &str, values: &[String]) -> bool {
    match name {
        "search_path" => values == ["$user", "public"],
        "session_replication_role" => values == ["origin"],
        "row_security" => values == ["on"],
        _ => false,
    }
}

fn note(changed: &mut Vec<(String, Span)>, name: &str, span: &Span) {
    changed.retain(|(it, _)| it != name);
    changed.push((name.to_owned(), span.clone()));
}

/// The setting that `set_config(name, value, false)` changes.
fn set_config(call: &Expr) -> Option<String> {
    let Expr::Call { name, arguments } = call else { return None };
    match (name.name.as_str(), arguments.as_slice()) {
        ("set_config", [Expr::Text(setting), _, Expr::Bool(false)]) => Some(setting.clone()),
        _ => None,
    }
}
