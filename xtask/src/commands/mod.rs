//! The commands, a file each: read the inputs, call, hand the result to the user interface.

mod adopt_settle;
mod ci;
mod check_inputs;
mod completions;
mod database;
mod db_adopt;
mod db_baseline;
mod db_check;
mod db_diff;
mod db_dump;
mod db_generate;
mod db_lint;
mod db_migrate;
mod db_new;
mod db_push;
mod db_renumber;
mod db_repair;
mod db_reset;
mod db_reverse;
mod db_server;
mod db_shell;
mod db_squash;
mod db_status;
mod db_test;
mod docker;
mod docs;
mod doctor;
mod enum_change;
mod files;
mod guide;
mod hook;
mod hooks;
mod fleet;
mod git;
mod proof;
mod record;
mod scratch;
pub(crate) mod testing;
mod init;
mod new_files;
mod schema;
mod source;
mod written;

use crate::cli::db::Db;
use crate::cli::{Cli, Command, Form};
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::exit::{Exit, Failure};

/// Runs the command that was typed.
///
/// # Errors
/// Why it could not; most are a [`Failure`] with its own exit code.
pub fn run(cli: &Cli, ctx: &Context) -> anyhow::Result<Exit> {
    check_form(cli)?;
    match &cli.command {
        Command::Db(Db::Migrate(args)) => db_migrate::run(ctx, args),
        Command::Db(Db::Status) => db_status::run(ctx),
        Command::Db(Db::New(args)) => db_new::run(ctx, args),
        Command::Db(Db::Repair(args)) => db_repair::run(ctx, args),
        Command::Db(Db::Renumber(args)) => db_renumber::run(ctx, args),
        Command::Db(Db::Check(args)) => db_check::run(ctx, args),
        Command::Db(Db::Lint(args)) => db_lint::run(ctx, args),
        Command::Db(Db::Diff(args)) => db_diff::run(ctx, args),
        Command::Db(Db::Adopt(args)) => db_adopt::run(ctx, args),
        Command::Db(Db::Baseline(args)) => db_baseline::run(ctx, args),
        Command::Db(Db::Squash(args)) => db_squash::run(ctx, args),
        Command::Db(Db::Generate(args)) => db_generate::run(ctx, args),
        Command::Db(Db::Reverse(args)) => db_reverse::run(ctx, args),
        Command::Db(Db::Dump(args)) => db_dump::run(ctx, args),
        Command::Db(Db::Push(args)) => db_push::run(ctx, args),
        Command::Db(Db::Start) => db_server::start(ctx),
        Command::Db(Db::Stop) => db_server::stop(ctx),
        Command::Db(Db::Wait { ready_file, .. }) => db_server::wait(ctx, ready_file.as_deref()),
        Command::Db(Db::Url) => db_server::url(ctx),
        Command::Db(Db::Shell { arguments }) => db_shell::run(ctx, arguments),
        Command::Db(Db::Test { migration }) => db_test::run(ctx, migration.as_deref()),
        Command::Db(Db::Reset(args)) => db_reset::run(ctx, args),
        Command::Docker(verb) => docker::run(ctx, verb),
        Command::Ci(args) => ci::run(ctx, args),
        Command::Hooks(verb) => hooks::run(ctx, *verb),
        Command::Hook { .. } => hook::run(ctx),
        Command::Test(args) => testing::run(ctx, args),
        Command::Init(args) => init::run(ctx, args),
        Command::Docs(args) => docs::run(ctx, args),
        Command::Doctor => doctor::run(ctx),
        Command::Completions { shell } => completions::run(*shell),
    }
}

/// Refuses forms of findings where a command has none to report.
fn check_form(cli: &Cli) -> Result<(), Failure> {
    let reports = matches!(&cli.command, Command::Db(Db::Check(_) | Db::Lint(_)));
    match cli.global.format {
        Some(Form::Sarif | Form::Github | Form::Markdown) if !reports => {
            let message = "this command reports no findings: it has no form `sarif` or `github`";
            let hint = "use `--format human` or `--format json`, or run `cargo xtask db check`";
            Err(Failure::new(Exit::Usage, Diagnostic::error("bad-format", message).hint(hint)))
        }
        _ => Ok(()),
    }
}

/// The exit code of an error that is no [`Failure`]: something outside of us did not do what it should.
#[must_use]
pub fn exit_of(error: &anyhow::Error) -> Exit {
    if let Some(failure) = error.downcast_ref::<Failure>() {
        return failure.exit;
    }
    if error.downcast_ref::<crate::server::NoServer>().is_some() { Exit::NoServer } else { Exit::Usage }
}
