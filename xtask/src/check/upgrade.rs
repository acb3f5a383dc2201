//! New migrations apply to what the base branch has deployed: a database that its files made, with its sample data in it.

use super::{Base, Branch, Found, Stage, Subject, files};
use crate::diagnostic::{Diagnostic, Level};
use crate::exit::{Exit, Failure};
use crate::migration::{Migration, MigrationSet, Numbering};
use crate::scratch::Database;
use crate::seeds::{self, Seed};

/// A database that has the base branch's migrations refuses edits and new ones in between without being asked, and needs nothing where
/// there is nothing new.
pub(super) fn settled(subject: &Subject) -> Option<Vec<Diagnostic>> {
    let branch = match &subject.base {
        Base::Unknown(why) => return Some(vec![(**why).clone()]),
        Base::Known(branch) => branch,
    };
    let found = files::beside(subject, branch);
    let is_refused = found.iter().any(|it| it.level == Level::Error);
    let is_idle = branch.names.is_empty() || added(subject, branch).next().is_none();
    (is_refused || is_idle).then_some(found)
}

/// The commit of the base branch as one word.
pub(super) fn key(subject: &Subject) -> String {
    match &subject.base {
        Base::Known(branch) => format!("upgrades:{}", branch.tip),
        Base::Unknown(_) => "upgrades:nothing".to_owned(),
    }
}

pub(super) fn check(stage: &Stage<'_>) -> Found {
    let subject = stage.subject;
    let Base::Known(branch) = &subject.base else { return Ok(Vec::new()) };
    let mut found = files::beside(subject, branch);
    // Where they do not even apply from nothing, the replay says so.
    if stage.head().is_none() {
        return Ok(found);
    }
    let theirs = (stage.tools.files)(branch)?;
    let deployed = MigrationSet::from_files(theirs.migrations, Numbering::Timestamp)
        .map_err(|diagnostics| Failure { exit: Exit::Usage, diagnostics })
        .and_then(|set| Ok((deploy(stage, &set, seeds::read(theirs.seeds), branch, &mut found)?, set)));
    let (database, set) = match deployed {
        Ok(deployed) => deployed,
        Err(failure) if matches!(failure.exit, Exit::Failed | Exit::Usage) => {
            found.push(unusable(branch, &failure));
            return Ok(found);
        }
        Err(failure) => return Err(failure),
    };
    let mut migrations = set.migrations;
    migrations.extend(added(subject, branch).cloned());
    migrations.sort_by(|a, b| a.name.cmp(&b.name));
    let n = migrations.len();
    match database.migrate(&MigrationSet { migrations }, n, &mut |_| ()) {
        Err(failure) if matches!(failure.exit, Exit::Failed | Exit::Usage) => {
            found.extend(failure.diagnostics.into_iter().map(|it| refused(it, branch)));
        }
        result => result?,
    }
    Ok(found)
}

/// The migrations that the base branch does not have, as far as they can be applied in order.
fn added<'a>(subject: &'a Subject, branch: &Branch) -> impl Iterator<Item = &'a Migration> {
    subject.set.migrations[..subject.n_appliable()].iter().filter(|it| !branch.names.contains(&it.name))
}

/// A database as the base branch's files make it. Sample data that does not load is the base branch's own affair: a warning.
fn deploy(
    stage: &Stage<'_>,
    set: &MigrationSet,
    seeds: Result<Vec<Seed>, Vec<Diagnostic>>,
    branch: &Branch,
    found: &mut Vec<Diagnostic>,
) -> Result<Database, Failure> {
    let seeds = seeds.unwrap_or_else(|diagnostics| {
        found.extend(diagnostics.into_iter().map(|it| unseeded(it, branch)));
        Vec::new()
    });
    let behind = |seed: &Seed| set.migrations.partition_point(|it| it.name.number <= seed.name.number);
    let n = set.migrations.len();
    let database = stage.server.fresh(set, seeds.first().map_or(n, behind), &mut |_| ())?;
    for seed in &seeds {
        database.migrate(set, behind(seed), &mut |_| ())?;
        let mut session = database.connect()?;
        let loaded = seeds::load(&mut session, seed);
        session.close();
        if let Err(diagnostic) = loaded {
            found.push(unseeded(diagnostic, branch));
            break;
        }
    }
    database.migrate(set, n, &mut |_| ())?;
    Ok(database)
}

fn unseeded(diagnostic: Diagnostic, branch: &Branch) -> Diagnostic {
    let base = &branch.name;
    diagnostic
        .level(Level::Warning)
        .note(format!("new migrations are tried on fewer rows than {base} describes"))
        .hint(format!("mend the sample data on {base}: `cargo xtask db reset --seed` fails there as well"))
}

fn unusable(branch: &Branch, failure: &Failure) -> Diagnostic {
    let base = &branch.name;
    let why = failure.diagnostics.first().map_or("no reason given", |it| it.message.as_str());
    Diagnostic::warning("base-unusable", format!("the migrations of {base} make no database: {why}"))
        .note("nothing was applied to what it has deployed")
        .hint(format!("check {base} by itself: `git switch --detach {base}`, then `cargo xtask db check --only replay`"))
}

fn refused(diagnostic: Diagnostic, branch: &Branch) -> Diagnostic {
    let base = &branch.name;
    let what = format!("on a database that {base} made, with its sample data; from nothing it applies");
    Diagnostic { rule: "upgrade-failed", ..diagnostic }
        .note(what)
        .hint("write it for what is there, rows as well as objects, and run `cargo xtask db check` again")
}
