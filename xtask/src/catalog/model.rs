//! A database's schema as plain values: every object with what it is called, what can be altered, and what it needs.

use super::acl::Acl;
pub use super::kind::Kind;
use std::fmt;

/// What an object is called: equal ids in two catalogs are the same object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id {
    /// What it is.
    pub kind: Kind,
    /// The object that it belongs to, as SQL writes it: the table of a column. Empty where it stands alone.
    pub of: String,
    /// Its name as SQL writes it, quoted where needed, with schema and arguments where it has them.
    pub name: String,
}

impl Id {
    /// An id from its parts.
    #[must_use]
    pub fn new(kind: Kind, of: &str, name: &str) -> Id {
        Id { kind, of: of.to_owned(), name: name.to_owned() }
    }
}

impl fmt::Display for Id {
    /// As `DROP`, `COMMENT ON` and `ALTER` name it: `TABLE public.t`, `TRIGGER t ON public.t`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keyword = self.kind.info().keyword;
        match self.kind {
            Kind::Column | Kind::ViewColumn | Kind::Attribute => write!(f, "COLUMN {}.{}", self.of, self.name),
            Kind::Index => write!(f, "INDEX {}", self.name),
            Kind::DomainConstraint => write!(f, "CONSTRAINT {} ON DOMAIN {}", self.name, self.of),
            _ if self.of.is_empty() => write!(f, "{keyword} {}", self.name),
            _ => write!(f, "{keyword} {} ON {}", self.name, self.of),
        }
    }
}

/// One object. Two are alike when everything but `needs`, `parent` and `position` is equal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// What it is called.
    pub id: Id,
    /// The schema that holds it, quoted where needed; empty where none does.
    pub schema: String,
    /// What else the catalog says of it; what is empty or the default is left out.
    pub attributes: Vec<(&'static str, String)>,
    /// Its owner, unless that is the user who read the catalog.
    pub owner: Option<String>,
    /// Who may do what with it.
    pub acl: Acl,
    /// Its comment.
    pub comment: Option<String>,
    /// Its security labels: provider and label.
    pub labels: Vec<(String, String)>,
    /// Its place among its siblings, from 1; only columns have one.
    pub position: u32,
    /// The objects that have to be there before it, as indexes into [`Catalog::objects`].
    pub needs: Vec<usize>,
    /// The object that it belongs to, as an index into [`Catalog::objects`].
    pub parent: Option<usize>,
}

impl Object {
    /// The attribute `name`, or the empty string.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.attributes.iter().find(|(it, _)| *it == name).map_or("", |(_, value)| value)
    }

    /// Whether the attribute `name` is there.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.attributes.iter().any(|(it, _)| *it == name)
    }

    /// Its name without schema, quoted where needed.
    #[must_use]
    pub fn bare_name(&self) -> &str {
        let prefix = self.schema.len() + 1;
        if self.schema.is_empty() || !self.id.name.starts_with(&self.schema) || self.id.name.as_bytes().get(prefix - 1) != Some(&b'.') {
            return &self.id.name;
        }
        &self.id.name[prefix..]
    }
}

/// A database's schema.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalog {
    /// The server's major version.
    pub version: u32,
    /// The user who read it.
    pub user: String,
    /// Every object, sorted by id.
    pub objects: Vec<Object>,
    /// What the database holds besides, in words: it is not compared.
    pub unread: Vec<String>,
    children: Vec<Vec<usize>>,
}

impl Catalog {
    /// A catalog of `objects`, which are sorted by id and name each other by index.
    #[must_use]
    pub fn new(version: u32, user: String, objects: Vec<Object>) -> Catalog {
        let mut children = vec![Vec::new(); objects.len()];
        for (i, object) in objects.iter().enumerate() {
            if let Some(parent) = object.parent {
                children[parent].push(i);
            }
        }
        for list in &mut children {
            list.sort_by_key(|&i: &usize| (objects[i].position, i));
        }
        Catalog { version, user, objects, unread: Vec::new(), children }
    }

    /// The index of the object called so.
    #[must_use]
    pub fn place(&self, kind: Kind, of: &str, name: &str) -> Option<usize> {
        self.objects.binary_search_by(|it| (it.id.kind, it.id.of.as_str(), it.id.name.as_str()).cmp(&(kind, of, name))).ok()
    }

    /// The index of the object called `id`.
    #[must_use]
    pub fn position(&self, id: &Id) -> Option<usize> {
        self.place(id.kind, &id.of, &id.name)
    }

    /// The object called so.
    #[must_use]
    pub fn find(&self, kind: Kind, of: &str, name: &str) -> Option<&Object> {
        self.place(kind, of, name).map(|i| &self.objects[i])
    }

    /// The indexes of the objects that belong to the one at `index`, columns in their order.
    #[must_use]
    pub fn children(&self, index: usize) -> &[usize] {
        &self.children[index]
    }

    /// The objects of one kind that belong to the object called `id`, columns in their order.
    pub fn members<'a>(&'a self, id: &Id, kind: Kind) -> impl Iterator<Item = &'a Object> + use<'a> {
        let list = self.position(id).map_or(&[][..], |i| self.children(i));
        list.iter().map(|&i| &self.objects[i]).filter(move |object| object.id.kind == kind)
    }
}
