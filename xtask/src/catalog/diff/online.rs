//! When each statement runs, so that nobody waits for long: what is already there is checked after the locks are let go, and indexes
//! of tables that hold rows are built concurrently.

use super::super::model::{Id, Kind, Object};
use super::nodes::{Graph, Role};
use super::pairs::{Fate, Plan};
use super::{Delivery, Stage, Step};
use std::collections::BTreeSet;

/// The stage of each node.
pub(super) struct Stages {
    of_node: Vec<Stage>,
    /// Whether its index can be built beforehand, or concurrently.
    builds: Vec<bool>,
}

impl Stages {
    pub(super) fn new(plan: &Plan<'_>, graph: &Graph, order: &[usize], edges: &[(usize, usize)], early: &BTreeSet<Id>) -> Stages {
        let nodes = graph.nodes.len();
        let mut stages = Stages { of_node: vec![Stage::Change; nodes], builds: vec![false; nodes] };
        let online = plan.scene.options.delivery == Delivery::Online;
        if !online && early.is_empty() {
            return stages;
        }
        let mut before: Vec<Vec<usize>> = vec![Vec::new(); nodes];
        let mut in_the_way = vec![false; nodes];
        for &(first, second) in edges {
            before[second].push(first);
            in_the_way[first] |= !is_index(plan, graph, second);
        }
        for &node in order {
            let (pair, role) = graph.nodes[node].members[0];
            if early.contains(plan.id(pair)) && before[node].is_empty() {
                stages.of_node[node] = Stage::Values;
                continue;
            }
            let is_key = plan.object(pair).get("kind") == "p";
            let waits = before[node].iter().map(|&first| stages.ready(plan, graph, first, online && is_key)).max();
            let after = waits.unwrap_or_default().max(Stage::Change);
            stages.builds[node] = online && after < Stage::Build && is_built(plan, pair, role, in_the_way[node])
                || online && is_key && after == Stage::Settle && is_built(plan, pair, role, false);
            let is_constraint = plan.id(pair).kind == Kind::Constraint;
            stages.of_node[node] = match stages.builds[node] {
                true if is_constraint => after.max(Stage::Validate),
                true => Stage::Build,
                false => after,
            };
        }
        stages
    }

    /// When what needs `node` can run.
    fn ready(&self, plan: &Plan<'_>, graph: &Graph, node: usize, needs_not_null: bool) -> Stage {
        let (pair, role) = graph.nodes[node].members[0];
        let is_checked = role == Role::Make && plan.id(pair).kind == Kind::Column && sets_not_null(plan, pair);
        match self.of_node[node] {
            Stage::Change if needs_not_null && is_checked => Stage::Settle,
            Stage::Build => Stage::Validate,
            stage => stage,
        }
    }

    /// The step of a node, cut into its stages.
    pub(super) fn split(&self, plan: &Plan<'_>, graph: &Graph, node: usize, step: Step) -> Vec<Step> {
        let stage = self.of_node[node];
        if plan.scene.options.delivery != Delivery::Online {
            return vec![Step { stage, ..step }];
        }
        let (pair, role) = graph.nodes[node].members[0];
        let mut cut = Cut { step: Step { stage, ..step.clone() }, more: Vec::new() };
        cut.step.statements.clear();
        for (i, statement) in step.statements.into_iter().enumerate() {
            match (plan.id(pair).kind, role) {
                (Kind::Index, _) if self.builds[node] => cut.step.statements.push(concurrently(&statement)),
                (Kind::Constraint, Role::Make) if self.builds[node] && i == 0 => cut.build(plan, pair),
                (Kind::Constraint, Role::Make) if i == 0 && is_checkable(plan, pair) => cut.check(plan, pair, &statement),
                // A partition has to have the column so before it is attached.
                (Kind::Column, Role::Make) if holds_rows(plan, pair) && !is_partitioned(plan, pair) => cut.column(plan, statement),
                _ => cut.step.statements.push(statement),
            }
        }
        let mut steps = cut.more;
        if !cut.step.statements.is_empty() {
            steps.insert(0, cut.step);
        }
        steps
    }
}

/// A step, and what of it runs at other times.
struct Cut {
    step: Step,
    more: Vec<Step>,
}

impl Cut {
    fn later(&mut self, stage: Stage, statement: String) {
        self.more.push(Step { stage, ..Step::new(&self.step.id, vec![statement]) });
    }

    /// A unique constraint takes an index that was built beforehand.
    fn build(&mut self, plan: &Plan<'_>, pair: usize) {
        let object = plan.object(pair);
        let (Id { of, name, .. }, definition) = (&object.id, object.get("definition"));
        let (definition, timing) = match definition.find(" DEFERRABLE") {
            Some(at) => definition.split_at(at),
            None => (definition, ""),
        };
        let (word, rest) = match definition.strip_prefix("PRIMARY KEY ") {
            Some(rest) => ("PRIMARY KEY", rest),
            None => ("UNIQUE", definition.strip_prefix("UNIQUE ").unwrap_or(definition)),
        };
        let (nulls, columns) = match rest.strip_prefix("NULLS NOT DISTINCT ") {
            Some(columns) => (" NULLS NOT DISTINCT", columns),
            None => ("", rest),
        };
        self.later(Stage::Build, format!("CREATE UNIQUE INDEX CONCURRENTLY {name} ON {of} {columns}{nulls}"));
        self.step.statements.push(format!("ALTER TABLE {of} ADD CONSTRAINT {name} {word} USING INDEX {name}{timing}"));
    }

    /// A foreign key or check holds for new rows first, then for those that are there.
    fn check(&mut self, plan: &Plan<'_>, pair: usize, statement: &str) {
        let id = plan.id(pair);
        self.step.statements.push(format!("{statement} NOT VALID"));
        let stage = if self.step.stage < Stage::Validate { Stage::Validate } else { Stage::Settle };
        self.later(stage, format!("ALTER TABLE {} VALIDATE CONSTRAINT {}", id.of, id.name));
    }

    /// A column is NOT NULL once a check says that it is.
    fn column(&mut self, plan: &Plan<'_>, statement: String) {
        let column = &self.step.id.clone();
        let table = &column.of;
        if statement != format!("ALTER TABLE {table} ALTER COLUMN {} SET NOT NULL", column.name) {
            self.step.statements.push(statement);
            return;
        }
        let object = plan.scene.to.find(Kind::Column, table, &column.name);
        let named = object.map_or("", |it| it.get("not_null_name"));
        if plan.scene.from.version >= 18 && !named.is_empty() {
            self.step.statements.push(format!("ALTER TABLE {table} ADD CONSTRAINT {named} NOT NULL {} NOT VALID", column.name));
            self.later(Stage::Validate, format!("ALTER TABLE {table} VALIDATE CONSTRAINT {named}"));
            return;
        }
        let check = check_name(column);
        let added = format!("ALTER TABLE {table} ADD CONSTRAINT {check} CHECK ({} IS NOT NULL) NOT VALID", column.name);
        self.step.statements.push(added);
        self.later(Stage::Validate, format!("ALTER TABLE {table} VALIDATE CONSTRAINT {check}"));
        self.later(Stage::Settle, statement);
        self.later(Stage::Settle, format!("ALTER TABLE {table} DROP CONSTRAINT {check}"));
    }
}

/// The name of the check that a column holds no null: PostgreSQL cuts names at 63 bytes.
fn check_name(column: &Id) -> String {
    let inner = column.name.trim_matches('"');
    let mut end = inner.len().min(48);
    while !inner.is_char_boundary(end) {
        end -= 1;
    }
    let name = format!("{}_is_not_null", &inner[..end]);
    if column.name.starts_with('"') { format!("\"{}\"", name.replace('"', "")) } else { name }
}

fn concurrently(statement: &str) -> String {
    for words in ["CREATE UNIQUE INDEX ", "CREATE INDEX ", "DROP INDEX "] {
        if let Some(rest) = statement.strip_prefix(words) {
            return format!("{words}CONCURRENTLY {rest}");
        }
    }
    statement.to_owned()
}

fn is_index(plan: &Plan<'_>, graph: &Graph, node: usize) -> bool {
    graph.nodes[node].members.first().is_some_and(|&(pair, _)| plan.id(pair).kind == Kind::Index)
}

/// Whether the table of this part is there before, and may hold rows.
fn holds_rows(plan: &Plan<'_>, pair: usize) -> bool {
    let table = plan.object(pair).parent.map(|i| if plan.pairs[pair].to.is_some() { plan.of_to[i] } else { plan.of_from[i] });
    table.is_some_and(|it| {
        let is_old = matches!(plan.fate(it), Fate::Keep | Fate::Alter);
        is_old && matches!(plan.id(it).kind, Kind::Table | Kind::MaterializedView)
    })
}

fn is_partitioned(plan: &Plan<'_>, pair: usize) -> bool {
    let of = &plan.id(pair).of;
    plan.find(Kind::Table, "", of).is_some_and(|it| plan.object(it).has("partition_key")) || plan.find(Kind::Partition, of, "").is_some()
}

/// Whether an index, or the one behind a constraint, can be built or dropped while others write.
fn is_built(plan: &Plan<'_>, pair: usize, role: Role, in_the_way: bool) -> bool {
    let object = plan.object(pair);
    let is_made = role == Role::Make && matches!(plan.fate(pair), Fate::Create | Fate::Rebuild);
    // Those of the partitions are built, the one of the whole is a name that they are attached to.
    let is_of_whole = object.get("definition").contains(" ON ONLY ");
    if !holds_rows(plan, pair) || is_partitioned(plan, pair) && !(object.id.kind == Kind::Index && is_made && !is_of_whole) {
        return false;
    }
    match (object.id.kind, role, plan.fate(pair)) {
        (Kind::Index, Role::Make, _) => is_made,
        (Kind::Index, Role::Drop, _) => !in_the_way,
        (Kind::Constraint, Role::Make, Fate::Create) => takes_an_index(object),
        _ => false,
    }
}

/// Whether a constraint can be made of an index: neither an exclusion nor one of ranges.
fn takes_an_index(constraint: &Object) -> bool {
    let definition = constraint.get("definition");
    matches!(constraint.get("kind"), "p" | "u") && !definition.contains("WITHOUT OVERLAPS") && !constraint.has("inherited")
}

/// Whether a constraint can be added first and checked later.
fn is_checkable(plan: &Plan<'_>, pair: usize) -> bool {
    let object = plan.object(pair);
    let waits = ["NOT VALID", "NOT ENFORCED"].iter().any(|it| object.get("definition").contains(it));
    let can = matches!(object.get("kind"), "f" | "c") && !is_partitioned(plan, pair) && !object.has("inherited");
    can && !waits && holds_rows(plan, pair) && matches!(plan.fate(pair), Fate::Create | Fate::Rebuild)
}

fn sets_not_null(plan: &Plan<'_>, column: usize) -> bool {
    plan.pairs[column].statements.iter().any(|it| it.ends_with(" SET NOT NULL"))
}
