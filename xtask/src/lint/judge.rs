//! The driver: statements in the order in which they run, rules asked at each, the schema carried on.

use super::allow::{self, Allow};
use super::ast::{Act, Alter, Span, Statement};
use super::case::{Case, Circumstances, Finding};
use super::effects::{Effects, effects};
use super::read::{FileReading, Reading};
use super::rule::{Check, Rule};
use super::rules::{self, RULES};
use super::schema::Setting;
use super::world::{Mode, World};
use super::{Scope, emptied, run};
use crate::diagnostic::{Diagnostic, Hazard, Level};
use crate::migration::{Migration, Run, StepKind};
use std::ops::Range;
use std::rc::Rc;

/// Judges every migration, carrying the schema from one to the next.
pub(super) fn judge(migrations: &[(&Migration, bool)], files: impl Iterator<Item = FileReading>, scope: &Scope) -> Vec<Diagnostic> {
    let mut world = World::default();
    world.schema_mut().opaque = !scope.complete;
    let mut found = Vec::new();
    for ((migration, judged), reading) in migrations.iter().zip(files) {
        let mut file = File::new(migration, *judged, reading, world, scope);
        file.run_all();
        let (diagnostics, after) = file.finish();
        found.extend(diagnostics);
        world = after;
    }
    found
}

/// One migration while it is judged.
pub(super) struct File<'a> {
    pub migration: &'a Migration,
    pub judged: bool,
    pub scope: &'a Scope,
    pub world: World,
    readings: Vec<Reading>,
    /// All statements of the file; shared with the loop that runs them.
    statements: Rc<Vec<Statement>>,
    savepoints: Vec<(String, World)>,
    found: Vec<(&'static Rule, Finding)>,
    allows: Vec<Allow>,
    /// How many more steps of code may be followed in this file.
    pub budget: usize,
    /// How many calls deep the code is that runs.
    pub depth: usize,
}

impl<'a> File<'a> {
    fn new(migration: &'a Migration, judged: bool, reading: FileReading, mut world: World, scope: &'a Scope) -> File<'a> {
        world.reset_session();
        world.limits_locks = scope.lock_timeout.is_some() || migration.header.lock_timeout.is_some();
        let allows = if judged { allow::read(migration) } else { Vec::new() };
        File {
            migration,
            judged,
            scope,
            world,
            readings: reading.readings,
            statements: Rc::new(reading.statements),
            savepoints: Vec::new(),
            found: Vec::new(),
            allows,
            budget: 10_000,
            depth: 0,
        }
    }

    /// Every statement, transaction by transaction.
    fn run_all(&mut self) {
        let migration = self.migration;
        match &migration.run {
            Run::Whole { statements, .. } => self.run_range(statements.clone(), true),
            Run::Journalled(steps) => {
                for step in steps {
                    let own = matches!(step.kind, StepKind::Own | StepKind::RolledBack);
                    let before = (step.kind == StepKind::RolledBack).then(|| self.world.clone());
                    self.run_range(step.statements.clone(), own || step.statements.len() > 1);
                    if let Some(before) = before {
                        self.world = before;
                    }
                }
            }
        }
        self.check_file();
    }

    fn run_range(&mut self, range: Range<usize>, transaction: bool) {
        let statements = Rc::clone(&self.statements);
        for index in range {
            self.report_unread(index);
            for statement in &statements[self.readings[index].statements.clone()] {
                self.statement(statement, transaction, Circumstances::default());
            }
            if !transaction {
                self.world.settle();
            }
        }
        self.world.settle();
        self.savepoints.clear();
    }

    /// Asks the rules about one statement, then lets it happen. An `ALTER` of several actions is as many statements, in the order in
    /// which PostgreSQL takes them.
    pub(super) fn statement(&mut self, statement: &Statement, transaction: bool, circumstances: Circumstances) {
        match &statement.act {
            // What is explained with ANALYZE runs.
            Act::Explain(inner, true) => {
                let inner = Statement { act: (**inner).clone(), span: statement.span.clone() };
                self.statement(&inner, transaction, circumstances);
            }
            Act::Alter { kind, name, if_exists, only, actions } if actions.len() > 1 => {
                let mut ordered: Vec<&(Alter, Span)> = actions.iter().collect();
                ordered.sort_by_key(|(action, _)| pass(action));
                for one in ordered {
                    let act =
                        Act::Alter { kind: *kind, name: name.clone(), if_exists: *if_exists, only: *only, actions: vec![one.clone()] };
                    self.one(&Statement { act, span: one.1.clone() }, transaction, circumstances);
                }
            }
            _ => self.one(statement, transaction, circumstances),
        }
    }

    fn one(&mut self, statement: &Statement, transaction: bool, circumstances: Circumstances) {
        let effects = effects(&statement.act, &self.world);
        if self.judged && !matches!(statement.act, Act::Other) {
            self.ask(statement, &effects, transaction, circumstances);
        }
        self.happen(statement, effects, circumstances);
        run::follow(self, statement, transaction, circumstances);
    }

    fn ask(&mut self, statement: &Statement, effects: &Effects, transaction: bool, circumstances: Circumstances) {
        let at = statement.span.start;
        let split = self.statements.partition_point(|it| it.span.start <= at);
        let first = self.statements.partition_point(|it| it.span.end <= at);
        let case = Case {
            act: &statement.act,
            span: &statement.span,
            source: self.migration.text.get(statement.span.clone()).unwrap_or_default(),
            world: &self.world,
            effects,
            scope: self.scope,
            transaction,
            declared_bare: self.migration.header.no_transaction,
            earlier: &self.statements[..first.min(split)],
            later: &self.statements[split..],
            circumstances,
        };
        let mut found: Vec<(&'static Rule, Finding)> = Vec::new();
        for rule in RULES {
            if let Check::Statement(check) = rule.check {
                found.extend(check(&case).into_iter().map(|it| (*rule, it)));
            }
        }
        // A brief lock is not worth a word where the same statement blocks for long.
        let blocks = |(rule, finding): &(&Rule, Finding)| {
            finding.level.unwrap_or(rule.level) > Level::Info && finding.hazards.unwrap_or(rule.hazards).contains(&Hazard::BlocksLong)
        };
        if found.iter().any(blocks) {
            found.retain(|(rule, _)| rule.id != rules::BRIEF_LOCK.id);
        }
        let is_emptied = emptied::is_emptied(&self.world, &statement.act);
        self.found.extend(found.into_iter().filter_map(|it| if is_emptied { emptied::without_rows(it) } else { Some(it) }));
    }

    /// The statement's effect on schema, session and transaction.
    fn happen(&mut self, statement: &Statement, effects: Effects, circumstances: Circumstances) {
        let act = &statement.act;
        for lock in effects.locks.into_iter().filter(|(_, mode)| *mode > Mode::RowExclusive) {
            if !self.world.locks.contains(&lock) {
                self.world.locks.push(lock);
            }
        }
        emptied::follow(&mut self.world, act, circumstances);
        self.remember_values(act);
        self.remember_rows(act);
        rules::follow_session(&mut self.world.changed, act, &statement.span);
        match act {
            Act::Set { name, values, .. } => self.world.set(name, values),
            Act::Reset(name) => self.world.reset(name),
            Act::Savepoint(name) => self.savepoints.push((name.clone(), self.world.clone())),
            Act::RollbackTo(name) => {
                if let Some(index) = self.savepoints.iter().rposition(|(it, _)| it == name) {
                    self.world = self.savepoints[index].1.clone();
                    self.savepoints.truncate(index + 1);
                }
            }
            Act::Release(name) => {
                if let Some(index) = self.savepoints.iter().rposition(|(it, _)| it == name) {
                    self.savepoints.truncate(index);
                }
            }
            _ if changes_schema(act) => {
                let search_path = self.world.search_path.clone();
                let source = self.migration.text.get(statement.span.clone()).unwrap_or_default();
                let here = self.judged;
                let at = Setting { search_path: &search_path, here, maybe: circumstances.maybe, source, base: statement.span.start };
                self.world.schema_mut().apply(act, at);
            }
            _ => {}
        }
    }

    /// The values that a change of rows asks for.
    fn remember_rows(&mut self, act: &Act) {
        let (Act::Update { table, query, .. } | Act::Delete { table, query, .. }) = act else { return };
        let Some(id) = self.world.find(table).known().map(|it| it.id) else { return };
        let mut values = Vec::new();
        query.conditions.iter().for_each(|it| rules::texts_in(it, &mut values));
        if !values.is_empty() {
            Rc::make_mut(&mut self.world.seen_to).extend(values.into_iter().map(|it| (id, it)));
        }
    }

    /// Enum values that the open transaction added to a type that was there before.
    fn remember_values(&mut self, act: &Act) {
        let Act::Alter { name, actions, .. } = act else { return };
        for (action, _) in actions {
            if let Alter::AddValue(value, _) = action
                && let Some(path) = self.world.schema.type_of(name, &self.world.search_path).map(|(path, _)| path.clone())
            {
                self.world.fresh_values.push((path, value.clone()));
            }
        }
    }

    /// Reports something that the driver itself saw.
    pub(super) fn report(&mut self, rule: &'static Rule, finding: Finding) {
        if self.judged {
            self.found.push((rule, finding));
        }
    }

    fn report_unread(&mut self, index: usize) {
        let span = self.migration.script.statements[index].span.clone();
        if let Some(what) = self.readings[index].too_deep {
            let head = span.start..span.end.min(span.start + 1);
            self.report(&rules::TOO_DEEP, Finding::new(&head, format!("this statement {what}: it is not judged")));
            self.world.schema_mut().opaque = true;
        }
        if let Some(error) = self.readings[index].errors.first() {
            let start = error.span.start.min(span.end.saturating_sub(1));
            let found = Finding::new(
                &(start..error.span.end.max(start + 1)),
                format!("this is no SQL that PostgreSQL knows: {}", plain(&error.message)),
            );
            self.report(&rules::SYNTAX_ERROR, found);
            self.world.schema_mut().opaque = true;
        }
    }

    /// What only the whole file shows.
    fn check_file(&mut self) {
        if !self.judged {
            return;
        }
        for (rule, finding) in rules::check_file(self.migration, &self.statements, &self.world.changed) {
            self.found.push((rule, finding));
        }
    }

    /// Whether a default that is dropped only steps aside: the same transaction sets the column's default further down.
    fn sets_default_again(&self, finding: &Finding) -> bool {
        let at = |it: &&Statement| it.span.start <= finding.span.start && finding.span.start < it.span.end;
        let Some(Act::Alter { name, actions, .. }) = self.statements.iter().find(at).map(|it| &it.act) else { return false };
        let dropped = actions.iter().find_map(|(action, span)| match action {
            Alter::DropDefault(column) if *span == finding.span => Some(column),
            _ => None,
        });
        let sets = |it: &Statement| match &it.act {
            Act::Alter { name: other, actions, .. } if other == name => {
                actions.iter().any(|(action, _)| matches!(action, Alter::SetDefault(column, _) if Some(column) == dropped))
            }
            _ => false,
        };
        let later = self.statements.iter().filter(|it| it.span.start > finding.span.start);
        matches!(self.migration.run, Run::Whole { .. }) && later.into_iter().any(sets)
    }

    /// The findings that nobody allowed, in order of their place, and the world for the next file.
    fn finish(mut self) -> (Vec<Diagnostic>, World) {
        let mut diagnostics = Vec::new();
        self.found.sort_by_key(|(rule, finding)| (finding.span.start, std::cmp::Reverse(finding.level.unwrap_or(rule.level))));
        let mut told: Vec<(&str, Span, String)> = Vec::new();
        let lines = Lines::new(&self.migration.text);
        for (rule, finding) in &self.found {
            let once = rule.id == rules::NO_LOCK_TIMEOUT.id;
            let known = told
                .iter()
                .rev()
                .take(50)
                .any(|(id, span, message)| *id == rule.id && (once || (*span == finding.span && *message == finding.message)));
            let passing = rule.id == rules::DROP_DEFAULT.id && self.sets_default_again(finding);
            if known || passing {
                continue;
            }
            let hazards = finding.hazards.unwrap_or(rule.hazards);
            // A rule without hazards has none to acknowledge: it is allowed by its name alone.
            let Some(hazards) = allow::remaining(&mut self.allows, rule.id, hazards, finding.span.start) else { continue };
            told.push((rule.id, finding.span.clone(), finding.message.clone()));
            diagnostics.push(diagnostic(rule, finding, self.migration, &lines).hazards(hazards));
        }
        diagnostics.extend(allow::faults(&self.allows, self.migration));
        (diagnostics, self.world)
    }
}

/// When PostgreSQL takes an action of an `ALTER TABLE`: drops first, then types, then what is added, then the rest.
fn pass(action: &Alter) -> usize {
    match action {
        Alter::DropColumn { .. } | Alter::DropConstraint { .. } => 0,
        Alter::SetType { .. } => 1,
        Alter::AddColumn { .. } => 2,
        Alter::SetNotNull(_) | Alter::SetDefault(..) | Alter::AddIdentity { .. } => 3,
        Alter::AddConstraint(_) => 4,
        _ => 5,
    }
}

/// Whether the schema model asks about such an act.
fn changes_schema(act: &Act) -> bool {
    !matches!(
        act,
        Act::Query(_) | Act::Insert { .. } | Act::Update { .. } | Act::Delete { .. } | Act::Merge { .. } | Act::Do(_) | Act::Other
    )
}

/// The parser's message in the words of a reader: token names lose their endings.
fn plain(message: &str) -> String {
    let word = |it: &str| it.strip_suffix("_KW").map_or_else(|| it.to_owned(), str::to_owned);
    message.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

fn diagnostic(rule: &Rule, finding: &Finding, migration: &Migration, lines: &Lines<'_>) -> Diagnostic {
    let level = finding.level.unwrap_or(rule.level);
    let location = lines.location(&migration.file, finding.span.clone());
    Diagnostic::error(rule.id, finding.message.clone()).level(level).at(location).effect(rule.effect).hint(rule.cure)
}

/// Where the lines of a text start: many findings in one large file must not count them anew each time.
struct Lines<'a> {
    text: &'a str,
    starts: std::cell::OnceCell<Vec<usize>>,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Lines<'a> {
        Lines { text, starts: std::cell::OnceCell::new() }
    }

    fn place(&self, offset: usize) -> (crate::sql::lines::Place, usize) {
        let starts = self.starts.get_or_init(|| std::iter::once(0).chain(self.text.match_indices('\n').map(|(at, _)| at + 1)).collect());
        let line = starts.partition_point(|it| *it <= offset) - 1;
        let before = self.text.get(starts[line]..offset).unwrap_or_default();
        (crate::sql::lines::Place { line: line + 1, column: before.chars().count() + 1 }, starts[line])
    }

    fn location(&self, file: &str, span: Span) -> crate::diagnostic::Location {
        let (start, line_start) = self.place(span.start.min(self.text.len()));
        let (end, _) = self.place(span.end.min(self.text.len()));
        let line = self.text[line_start..].lines().next().unwrap_or_default();
        crate::diagnostic::Location { file: file.to_owned(), start, end, line: line.to_owned() }
    }
}
