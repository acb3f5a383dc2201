//! Who may do what: access control lists as values, and the statements from one to another.

use super::kind::Grants;
use crate::sql::quote;
use std::collections::BTreeMap;

/// Whom something is granted to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grantee {
    /// Everybody.
    Public,
    /// The object's owner, whoever that is.
    Owner,
    /// A role, quoted where needed.
    Role(String),
}

/// Privileges by grantee: the letter of `aclitem`, and whether it may be passed on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Acl(pub BTreeMap<Grantee, BTreeMap<char, bool>>);

const PRIVILEGES: [(char, &str); 13] = [
    ('a', "INSERT"),
    ('r', "SELECT"),
    ('w', "UPDATE"),
    ('d', "DELETE"),
    ('D', "TRUNCATE"),
    ('x', "REFERENCES"),
    ('t', "TRIGGER"),
    ('m', "MAINTAIN"),
    ('X', "EXECUTE"),
    ('U', "USAGE"),
    ('C', "CREATE"),
    ('T', "TEMPORARY"),
    ('c', "CONNECT"),
];

impl Acl {
    /// What PostgreSQL grants when nothing was said.
    #[must_use]
    pub fn initial(grants: Grants, version: u32) -> Acl {
        let mut acl = Acl::default();
        acl.put(Grantee::Owner, grants.owner.chars().filter(|letter| *letter != 'm' || version >= 17));
        acl.put(Grantee::Public, grants.public.chars());
        acl
    }

    fn put(&mut self, grantee: Grantee, letters: impl Iterator<Item = char>) {
        let privileges: BTreeMap<char, bool> = letters.map(|letter| (letter, false)).collect();
        if !privileges.is_empty() {
            self.0.insert(grantee, privileges);
        }
    }

    /// Adds what `other` grants.
    pub fn add(&mut self, other: &Acl) {
        for (grantee, privileges) in &other.0 {
            let mine = self.0.entry(grantee.clone()).or_default();
            for (letter, option) in privileges {
                *mine.entry(*letter).or_default() |= option;
            }
        }
    }

    /// Reads an array of `aclitem` as the server prints it; `owner` is the object's owner.
    #[must_use]
    pub fn parse(text: &str, owner: &str) -> Acl {
        let mut acl = Acl::default();
        for item in array_items(text) {
            let (grantee, rest) = split_name(&item, '=');
            let (letters, _grantor) = rest.split_once('/').unwrap_or((rest, ""));
            let grantee = match grantee.as_str() {
                "" => Grantee::Public,
                name if name == owner => Grantee::Owner,
                name => Grantee::Role(quote_if_needed(name)),
            };
            let entry = acl.0.entry(grantee).or_default();
            let mut last = ' ';
            for letter in letters.chars() {
                if letter == '*' {
                    entry.insert(last, true);
                } else {
                    entry.entry(letter).or_default();
                    last = letter;
                }
            }
        }
        acl.0.retain(|_, privileges| !privileges.is_empty());
        acl
    }
}

/// The statements that turn the privileges `from` into `to` on what `target` names (`TABLE public.t`).
/// `columns` is the part that follows each privilege of a column: ` (a)`.
#[must_use]
pub fn changes(from: &Acl, to: &Acl, target: &str, columns: &str, owner: &str) -> Vec<String> {
    let mut statements = Vec::new();
    let mut grantees: Vec<&Grantee> = from.0.keys().chain(to.0.keys()).collect();
    grantees.sort();
    grantees.dedup();
    for grantee in grantees {
        let (none, name) = (BTreeMap::new(), role(grantee, owner));
        let (had, has) = (from.0.get(grantee).unwrap_or(&none), to.0.get(grantee).unwrap_or(&none));
        let gone: Vec<char> = had.keys().filter(|letter| !has.contains_key(letter)).copied().collect();
        let options: Vec<char> = had.iter().filter(|(l, o)| **o && has.get(l) == Some(&false)).map(|(l, _)| *l).collect();
        let plain = has.iter().filter(|(l, o)| !**o && !had.contains_key(l)).map(|(l, _)| *l).collect::<Vec<_>>();
        let passing = has.iter().filter(|(l, o)| **o && had.get(l) != Some(&true)).map(|(l, _)| *l).collect::<Vec<_>>();
        let mut say = |letters: &[char], before: &str, between: &str, after: &str| {
            if !letters.is_empty() {
                statements.push(format!("{before}{} ON {target} {between} {name}{after}", words(letters, columns)));
            }
        };
        say(&gone, "REVOKE ", "FROM", "");
        say(&options, "REVOKE GRANT OPTION FOR ", "FROM", "");
        say(&plain, "GRANT ", "TO", "");
        say(&passing, "GRANT ", "TO", " WITH GRANT OPTION");
    }
    statements
}

fn role(grantee: &Grantee, owner: &str) -> String {
    match grantee {
        Grantee::Public => "PUBLIC".to_owned(),
        Grantee::Owner => owner.to_owned(),
        Grantee::Role(name) => name.clone(),
    }
}

fn words(letters: &[char], columns: &str) -> String {
    let known = PRIVILEGES.iter().filter(|(letter, _)| letters.contains(letter));
    known.map(|(_, word)| format!("{word}{columns}")).collect::<Vec<_>>().join(", ")
}

/// The items of a one-dimensional array as the server prints it.
fn array_items(text: &str) -> Vec<String> {
    let inner = text.strip_prefix('{').and_then(|it| it.strip_suffix('}')).unwrap_or(text);
    let (mut items, mut item, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => item.extend(chars.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => items.push(std::mem::take(&mut item)),
            _ => item.push(c),
        }
    }
    if !item.is_empty() {
        items.push(item);
    }
    items
}

/// The name before `end`, which `aclitem` quotes where it must, and the rest after it.
fn split_name(item: &str, end: char) -> (String, &str) {
    let (mut name, mut quoted) = (String::new(), false);
    for (at, c) in item.char_indices() {
        match c {
            '"' => {
                if quoted && item[at + 1..].starts_with('"') {
                    name.push('"');
                }
                quoted = !quoted;
            }
            _ if c == end && !quoted => return (name, &item[at + 1..]),
            _ => name.push(c),
        }
    }
    (name, "")
}

/// A role's name, quoted unless it is plainly an identifier. No keyword list is asked: a quoted keyword is always right.
#[must_use]
pub fn quote_if_needed(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && !matches!(name, "user" | "current_user" | "session_user" | "current_role" | "public" | "none" | "all" | "default");
    if plain { name.to_owned() } else { quote::name(name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_read_and_turned_into_one_another() {
        let from = Acl::parse(r#"{owner=arw/owner,=r/owner,"\"odd name\"=r*/owner"}"#, "owner");
        let to = Acl::parse("{owner=arw/owner,reader=ra/owner}", "owner");
        let sql = changes(&from, &to, "TABLE public.t", "", "owner");
        assert_eq!(
            sql,
            [
                "REVOKE SELECT ON TABLE public.t FROM PUBLIC",
                "REVOKE SELECT ON TABLE public.t FROM \"odd name\"",
                "GRANT INSERT, SELECT ON TABLE public.t TO reader"
            ]
        );
    }
}
