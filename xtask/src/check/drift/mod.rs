//! What the migrations make beside what the desired state describes: catalogs object by object, and pg_dump as the second opinion.

mod compare;
mod dump;
mod place;

use super::{Stage, Subject};
use crate::catalog::{self, Catalog};
use crate::desired::Desired;
use crate::diagnostic::{Diagnostic, Level};
use crate::exit::{Exit, Failure};
use crate::migration::checksum;
use crate::scratch::Database;

pub(super) fn check(stage: &Stage<'_>) -> Result<Vec<Diagnostic>, Failure> {
    let subject = stage.subject;
    if stage.n_applied < subject.set.migrations.len() {
        // Said by the replay: behind a file that cannot be read, everything would differ.
        return Ok(Vec::new());
    }
    std::thread::scope(|scope| {
        let desired = scope.spawn(|| {
            let lent = desired(subject)?.lent(stage.server)?;
            let side = side(stage, &lent.database);
            stage.server.give_back(lent).map(|()| side)
        });
        let migrated = stage.head().map(|head| side(stage, head));
        let desired = desired.join().expect("reading a catalog does not panic");
        let Some((migrated, migrated_dump)) = migrated else { return Ok(Vec::new()) };
        let (desired, desired_dump) = desired?;
        let (migrated, desired) = (migrated?, desired?);
        let differences = compare::differences(&migrated, &desired);
        let mut found: Vec<Diagnostic> = differences.iter().map(|it| it.diagnostic(subject)).collect();
        found.extend(unread(&migrated, &desired));
        found.extend(dump::compare(migrated_dump, desired_dump, &differences, subject));
        Ok(found)
    })
}

/// The catalog and the dump of `database`: which `pg_dump` fits is asked while the server answers.
fn side(stage: &Stage<'_>, database: &Database) -> (Result<Catalog, Failure>, dump::Dump) {
    std::thread::scope(|scope| {
        let dump = scope.spawn(|| dump::schema(stage, database));
        (load(database), dump.join().expect("reading a dump does not panic"))
    })
}

fn load(database: &Database) -> Result<Catalog, Failure> {
    let mut session = database.connect()?;
    let catalog = catalog::load(&mut session);
    session.close();
    catalog.map_err(|error| Failure::new(Exit::NoServer, Diagnostic::error("scratch-failed", format!("{error:#}"))))
}

/// The desired state as one word.
pub(super) fn key(subject: &Subject) -> String {
    let texts: Vec<String> =
        subject.desired.iter().map(|it| format!("{} {}", it.path, checksum(&String::from_utf8_lossy(&it.bytes)))).collect();
    checksum(&texts.join("\n")).replace("sha256:", "alike:")
}

fn desired(subject: &Subject) -> Result<Desired, Failure> {
    Desired::read(subject.desired.clone()).map_err(|diagnostics| Failure { exit: Exit::Usage, diagnostics })
}

/// Where nothing is described, there is nothing to compare with.
pub(super) fn settled(subject: &Subject) -> Option<Vec<Diagnostic>> {
    subject.desired.is_empty().then(|| vec![no_desired_state(subject)])
}

fn no_desired_state(subject: &Subject) -> Diagnostic {
    let message = format!("there is no desired state in `{}`: whether migrations drift from it cannot be judged", subject.schema);
    let hint = "describe the schema there as plain SQL, or name another folder with `[schema] dir` in xtask.toml";
    Diagnostic::error("no-desired-state", message).level(Level::Info).hint(hint)
}

/// What neither side's catalog tells about.
fn unread(migrated: &Catalog, desired: &Catalog) -> impl Iterator<Item = Diagnostic> {
    let mut unread: Vec<&String> = migrated.unread.iter().chain(&desired.unread).collect();
    unread.sort();
    unread.dedup();
    let say = |what: &String| Diagnostic::warning("not-compared", format!("not compared: {what}")).hint("compare it by hand");
    unread.into_iter().map(say).collect::<Vec<_>>().into_iter()
}
