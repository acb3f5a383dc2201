//! `xtask.toml`: read strictly, an unknown key is an error.

use super::{SETTINGS, Target};
use crate::diagnostic::{Diagnostic, Location};
use crate::sql::lines;
use std::collections::BTreeMap;
use std::path::Path;
use toml::de::{DeTable, DeValue};

/// The name of the file.
pub const NAME: &str = "xtask.toml";

/// What the file says.
#[derive(Debug, Default)]
pub(super) struct File {
    /// Values by `section.key`, with the line.
    pub values: BTreeMap<String, (String, usize)>,
    pub targets: BTreeMap<String, Target>,
}

pub(super) fn read(root: &Path) -> Result<File, Vec<Diagnostic>> {
    let path = root.join(NAME);
    match std::fs::read_to_string(&path) {
        Ok(text) => parse(&text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(File::default()),
        Err(error) => Err(vec![Diagnostic::error("unreadable-config", format!("failed to read `{}`: {error}", path.display()))]),
    }
}

type Span = std::ops::Range<usize>;

pub(super) fn parse(text: &str) -> Result<File, Vec<Diagnostic>> {
    let complain = |message: String, span: Span| Diagnostic::error("bad-config", message).at(Location::new(NAME, text, span));
    let document = DeTable::parse(text).map_err(|error| vec![complain(error.message().to_owned(), error.span().unwrap_or(0..0))])?;
    let (mut file, mut found) = (File::default(), Vec::new());
    for (section, value) in document.get_ref() {
        let (name, span) = (section.get_ref().as_ref(), section.span());
        match value.get_ref() {
            DeValue::Table(table) if name == "targets" => read_targets(table, &mut file, &mut found, &complain),
            DeValue::Table(table) => read_section(name, table, text, &mut file, &mut found, &complain),
            _ => found
                .push(complain(format!("`{name}` stands outside of a section"), span).hint("write it below `[migrations]` or `[server]`")),
        }
    }
    if found.is_empty() { Ok(file) } else { Err(found) }
}

type Complain<'a> = &'a dyn Fn(String, Span) -> Diagnostic;

fn read_section(section: &str, table: &DeTable<'_>, text: &str, file: &mut File, found: &mut Vec<Diagnostic>, complain: Complain<'_>) {
    for (key, value) in table {
        let full = format!("{section}.{}", key.get_ref());
        if !SETTINGS.iter().any(|setting| setting.key == full) {
            found.push(complain(format!("unknown key `{full}`"), key.span()).hint(nearest(&full)));
            continue;
        }
        match plain(value.get_ref()) {
            Some(plain) => drop(file.values.insert(full, (plain, lines::place(text, key.span().start).line))),
            None => found.push(
                complain(format!("`{full}` takes a plain value"), value.span()).hint("write a string, a number or a list of strings"),
            ),
        }
    }
}

fn plain(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.as_str().to_owned()),
        DeValue::Boolean(it) => Some(it.to_string()),
        DeValue::Array(items) => Some(items.iter().map(|it| plain(it.get_ref())).collect::<Option<Vec<_>>>()?.join(",")),
        _ => None,
    }
}

fn read_targets(table: &DeTable<'_>, file: &mut File, found: &mut Vec<Diagnostic>, complain: Complain<'_>) {
    for (name, value) in table {
        let DeValue::Table(keys) = value.get_ref() else {
            found.push(
                complain(format!("target `{}` is no section", name.get_ref()), value.span())
                    .hint("write `[targets.name]` and `url = \"…\"` below it"),
            );
            continue;
        };
        let mut target = Target { url: String::new(), protected: false, online: false };
        for (key, value) in keys {
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("url", DeValue::String(url)) => target.url = url.to_string(),
                ("protected", DeValue::Boolean(protected)) => target.protected = *protected,
                ("online", DeValue::Boolean(online)) => target.online = *online,
                (other, _) => found.push(
                    complain(format!("unknown key `targets.{}.{other}`, or a value of the wrong kind", name.get_ref()), key.span())
                        .hint("a target has `url = \"…\"`, `protected = true` and `online = true`"),
                ),
            }
        }
        if target.url.is_empty() {
            found
                .push(complain(format!("target `{}` has no url", name.get_ref()), name.span()).hint("write `url = \"${PRODUCTION_URL}\"`"));
        }
        file.targets.insert(name.get_ref().to_string(), target);
    }
}

fn nearest(key: &str) -> String {
    let best = SETTINGS.iter().map(|it| (strsim::jaro_winkler(it.key, key), it.key)).max_by(|a, b| a.0.total_cmp(&b.0));
    match best {
        Some((score, near)) if score > 0.85 => format!("did you mean `{near}`?"),
        _ => "run `cargo xtask doctor` for the keys that there are".to_owned(),
    }
}
