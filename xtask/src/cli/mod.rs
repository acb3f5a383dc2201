//! The command line: clap types and nothing else, a file a noun.

pub mod db;
pub mod ci;
pub mod docker;
pub mod hooks;

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// PostgreSQL schema changes as reviewed SQL migrations
#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    version,
    max_term_width = 100,
    disable_help_subcommand = true,
    after_help = "Example: cargo xtask db migrate"
)]
pub struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub global: Global,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// The nouns.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Migrations and the databases that they change
    #[command(subcommand)]
    Db(db::Db),
    /// The containers: database, migrations, application
    #[command(subcommand)]
    Docker(docker::Docker),
    /// Run every check that a change must pass, in the order of one table
    Ci(ci::Ci),
    /// Let git check migrations before each commit
    #[command(subcommand)]
    Hooks(hooks::Hooks),
    /// What the hooks call
    #[command(hide = true)]
    Hook {
        /// Which hook
        hook: hooks::Hook,
    },
    /// Run your own tests, with a server for their databases
    Test(Test),
    /// Put migrate-first into another repository, without touching what is there
    Init(Init),
    /// Show every setting, where it came from, and which servers can be used
    Doctor,
    /// Write the pages under docs/ that come from the code
    Docs(Docs),
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// `test`
#[derive(Debug, Args)]
#[command(after_help = "Example: cargo xtask test --workspace -- --nocapture")]
pub struct Test {
    /// Run them with cargo-nextest
    #[arg(long)]
    pub nextest: bool,
    /// What `cargo test` is given
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGS")]
    pub arguments: Vec<String>,
}

impl Command {
    /// The limits that it was given.
    #[must_use]
    pub fn limits(&self) -> db::Limits {
        match self {
            Command::Db(db::Db::Migrate(migrate)) => migrate.limits.clone(),
            Command::Db(db::Db::Reset(reset)) => reset.limits.clone(),
            Command::Db(db::Db::Wait { timeout, .. }) => db::Limits { wait: Some(timeout.clone()), ..db::Limits::default() },
            _ => db::Limits::default(),
        }
    }
}

/// `init`
#[derive(Debug, Args)]
#[command(after_help = "Example: cargo xtask init ../shop --dry-run")]
pub struct Init {
    /// The root of the repository
    pub dir: PathBuf,
    /// Where its xtask gets this library: a folder, a git address or a version [default: where this program came from]
    #[arg(long, value_name = "FROM")]
    pub library: Option<String>,
    /// Show what would be written, and write nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// `docs`
#[derive(Debug, Args)]
#[command(after_help = "Example: cargo xtask docs --check")]
pub struct Docs {
    /// Write nothing; say which pages are not as the code says, and exit with 1
    #[arg(long)]
    pub check: bool,
}

/// Flags that stand before or after the command.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// The database, as a URL or key=value pairs [default: DATABASE_URL, or the development server]
    #[arg(long, global = true, value_name = "URL", help_heading = "Global options")]
    pub database_url: Option<String>,
    /// A database that xtask.toml names
    #[arg(long, global = true, value_name = "NAME", conflicts_with = "database_url", help_heading = "Global options")]
    pub target: Option<String>,
    /// The folder of the migrations [default: migrations]
    #[arg(long, global = true, value_name = "DIR", help_heading = "Global options")]
    pub migrations: Option<PathBuf>,
    /// human or json; for findings also sarif, github or markdown
    #[arg(long, global = true, value_enum, value_name = "FORM", hide_possible_values = true, help_heading = "Global options")]
    pub format: Option<Form>,
    /// When to use colour
    #[arg(long, global = true, value_enum, value_name = "auto|always|never", default_value_t = Colour::Auto, hide_possible_values = true, hide_default_value = true, help_heading = "Global options")]
    pub color: Colour,
    /// Say only what is wrong
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "Global options")]
    pub quiet: bool,
    /// Say more, such as the server's notices
    #[arg(short, long, global = true, help_heading = "Global options")]
    pub verbose: bool,
    /// Answer yes to every question
    #[arg(short, long, global = true, help_heading = "Global options")]
    pub yes: bool,
}

/// Forms of what a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// For people
    Human,
    /// For programs: one JSON value a line on standard output
    Json,
    /// For programs that collect findings: one SARIF 2.1.0 log on standard output
    Sarif,
    /// For GitHub's workflows: an annotation a line on standard output; taken by itself where GITHUB_ACTIONS is set
    Github,
    /// For a comment on a pull request
    Markdown,
}

/// Forms of output that every command has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people
    Human,
    /// For programs: one JSON value a line on standard output
    Json,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}
