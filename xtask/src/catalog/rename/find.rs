//! Which renames are meant by `old=new`, and which there may be: for asking, never for guessing.

use super::super::model::{Catalog, Id, Kind, Object};
use super::{Rename, bare, is_renamable, parts};
use crate::sql::{TokenKind, quote, tokens};
use std::collections::{BTreeSet, HashMap};
use std::fmt;

/// A rename that was told and cannot be taken as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unresolved {
    /// What was told.
    pub told: String,
    /// What it may mean; empty where it means nothing.
    pub meanings: Vec<Rename>,
}

impl fmt::Display for Unresolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.meanings.is_empty() {
            let (old, new) = halves(&self.told).unwrap_or((&self.told, "…"));
            return write!(f, "`{}`: there is no `{old}` that goes and no `{new}` of the same kind that is new", self.told);
        }
        let meanings: Vec<String> = self.meanings.iter().map(ToString::to_string).collect();
        write!(f, "`{}` may mean {}", self.told, meanings.join(", or "))
    }
}

/// The renames that `old=new` texts mean. A name may be short (`t`, `t.a`, `mood.sad`) or whole (`public.t.a`); the new one may be
/// the last part alone. Only what is gone from one catalog and new in the other is meant, unless two change names.
///
/// # Errors
/// Those that mean nothing, or several things.
pub fn resolve(from: &Catalog, to: &Catalog, told: &[String]) -> Result<Vec<Rename>, Vec<Unresolved>> {
    let (mut renames, mut failed) = (Vec::new(), Vec::new());
    let mut open: Vec<&String> = told.iter().collect();
    // Schemas first, then what stands in them, then what belongs to that: the names of the former are known by then.
    for depth in 0..3 {
        let parents = Parents::new(&renames);
        let (all, more) = (possible(from, to, &parents, depth, false), possible(from, to, &parents, depth, true));
        open.retain(|text| {
            let meant = |list: &[Rename]| list.iter().filter(|it| means(text, it)).cloned().collect::<Vec<Rename>>();
            let meanings = Some(meant(&all)).filter(|it| !it.is_empty()).unwrap_or_else(|| meant(&more));
            match meanings.as_slice() {
                [] => return true,
                [one] => renames.push(one.clone()),
                _ => failed.push(Unresolved { told: (*text).clone(), meanings }),
            }
            false
        });
    }
    failed.extend(open.into_iter().map(|text| Unresolved { told: text.clone(), meanings: Vec::new() }));
    if failed.is_empty() { Ok(renames) } else { Err(failed) }
}

/// What was renamed so far, for the names of what belongs to it.
struct Parents<'a> {
    ids: HashMap<&'a str, &'a str>,
}

impl<'a> Parents<'a> {
    fn new(renames: &'a [Rename]) -> Parents<'a> {
        let objects = renames.iter().filter_map(|it| match it {
            Rename::Object(from, to) if from.of.is_empty() => Some((from.name.as_str(), to.name.as_str())),
            _ => None,
        });
        Parents { ids: objects.collect() }
    }

    /// The name in the second catalog of what is called `name` in the first.
    fn now(&self, name: &str) -> String {
        if let Some(now) = self.ids.get(name) {
            return (*now).to_owned();
        }
        let schema = super::schema(name);
        self.ids.get(schema).map_or_else(|| name.to_owned(), |now| format!("{now}{}", &name[schema.len()..]))
    }
}

fn depth(kind: Kind, of: &str) -> usize {
    match kind {
        Kind::Schema => 0,
        Kind::Index => 2,
        _ => 1 + usize::from(!of.is_empty()),
    }
}

/// Every rename of this depth of something that is in one catalog alone to something of its kind that is in the other alone; `swaps`:
/// also where a name is in both, since something else may take it.
fn possible(from: &Catalog, to: &Catalog, parents: &Parents<'_>, at: usize, swaps: bool) -> Vec<Rename> {
    let here = |it: &&Object| is_renamable(it.id.kind) && depth(it.id.kind, &it.id.of) == at;
    let mut fresh: HashMap<(Kind, &str), Vec<&Id>> = HashMap::new();
    for it in to.objects.iter().filter(here) {
        fresh.entry((it.id.kind, it.id.of.as_str())).or_default().push(&it.id);
    }
    let taken: BTreeSet<(Kind, String, &str)> =
        from.objects.iter().filter(here).map(|it| (it.id.kind, parents.now(&it.id.of), it.id.name.as_str())).collect();
    let mut all = Vec::new();
    for it in from.objects.iter().filter(here) {
        let of = parents.now(&it.id.of);
        let name = if it.id.of.is_empty() { parents.now(&it.id.name) } else { it.id.name.clone() };
        if !swaps && to.find(it.id.kind, &of, &name).is_some() {
            continue;
        }
        let others = fresh.get(&(it.id.kind, of.as_str())).map_or(&[][..], Vec::as_slice);
        let is_new = |id: &Id| swaps || !taken.contains(&(id.kind, id.of.clone(), id.name.as_str()));
        let meant = others.iter().filter(|id| id.name != it.id.name && is_new(id));
        all.extend(meant.map(|id| Rename::Object(it.id.clone(), (*id).clone())));
    }
    if at == 2 {
        all.extend(values(from, to, parents));
    }
    all
}

fn values(from: &Catalog, to: &Catalog, parents: &Parents<'_>) -> Vec<Rename> {
    let enums = from.objects.iter().filter(|it| it.id.kind == Kind::Enum);
    let pairs = enums.filter_map(|it| Some((it, to.find(Kind::Enum, "", &parents.now(&it.id.name))?)));
    let mut all = Vec::new();
    for (old, new) in pairs {
        let (had, has) = (super::super::make::enum_labels(old.get("labels")), super::super::make::enum_labels(new.get("labels")));
        let gone = had.iter().filter(|it| !has.contains(it));
        let fresh: Vec<&&str> = has.iter().filter(|it| !had.contains(it)).collect();
        let value = |from: &str, to: &str| Rename::Value { of: old.id.name.clone(), from: from.to_owned(), to: to.to_owned() };
        all.extend(gone.flat_map(|from| fresh.iter().map(|to| value(from, to)).collect::<Vec<_>>()));
    }
    all
}

/// `old` and `new` of `old=new`.
fn halves(text: &str) -> Option<(&str, &str)> {
    let at = tokens(text, 0).find(|it| it.kind == TokenKind::Other && &text[it.span.clone()] == "=")?.span.start;
    Some((text[..at].trim(), text[at + 1..].trim()))
}

fn means(text: &str, rename: &Rename) -> bool {
    let Some((old, new)) = halves(text) else { return false };
    let ends = |path: &[String], text: &str| {
        let said = split(text);
        !said.is_empty() && path.len() >= said.len() && path[path.len() - said.len()..].iter().zip(&said).all(|(a, b)| same_name(a, b))
    };
    match rename {
        Rename::Object(from, to) => ends(&path(from), old) && ends(&path(to), new),
        Rename::Value { of, from, to } => {
            let of = split(of);
            let whole = |label: &str| of.iter().cloned().chain([label.to_owned()]).collect::<Vec<_>>();
            ends(&whole(from), old) && split(old).len() > 1 && ends(&whole(to), new)
        }
    }
}

fn path(id: &Id) -> Vec<String> {
    let mut path = if id.of.is_empty() { Vec::new() } else { split(&id.of) };
    if id.kind == Kind::Index {
        path.clear();
    }
    path.extend(split(&id.name));
    path
}

fn split(name: &str) -> Vec<String> {
    parts(name).into_iter().map(|(start, end)| name[start..end].to_owned()).collect()
}

/// Whether someone who types `said` means `name`, which may be quoted, or a value.
fn same_name(name: &str, said: &str) -> bool {
    name == said || name == quote::name(said) || name == quote::literal(said) || !said.starts_with('"') && name == said.to_lowercase()
}

/// The renames that there may be, the likeliest first: of the same kind, in the same place, alike in what they are. Nothing in here
/// is taken without an answer.
#[must_use]
pub fn candidates(from: &Catalog, to: &Catalog) -> Vec<Rename> {
    let none = Parents { ids: HashMap::new() };
    let all = (0..3).flat_map(|depth| possible(from, to, &none, depth, false));
    let mut likely: Vec<(u32, Rename)> = all.map(|it| (likeness(from, to, &it), it)).filter(|(likeness, _)| *likeness >= 50).collect();
    likely.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let mut chosen = Vec::new();
    for (_, rename) in likely {
        let (old, new) = match &rename {
            Rename::Object(old, new) => (format!("- {old:?}"), format!("+ {new:?}")),
            Rename::Value { of, from, to } => (format!("- {of} {from}"), format!("+ {of} {to}")),
        };
        if !taken.contains(&old) && !taken.contains(&new) {
            taken.extend([old, new]);
            chosen.push(rename);
        }
    }
    chosen
}

/// How much two are alike, in a hundred.
fn likeness(from: &Catalog, to: &Catalog, rename: &Rename) -> u32 {
    let (old, new) = match rename {
        Rename::Object(old, new) => (from.find(old.kind, &old.of, &old.name), to.find(new.kind, &new.of, &new.name)),
        Rename::Value { of, from: old, to: new } => return value_likeness(from, to, of, old, new),
    };
    let (Some(old), Some(new)) = (old, new) else { return 0 };
    match old.id.kind {
        Kind::Column | Kind::Attribute => {
            let same = u32::from(old.get("type") == new.get("type"));
            same * (50 + 20 * u32::from(old.position == new.position) + names_alike(&old.id.name, &new.id.name) / 4)
        }
        // What is the same but for the name is renamed without a question.
        Kind::Constraint | Kind::Index | Kind::ViewColumn => 0,
        Kind::Schema => shared(&inside(from, &old.id.name), &inside(to, &new.id.name)),
        Kind::Table | Kind::ForeignTable => shared(&columns(from, &old.id), &columns(to, &new.id)),
        _ => {
            let own = |it: &Object| {
                let texts = it.attributes.iter().map(|(name, value)| (*name, value.replace(bare(&it.id.name), "")));
                texts.collect::<Vec<_>>()
            };
            let is_same = own(old) == own(new) && (!old.attributes.is_empty() || old.id.kind == Kind::Sequence);
            u32::from(is_same) * (60 + names_alike(&old.id.name, &new.id.name) / 3)
        }
    }
}

fn value_likeness(from: &Catalog, to: &Catalog, of: &str, old: &str, new: &str) -> u32 {
    let place = |catalog: &Catalog, label: &str| {
        let labels = catalog.find(Kind::Enum, "", of)?.get("labels");
        super::super::make::enum_labels(labels).iter().position(|it| *it == label)
    };
    let same_place = place(from, old) == place(to, new);
    40 * u32::from(same_place) + names_alike(old, new) / 2
}

fn inside(catalog: &Catalog, schema: &str) -> BTreeSet<String> {
    let objects = catalog.objects.iter().filter(|it| it.schema == schema && it.id.of.is_empty());
    objects.map(|it| format!("{:?} {}", it.id.kind, it.bare_name())).collect()
}

fn columns(catalog: &Catalog, id: &Id) -> BTreeSet<String> {
    catalog.members(id, Kind::Column).map(|it| format!("{} {}", it.id.name, it.get("type"))).collect()
}

fn shared(a: &BTreeSet<String>, b: &BTreeSet<String>) -> u32 {
    let all = a.union(b).count();
    let both = a.intersection(b).count();
    u32::try_from((100 * both).checked_div(all).unwrap_or(0)).unwrap_or_default()
}

/// How many pairs of letters two names share, in a hundred.
fn names_alike(a: &str, b: &str) -> u32 {
    let pairs = |name: &str| {
        let letters: Vec<char> = name.chars().filter(|c| c.is_alphanumeric()).collect();
        letters.windows(2).map(|it| (it[0], it[1])).map(|(a, b)| format!("{a}{b}")).collect::<BTreeSet<String>>()
    };
    shared(&pairs(a), &pairs(b))
}
