//! The objects of both catalogs side by side, and what becomes of each.

use super::super::make::{self, Scene, Way};
use super::super::model::{Catalog, Id, Kind, Object};
use super::Precision;
use std::collections::HashMap;

/// What becomes of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// Nothing.
    Keep,
    /// It is new.
    Create,
    /// It goes.
    Drop,
    /// It changes where it is.
    Alter,
    /// It goes and comes back, in another form or because it stands in the way.
    Rebuild,
    /// A new one takes its place, with its data.
    Swap,
}

/// An object of one catalog or both.
#[derive(Debug)]
pub(super) struct Pair {
    pub from: Option<usize>,
    pub to: Option<usize>,
    pub fate: Fate,
    /// The statements that alter it.
    pub statements: Vec<String>,
    /// Whether its type changes, which no view or function may see.
    pub retypes: bool,
}

/// All pairs, sorted by id.
pub(super) struct Plan<'a> {
    pub scene: Scene<'a>,
    pub pairs: Vec<Pair>,
    /// The pair of each object of the first catalog, and of the second.
    pub of_from: Vec<usize>,
    pub of_to: Vec<usize>,
    /// The tables that inherit from each table, in the first catalog.
    pub heirs: HashMap<usize, Vec<usize>>,
}

fn heirs(catalog: &Catalog) -> HashMap<usize, Vec<usize>> {
    let mut heirs: HashMap<usize, Vec<usize>> = HashMap::new();
    for (i, table) in catalog.objects.iter().enumerate().filter(|(_, it)| it.has("inherits")) {
        for parent in table.needs.iter().filter(|&&j| catalog.objects[j].id.kind == Kind::Table) {
            heirs.entry(*parent).or_default().push(i);
        }
    }
    heirs
}

impl<'a> Plan<'a> {
    pub(super) fn new(scene: Scene<'a>) -> Plan<'a> {
        let mut plan = Plan {
            scene,
            pairs: Vec::new(),
            of_from: vec![0; scene.from.objects.len()],
            of_to: vec![0; scene.to.objects.len()],
            heirs: heirs(scene.from),
        };
        plan.pair_up();
        plan.swap_heirs();
        if scene.options.precision == Precision::Exact {
            plan.swap_shuffled();
        }
        plan.settle_inherited_names();
        plan.rebuild_twins();
        plan.spread();
        plan
    }

    /// Merges the two sorted lists.
    fn pair_up(&mut self) {
        let (old, new) = (&self.scene.from.objects, &self.scene.to.objects);
        let (mut i, mut j) = (0, 0);
        while i < old.len() || j < new.len() {
            let order = match (old.get(i), new.get(j)) {
                (Some(a), Some(b)) => a.id.cmp(&b.id),
                (Some(_), None) => std::cmp::Ordering::Less,
                _ => std::cmp::Ordering::Greater,
            };
            let (from, to) = (order.is_le().then_some(i), order.is_ge().then_some(j));
            if from.is_some() {
                self.of_from[i] = self.pairs.len();
                i += 1;
            }
            if to.is_some() {
                self.of_to[j] = self.pairs.len();
                j += 1;
            }
            let pair = self.judge(from, to);
            self.pairs.push(pair);
        }
    }

    /// A column that a table is to have from its parent alone, and has as its own: only a new table gets it so.
    fn swap_heirs(&mut self) {
        let columns = (0..self.pairs.len()).filter(|&pair| self.id(pair).kind == Kind::Column);
        let tables: Vec<usize> =
            columns.filter(|&pair| self.inherits_anew(pair) == Some(true)).filter_map(|pair| self.parent_pair(pair)).collect();
        for table in tables {
            self.pairs[table].fate = Fate::Swap;
        }
    }

    /// A NOT NULL constraint that a table has from its parent cannot be renamed while it has it.
    fn settle_inherited_names(&mut self) {
        let renamed = |it: &Pair| it.fate == Fate::Alter && it.statements.iter().any(|it| it.contains(" RENAME CONSTRAINT "));
        let inherited = |pair: usize| self.old(pair).is_some_and(|it| it.has("inherited"));
        let columns: Vec<usize> = (0..self.pairs.len()).filter(|&pair| renamed(&self.pairs[pair]) && inherited(pair)).collect();
        for column in columns {
            let place = self.find(Kind::Partition, &self.id(column).of, "");
            match place.map(|it| (it, self.fate(it))) {
                // It has left by then.
                Some((_, Fate::Drop)) => {}
                Some((place, fate)) if self.scene.options.precision == Precision::Exact && fate != Fate::Create => {
                    self.pairs[place].fate = Fate::Rebuild;
                }
                _ => self.forget_name(column),
            }
        }
    }

    fn forget_name(&mut self, column: usize) {
        let it = &mut self.pairs[column];
        it.statements.retain(|it| !it.contains(" RENAME CONSTRAINT "));
        if it.statements.is_empty() {
            it.fate = Fate::Keep;
        }
    }

    /// A table whose columns would stand in another order is made anew.
    fn swap_shuffled(&mut self) {
        let shuffled: Vec<usize> = (0..self.pairs.len()).filter(|&pair| self.is_shuffled(pair) == Some(true)).collect();
        for table in shuffled {
            self.pairs[table].fate = Fate::Swap;
        }
    }

    fn is_shuffled(&self, table: usize) -> Option<bool> {
        let (old, new) = (self.old(table)?, self.new_form(table)?);
        let alone = |it: &Object| it.id.kind == Kind::Table && !it.has("partition_key") && !it.has("inherits");
        if !alone(old) || !alone(new) || self.pairs[table].from.is_some_and(|it| self.heirs.contains_key(&it)) {
            return None;
        }
        let columns = |catalog: &'a Catalog, id| catalog.members(id, Kind::Column).collect::<Vec<&'a Object>>();
        let (was, is) = (columns(self.scene.from, &old.id), columns(self.scene.to, &new.id));
        let rebuilt = |it: &Object| self.find(Kind::Column, &it.id.of, &it.id.name).is_none_or(|pair| self.fate(pair) == Fate::Rebuild);
        let stays = |it: &&&Object| is.iter().any(|other| other.id == it.id) && !rebuilt(it);
        let kept: Vec<&Id> = was.iter().filter(stays).map(|it| &it.id).collect();
        let (old_places, new_places) = is.iter().map(|it| &it.id).partition::<Vec<&Id>, _>(|id| kept.contains(id));
        let result = kept.iter().copied().chain(new_places);
        Some(old_places.len() == kept.len() && result.ne(is.iter().map(|it| &it.id)))
    }

    /// A table that becomes a partition gives PostgreSQL the oldest of its indexes that answers to one of the whole. One that is to stay for
    /// itself beside another of the same form is out of the way until then.
    fn rebuild_twins(&mut self) {
        let twins: Vec<usize> = (0..self.pairs.len()).filter(|&pair| self.is_twin(pair) == Some(true)).collect();
        for index in twins {
            let it = &mut self.pairs[index];
            it.fate = Fate::Rebuild;
            it.statements.clear();
        }
    }

    fn is_twin(&self, pair: usize) -> Option<bool> {
        let id = self.id(pair);
        if id.kind != Kind::Index || !matches!(self.fate(pair), Fate::Keep | Fate::Alter) || !self.stays_apart(pair) {
            return None;
        }
        let index = self.new_form(pair)?;
        let siblings = self.scene.to.children(index.parent?).iter().map(|&i| self.of_to[i]);
        let answers = |other: usize| {
            let whole = self.whole_of(self.part(other)?)?;
            Some(self.fate(whole) == Fate::Keep && make::index_form(self.new_form(other)?) == make::index_form(index))
        };
        Some(siblings.filter(|&it| it != pair && self.id(it).kind == Kind::Index).any(|it| answers(it) == Some(true)))
    }

    /// Whether an index of a table that becomes a partition is no part of an index of the whole.
    pub(super) fn stays_apart(&self, index: usize) -> bool {
        let place = self.find(Kind::Partition, &self.id(index).of, "");
        place.is_some_and(|it| matches!(self.fate(it), Fate::Create | Fate::Rebuild)) && self.part(index).is_none()
    }

    /// What makes an index a part of one of the whole, in the second catalog.
    fn part(&self, index: usize) -> Option<&'a Object> {
        self.find(Kind::IndexPartition, &self.id(index).name, "").and_then(|it| self.new_form(it))
    }

    /// The index of the whole that `part` belongs to.
    fn whole_of(&self, part: &Object) -> Option<usize> {
        let mut needed = part.needs.iter().map(|&i| self.of_to[i]);
        needed.find(|&it| self.id(it).kind == Kind::Index && self.id(it).name == part.get("parent"))
    }

    fn parent_pair(&self, pair: usize) -> Option<usize> {
        Some(self.of_to[self.new_form(pair)?.parent?])
    }

    fn inherits_anew(&self, column: usize) -> Option<bool> {
        let new = self.new_form(column)?;
        if new.get("inherited") != "yes" {
            return Some(false);
        }
        let table = self.parent_pair(column)?;
        let (was, is) = (self.old(table)?, self.new_form(table)?);
        let kept = make::parent_tables(is).into_iter().filter(|it| make::parent_tables(was).contains(it));
        let Some(old) = self.old(column) else {
            // One that a parent gets comes by itself, one that a new parent has does not.
            let mut sources = kept.filter_map(|it| self.scene.to.find(Kind::Column, it, &new.id.name));
            return Some(sources.next().is_none());
        };
        let mut sources = kept.filter_map(|it| self.scene.from.find(Kind::Column, it, &new.id.name));
        Some(old.get("inherited") != "yes" || sources.next().is_none())
    }

    fn judge(&self, from: Option<usize>, to: Option<usize>) -> Pair {
        let pair = |fate, statements, retypes| Pair { from, to, fate, statements, retypes };
        let (Some(i), Some(j)) = (from, to) else {
            return pair(if from.is_some() { Fate::Drop } else { Fate::Create }, Vec::new(), false);
        };
        let (old, new) = (&self.scene.from.objects[i], &self.scene.to.objects[j]);
        if make::same(old, new) {
            return pair(Fate::Keep, Vec::new(), false);
        }
        match make::alter(self.scene, old, new) {
            Way::InPlace(statements) if statements.is_empty() => pair(Fate::Keep, statements, false),
            Way::InPlace(statements) => pair(Fate::Alter, statements, false),
            Way::Retype(statements) => pair(Fate::Alter, statements, true),
            Way::Rebuild => pair(Fate::Rebuild, Vec::new(), false),
            Way::Swap => pair(Fate::Swap, Vec::new(), false),
        }
    }

    pub(super) fn old(&self, pair: usize) -> Option<&'a Object> {
        self.pairs[pair].from.map(|i| &self.scene.from.objects[i])
    }

    pub(super) fn new_form(&self, pair: usize) -> Option<&'a Object> {
        self.pairs[pair].to.map(|i| &self.scene.to.objects[i])
    }

    pub(super) fn object(&self, pair: usize) -> &'a Object {
        self.new_form(pair).or(self.old(pair)).expect("a pair has at least one side")
    }

    pub(super) fn id(&self, pair: usize) -> &'a Id {
        &self.object(pair).id
    }

    pub(super) fn fate(&self, pair: usize) -> Fate {
        self.pairs[pair].fate
    }

    /// The pair of an object that is called so in either catalog.
    pub(super) fn find(&self, kind: Kind, of: &str, name: &str) -> Option<usize> {
        let from = self.scene.from.place(kind, of, name).map(|i| self.of_from[i]);
        from.or_else(|| self.scene.to.place(kind, of, name).map(|i| self.of_to[i]))
    }

    /// Lets each fate reach what depends on the object.
    fn spread(&mut self) {
        let mut dependents: Vec<Vec<usize>> = vec![Vec::new(); self.scene.from.objects.len()];
        for (i, object) in self.scene.from.objects.iter().enumerate() {
            for &needed in &object.needs {
                dependents[needed].push(i);
            }
        }
        let mut queue: Vec<usize> = (0..self.pairs.len()).filter(|&pair| self.disturbs(pair)).collect();
        while let Some(pair) = queue.pop() {
            if self.pairs[pair].retypes {
                queue.extend(self.rebuild_partitioned(pair));
            }
            let Some(i) = self.pairs[pair].from else { continue };
            for &dependent in &dependents[i] {
                let other = self.of_from[dependent];
                if self.reach(other, pair) {
                    queue.push(other);
                }
            }
        }
    }

    fn disturbs(&self, pair: usize) -> bool {
        let it = &self.pairs[pair];
        matches!(it.fate, Fate::Drop | Fate::Rebuild | Fate::Swap) || it.retypes
    }

    /// A column in a partition key cannot change its type: the partitioned table is made anew around its partitions.
    fn rebuild_partitioned(&mut self, column: usize) -> Option<usize> {
        let id = self.id(column);
        let table = self.find(Kind::Table, "", &id.of)?;
        let key = self.old(table)?.get("partition_key").to_owned();
        let mut words = key.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '"'));
        if self.fate(table) == Fate::Rebuild || !words.any(|word| word == id.name) {
            return None;
        }
        self.pairs[table].fate = Fate::Rebuild;
        Some(table)
    }

    /// Lets what happens to `cause` reach `pair`, which depends on it; true when that changed its fate.
    fn reach(&mut self, pair: usize, cause: usize) -> bool {
        let fate = self.fate(pair);
        if !matches!(fate, Fate::Keep | Fate::Alter) || self.pairs[pair].to.is_none() {
            return false;
        }
        if self.fate(cause) == Fate::Drop && fate == Fate::Alter && !self.pairs[pair].retypes {
            // It lets go of the other by itself.
            return false;
        }
        match self.reaction(pair, cause) {
            None => false,
            Some(Fate::Alter) => self.retype(pair),
            Some(fate) => {
                let it = &mut self.pairs[pair];
                (it.fate, it.retypes) = (fate, false);
                it.statements.clear();
                true
            }
        }
    }

    /// Gives a column the new form of its type.
    fn retype(&mut self, pair: usize) -> bool {
        if self.pairs[pair].retypes {
            return false;
        }
        let (Some(old), Some(new)) = (self.old(pair), self.new_form(pair)) else { return false };
        let statement = make::retype_column(self.scene, old, new);
        let it = &mut self.pairs[pair];
        (it.fate, it.retypes) = (Fate::Alter, true);
        it.statements.insert(0, statement);
        true
    }

    /// Whether `cause` goes with a partition of one of the tables of this foreign key.
    fn leaves_a_copy(&self, key: &Object, cause: usize) -> bool {
        let table = if self.id(cause).kind == Kind::Table { &self.id(cause).name } else { &self.id(cause).of };
        let is_partition = self.find(Kind::Partition, table, "").is_some_and(|it| self.old(it).is_some());
        is_partition && *table != key.id.of && !key.get("definition").contains(&format!("REFERENCES {table}("))
    }

    fn reaction(&self, pair: usize, cause: usize) -> Option<Fate> {
        let (object, kind) = (self.old(pair)?, self.id(pair).kind);
        let source = self.id(cause).kind;
        let retyped = self.pairs[cause].retypes;
        let swapped = self.fate(cause) == Fate::Swap;
        match kind {
            Kind::Schema | Kind::Extension | Kind::Sequence => None,
            Kind::Table => (object.has("of_type") && source.is_type()).then_some(Fate::Swap),
            Kind::Column if source.is_type() || source == Kind::Collation => {
                swapped.then_some(if object.has("generated") { Fate::Rebuild } else { Fate::Alter })
            }
            Kind::Column if matches!(source, Kind::Table | Kind::ForeignTable) => Some(Fate::Rebuild),
            Kind::Column => object.has("generated").then_some(Fate::Rebuild),
            kind if kind.is_type() => Some(Fate::Swap),
            Kind::Partition => (source == Kind::Table).then_some(Fate::Rebuild),
            Kind::ForeignTable if matches!(source, Kind::Table | Kind::Column) || source.is_type() => None,
            Kind::Index if retyped => object.has("computed").then_some(Fate::Rebuild),
            // A foreign key does without the copy of itself that a partition takes along.
            Kind::Constraint if source == Kind::IndexPartition || object.get("kind") == "f" && self.leaves_a_copy(object, cause) => None,
            Kind::Constraint if retyped => (!matches!(object.get("kind"), "p" | "u")).then_some(Fate::Rebuild),
            Kind::Index | Kind::Constraint if matches!(source, Kind::Index | Kind::Constraint) && object.get("kind") != "f" => {
                let place = self.find(Kind::Partition, &object.id.of, "")?;
                matches!(self.fate(place), Fate::Keep | Fate::Alter).then_some(Fate::Rebuild)
            }
            Kind::SequenceOwner | Kind::IndexPartition if retyped => None,
            Kind::PublicationTable if retyped => object.get("filter").contains("WHERE").then_some(Fate::Rebuild),
            _ => Some(Fate::Rebuild),
        }
    }
}
