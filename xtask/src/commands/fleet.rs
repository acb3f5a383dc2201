//! The same migrations for many databases, or for many schemas of one: a few at a time, and a failure in one stops none of the others.

pub(super) mod members;
pub(super) mod report;

use super::{database, db_migrate};
use crate::cli::db::Migrate;
use crate::context::Context;
use crate::db::history::load_texts_of_edited;
use crate::db::state::{self, Lock};
use crate::exit::{Exit, Failure};
use crate::migration::MigrationSet;
use crate::plan::{self, Policy};
use crate::runner;
use members::Member;
use report::Report;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// What became of one member.
pub(super) struct Outcome {
    name: String,
    took: Duration,
    result: Result<Change, Failure>,
}

/// What was done to a member, or would be.
#[derive(Default)]
struct Change {
    /// The names of the migrations.
    migrations: Vec<String>,
    n_before: usize,
}

/// Applies what is pending to every member, or says what would be.
pub(super) fn migrate(ctx: &Context, args: &Migrate, set: &MigrationSet) -> anyhow::Result<Exit> {
    let members = members::find(ctx, &args.fleet.whose)?;
    let mut report = Report::new(ctx.ui, members.iter().map(|it| it.name.len()).max().unwrap_or(0), args.dry_run);
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let (sender, outcomes) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..usize::from(args.fleet.jobs).min(members.len()) {
            let (sender, next, stop, members) = (sender.clone(), &next, &stop, &members);
            scope.spawn(move || {
                while let Some(member) = members.get(next.fetch_add(1, Ordering::Relaxed)).filter(|_| !stop.load(Ordering::Relaxed)) {
                    let outcome = visit(ctx, args, set, member);
                    stop.fetch_or(matches!(&outcome.result, Err(it) if it.exit == Exit::Interrupted), Ordering::Relaxed);
                    if sender.send(outcome).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        outcomes.iter().for_each(|outcome| report.add(outcome));
    });
    Ok(report.end(members.len()))
}

fn visit(ctx: &Context, args: &Migrate, set: &MigrationSet, member: &Member) -> Outcome {
    let began = Instant::now();
    let result = if args.dry_run { preview(ctx, args, set, member) } else { apply(ctx, args, set, member) };
    Outcome { name: member.name.clone(), took: began.elapsed(), result }
}

fn apply(ctx: &Context, args: &Migrate, set: &MigrationSet, member: &Member) -> Result<Change, Failure> {
    let session = member.connect(ctx)?;
    let settings = db_migrate::settings(ctx, &member.database, policy(args), member.table());
    let summary = runner::migrate(session, set, &settings, &mut |_| ())?;
    Ok(Change { migrations: summary.applied, n_before: summary.n_before })
}

fn preview(ctx: &Context, args: &Migrate, set: &MigrationSet, member: &Member) -> Result<Change, Failure> {
    let mut session = member.connect(ctx)?;
    let refused = |error| database::refused(&member.database, &error);
    let mut history = state::read(&mut session, &member.table(), Lock::Leave).map_err(refused)?.history;
    load_texts_of_edited(&mut session, &mut history, set).map_err(refused)?;
    session.close();
    let plan = plan::plan(set, &history, &policy(args)).map_err(|diagnostics| Failure { exit: Exit::Usage, diagnostics })?;
    Ok(Change { migrations: plan.pending.iter().map(|it| it.migration.name.stem.clone()).collect(), n_before: plan.n_applied })
}

fn policy(args: &Migrate) -> Policy {
    Policy { to: args.to.clone(), whose: args.fleet.whose.flags() }
}
