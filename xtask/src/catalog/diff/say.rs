//! Nodes as statements.

use super::super::acl::{self, Acl};
use super::super::make;
use super::super::model::{Catalog, Kind, Object};
use super::Step;
use super::nodes::{Graph, Role, follows_type, inherited, stays_with_heirs};
use super::pairs::{Fate, Plan};
use crate::sql::quote;

/// What has to be asked before anything is changed: whether rows hold what an enum is to lose.
pub(super) fn guards(plan: &Plan<'_>) -> Vec<Step> {
    let enums = (0..plan.pairs.len()).filter(|&pair| plan.id(pair).kind == Kind::Enum && plan.fate(pair) == Fate::Swap);
    let guard = |pair: usize| Some((pair, make::guard(plan.scene, plan.old(pair)?, plan.new_form(pair)?)?));
    enums.filter_map(guard).map(|(pair, statement)| Step::new(plan.id(pair), vec![statement])).collect()
}

/// What a node says, unless that is nothing.
pub(super) fn step(plan: &Plan<'_>, graph: &Graph, node: usize) -> Option<Step> {
    let members = &graph.nodes[node].members;
    let (first, _) = members[0];
    let mut statements = shell(plan, members);
    for (i, &(pair, role)) in members.iter().enumerate() {
        match role {
            Role::Drop if i == 0 => statements.extend(dropped(plan, pair, members)),
            Role::Drop => {}
            Role::Make => statements.extend(made(plan, pair, i > 0)),
            Role::Finish if i == 0 => statements.extend(finished(plan, pair)),
            Role::Finish => {}
        }
    }
    let loses = losses(plan, members);
    let is_routine = |pair: usize| matches!(plan.id(pair).kind, Kind::Function | Kind::Procedure) && plan.fate(pair) != Fate::Keep;
    let makes_routine = members.iter().any(|&(pair, role)| role == Role::Make && is_routine(pair));
    (!statements.is_empty()).then(|| Step { loses, makes_routine, ..Step::new(plan.id(first), statements) })
}

/// A base type and its functions name each other: there is a type without functions first, then they, then the type.
fn shell(plan: &Plan<'_>, members: &[(usize, Role)]) -> Vec<String> {
    let (first, role) = members[0];
    if plan.id(first).kind != Kind::BaseType || role != Role::Make || members.len() == 1 {
        return Vec::new();
    }
    let functions = members[1..].iter().filter_map(|&(pair, _)| plan.new_form(pair));
    std::iter::once(format!("CREATE {}", plan.id(first))).chain(functions.flat_map(|it| make::create(plan.scene, it))).collect()
}

fn dropped(plan: &Plan<'_>, pair: usize, members: &[(usize, Role)]) -> Vec<String> {
    let Some(old) = plan.old(pair) else { return Vec::new() };
    let statements = make::drop(plan.scene, old);
    // Only by force go the functions of a base type with it, and the constraints of partitions that stand on a plain index of the whole.
    let takes_along = |kind| members.iter().any(|&(it, _)| plan.id(it).kind == kind);
    let by_force = match old.id.kind {
        Kind::Index => takes_along(Kind::Constraint),
        Kind::BaseType => plan.fate(pair) == Fate::Drop && takes_along(Kind::Function),
        _ => false,
    };
    if by_force {
        return statements.into_iter().map(|it| it + " CASCADE").collect();
    }
    if old.id.kind != Kind::Column || !stays_with_heirs(plan, pair) {
        return statements;
    }
    statements.into_iter().map(|it| it.replacen("ALTER TABLE ", "ALTER TABLE ONLY ", 1)).collect()
}

/// What the members of a node lose that holds data, in words. What goes along with its table is not said again.
fn losses(plan: &Plan<'_>, members: &[(usize, Role)]) -> Vec<String> {
    let of = |(i, &(pair, role)): (usize, &(usize, Role))| loss(plan, pair, role, (i > 0).then_some(members[0].1));
    members.iter().enumerate().filter_map(of).collect()
}

/// What one member loses; `along` is what the one that it goes along with does.
fn loss(plan: &Plan<'_>, pair: usize, role: Role, along: Option<Role>) -> Option<String> {
    let (object, fate) = (plan.old(pair)?, plan.fate(pair));
    let id = &object.id;
    let is_gone = role == Role::Drop && along != Some(Role::Drop) && matches!(fate, Fate::Drop | Fate::Rebuild);
    match id.kind {
        Kind::Table if is_gone && fate == Fate::Drop && !object.has("partition_key") => Some(format!("the rows of {}", id.name)),
        Kind::Sequence if is_gone && fate == Fate::Drop => Some(format!("the number that {} stands at", id.name)),
        // The rows of a table that is made anew are moved.
        Kind::Column if along == Some(Role::Finish) && plan.new_form(pair).is_some() => None,
        Kind::Column if is_gone && !object.has("generated") => Some(format!("the values of {}.{}", id.of, id.name)),
        Kind::Column if role == Role::Make && fate == Fate::Alter => make::rounded(object, plan.new_form(pair)?),
        Kind::Composite if role == Role::Make && fate != Fate::Keep => attributes_lost(plan, object, plan.new_form(pair)?),
        _ => None,
    }
}

/// The attributes that columns of a composite type lose.
fn attributes_lost(plan: &Plan<'_>, old: &Object, new: &Object) -> Option<String> {
    let names = |catalog: &Catalog, id| catalog.members(id, Kind::Attribute).map(|it| it.id.name.clone()).collect::<Vec<_>>();
    let kept = names(plan.scene.to, &new.id);
    let gone: Vec<String> = names(plan.scene.from, &old.id).into_iter().filter(|it| !kept.contains(it)).collect();
    (!gone.is_empty()).then(|| format!("the values of {} in columns of type {}", gone.join(", "), old.id.name))
}

/// What makes an object what it should be; `along` when it goes along with another.
fn made(plan: &Plan<'_>, pair: usize, along: bool) -> Vec<String> {
    let Some(new) = plan.new_form(pair) else { return Vec::new() };
    let mut statements = match plan.fate(pair) {
        Fate::Alter if along => followed(plan, pair),
        Fate::Alter => plan.pairs[pair].statements.clone(),
        Fate::Create if along && follows_type(plan, pair).is_some() => make::settle_column(new),
        Fate::Create | Fate::Rebuild if along => Vec::new(),
        Fate::Create | Fate::Rebuild if new.id.kind == Kind::Column => {
            let default = plan.scene.to.find(Kind::Default, &new.id.of, &new.id.name);
            make::add_column(plan.scene, new, default.map_or("", |it| it.get("expression")))
        }
        Fate::Create | Fate::Rebuild => make::create(plan.scene, new),
        Fate::Swap => swapped(plan, pair, new),
        Fate::Keep | Fate::Drop => Vec::new(),
    };
    statements.extend(remarks(plan, pair));
    statements
}

/// What is left to say of a column that follows the one of the parent table.
fn followed(plan: &Plan<'_>, pair: usize) -> Vec<String> {
    let statements = plan.pairs[pair].statements.clone();
    let Some(whole) = inherited(plan, pair) else { return statements };
    let said: Vec<String> = plan.pairs[whole].statements.iter().map(|it| it.replacen(&plan.id(whole).of, &plan.id(pair).of, 1)).collect();
    statements.into_iter().filter(|it| it.starts_with("ALTER TABLE ONLY") || !said.contains(it)).collect()
}

fn swapped(plan: &Plan<'_>, pair: usize, new: &Object) -> Vec<String> {
    let Some(old) = plan.old(pair) else { return Vec::new() };
    let away = if new.id.kind == Kind::Table { make::rename_away(plan.scene, old) } else { vec![make::rename_named_away(old).0] };
    away.into_iter().chain(make::create(plan.scene, new)).collect()
}

fn finished(plan: &Plan<'_>, pair: usize) -> Vec<String> {
    match (plan.old(pair), plan.new_form(pair)) {
        (Some(old), Some(new)) if new.id.kind == Kind::Table => make::move_rows(plan.scene, old, new),
        (Some(old), Some(_)) => vec![make::rename_named_away(old).1],
        _ => Vec::new(),
    }
}

/// Owner, privileges, comment and security labels, as far as they differ from what is there.
pub(super) fn remarks(plan: &Plan<'_>, pair: usize) -> Vec<String> {
    let Some(new) = plan.new_form(pair) else { return Vec::new() };
    let old = plan.old(pair).filter(|_| matches!(plan.fate(pair), Fate::Keep | Fate::Alter));
    if let Some(old) = old
        && old.owner == new.owner
        && old.acl == new.acl
        && old.comment == new.comment
        && old.labels == new.labels
    {
        return Vec::new();
    }
    let mut statements = owner(plan, old, new);
    statements.extend(privileges(plan, old, new));
    if old.and_then(|it| it.comment.as_ref()) != new.comment.as_ref() {
        let text = new.comment.as_ref().map_or("NULL".to_owned(), |text| quote::literal(text));
        statements.push(format!("COMMENT ON {} IS {text}", new.id));
    }
    let labels = old.map_or(&[][..], |it| &it.labels);
    let gone = labels.iter().filter(|(provider, _)| !new.labels.iter().any(|(it, _)| it == provider)).map(|(provider, _)| (provider, None));
    let fresh = new.labels.iter().filter(|it| !labels.contains(it)).map(|(provider, label)| (provider, Some(label)));
    for (provider, label) in gone.chain(fresh) {
        let text = label.map_or("NULL".to_owned(), |label| quote::literal(label));
        statements.push(format!("SECURITY LABEL FOR {} ON {} IS {text}", quote::name(provider), new.id));
    }
    statements
}

fn owner(plan: &Plan<'_>, old: Option<&Object>, new: &Object) -> Vec<String> {
    if !new.id.kind.info().owned || old.and_then(|it| it.owner.as_ref()) == new.owner.as_ref() {
        return Vec::new();
    }
    let user = acl::quote_if_needed(&plan.scene.from.user);
    vec![format!("ALTER {} OWNER TO {}", new.id, new.owner.as_ref().unwrap_or(&user))]
}

fn privileges(plan: &Plan<'_>, old: Option<&Object>, new: &Object) -> Vec<String> {
    let Some(grants) = new.id.kind.info().grants else { return Vec::new() };
    let start = old.map_or_else(|| initial(plan, new), |it| it.acl.clone());
    let user = acl::quote_if_needed(&plan.scene.from.user);
    let owner = new.owner.as_ref().unwrap_or(&user);
    let is_part = matches!(new.id.kind, Kind::Column | Kind::ViewColumn);
    let (target, columns) = if is_part {
        (format!("TABLE {}", new.id.of), format!(" ({})", new.id.name))
    } else {
        (format!("{} {}", grants.keyword, new.id.name), String::new())
    };
    acl::changes(&start, &new.acl, &target, &columns, owner)
}

/// What a new object grants by itself, by the default privileges of the user who creates it.
fn initial(plan: &Plan<'_>, new: &Object) -> Acl {
    let Some(grants) = new.id.kind.info().grants else { return Acl::default() };
    let from = plan.scene.from;
    let row = |schema: &str| {
        let mut rows = from.objects.iter().rev().take_while(|it| it.id.kind == Kind::DefaultPrivileges);
        rows.find(|it| it.get("role") == from.user && it.get("schema") == schema && it.get("objects").starts_with(grants.letter))
    };
    let letter = grants.letter.to_string();
    let mut acl = match row("") {
        Some(it) => make::default_acl(Some(it), &letter, false, from.version),
        None => Acl::initial(grants, from.version),
    };
    if let (Some(it), false) = (row(&new.schema), new.schema.is_empty()) {
        acl.add(&make::default_acl(Some(it), &letter, true, from.version));
    }
    acl
}
