//! Reads a catalog: a fixed number of set-based queries in one snapshot.

mod needs;
mod query;

use super::acl::{Acl, quote_if_needed};
use super::model::{Catalog, Id, Kind, Object};
use crate::db::{Row, Session};
use anyhow::Context;
use needs::{Address, Found};

/// What the snapshot is read under: names are printed with their schema and values as `pg_dump` prints them.
const SETTINGS: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL search_path = ''; SET LOCAL quote_all_identifiers = off; \
    SET LOCAL datestyle = 'ISO'; SET LOCAL intervalstyle = 'postgres'; SET LOCAL extra_float_digits = 3; SET LOCAL jit = off; \
    SET LOCAL bytea_output = 'hex'; SELECT current_setting('server_version_num'), current_user";

/// Reads the schema of the database behind `session`.
///
/// # Errors
/// What the server says against a query: a lost connection, or a permission that is missing.
pub fn load(session: &mut Session) -> anyhow::Result<Catalog> {
    let rows = session.rows(&format!("{SETTINGS}; {}", query::due()))?;
    let (row, due) = rows.split_first().context("the server did not say its version")?;
    let version = row.parse::<u32>(0).context("the server's version is no number")? / 10_000;
    let due: Vec<&str> = due.iter().filter_map(|row| row.get(0)).collect();
    let catalog = read(session, version, row.text(1), &due);
    let ended = session.execute("ROLLBACK");
    let catalog = catalog?;
    ended?;
    Ok(catalog)
}

/// `due` are the names of the queries for which there is something to read.
fn read(session: &mut Session, version: u32, user: String, due: &[&str]) -> anyhow::Result<Catalog> {
    let mut found = Vec::new();
    for query in query::objects().filter(|query| version >= query.since && due.contains(&query.name)) {
        let rows = session.rows(&query.text(version)).with_context(|| format!("failed to read {}", query.name))?;
        for row in &rows {
            found.push(object(row, &query, version, &user)?);
        }
    }
    let aliases = session.rows(&query::plain(query::ALIASES, version)).context("failed to read aliases")?;
    let dependencies = session.rows(&query::plain(query::DEPENDENCIES, version)).context("failed to read dependencies")?;
    let mut catalog = needs::assemble(version, user, found, &aliases, &dependencies);
    remarks(session, version, &mut catalog)?;
    let unread = session.rows(&query::plain(query::UNREAD, version)).context("failed to read what else there is")?;
    let mut catalog = catalog.finish();
    catalog.unread = unread.iter().map(|row| row.text(0)).collect();
    Ok(catalog)
}

fn object(row: &Row, query: &query::Query, version: u32, user: &str) -> anyhow::Result<Found> {
    let label = row.get(0).unwrap_or_default();
    let kind = Kind::from_label(label).with_context(|| format!("a query speaks of `{label}`, which is no kind"))?;
    let owner = row.text(6);
    let acl = match (row.get(7), kind.info().grants) {
        (Some(text), _) => Acl::parse(text, &owner),
        (None, Some(grants)) => Acl::initial(grants, version),
        (None, None) => Acl::default(),
    };
    let attributes =
        query.attributes.iter().enumerate().filter_map(|(i, name)| Some((*name, row.get(8 + i).filter(|it| !it.is_empty())?.to_owned())));
    let sub = row.parse(2).unwrap_or_default();
    let object = Object {
        id: Id { kind, of: row.text(4), name: row.text(5) },
        schema: row.text(3),
        attributes: attributes.collect(),
        owner: (!owner.is_empty() && owner != user).then(|| quote_if_needed(&owner)),
        acl,
        comment: None,
        labels: Vec::new(),
        position: u32::try_from(sub).unwrap_or_default(),
        needs: Vec::new(),
        parent: None,
    };
    Ok(Found { address: Address { class: query.class, id: row.parse(1).context("an object without an id")?, sub }, object })
}

/// Comments and security labels.
fn remarks(session: &mut Session, version: u32, catalog: &mut needs::Assembled) -> anyhow::Result<()> {
    for row in session.rows(&query::plain(query::COMMENTS, version)).context("failed to read comments")? {
        if let Some(object) = catalog.at_mut(needs::address(&row, 0)) {
            object.comment = Some(row.text(3));
        }
    }
    for row in session.rows(&query::plain(query::LABELS, version)).context("failed to read security labels")? {
        if let Some(object) = catalog.at_mut(needs::address(&row, 0)) {
            object.labels.push((row.text(3), row.text(4)));
            object.labels.sort();
        }
    }
    Ok(())
}
