//! `cargo xtask db …`

use crate::check::Source;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Db {
    /// Apply what is pending, exactly once
    Migrate(Box<Migrate>),
    /// Compare files and database; exit 1 when something is pending or wrong
    Status,
    /// Write the file of a new migration
    New(New),
    /// Accept edits of applied migrations
    Repair(Repair),
    /// After a merge, move the migrations that the base branch does not have behind those that it has
    Renumber(Renumber),
    /// Say all that can be known about new migrations before they are merged; exit 1 when a finding is an error
    Check(Check),
    /// Judge migrations by their text alone: `check --offline`
    Lint(Lint),
    /// Print the SQL that makes of one schema what another is
    Diff(Diff),
    /// Take over another tool's migrations and history
    Adopt(Adopt),
    /// Take over a live database: its schema becomes the first migration, which counts as applied there
    Baseline(Baseline),
    /// Make one migration of the first ones
    Squash(Squash),
    /// Write the migration between what the migrations give and what schema/ describes, and prove it
    Generate(Generate),
    /// Write the migration that undoes another one, and prove it
    Reverse(Reverse),
    /// Write a database's schema as the files of schema/
    Dump(Dump),
    /// Prototyping: put what schema/ describes into the development database, without a migration
    Push(Push),
    /// Start the development server
    Start,
    /// Stop the development server; its data stays
    Stop,
    /// Wait until the database accepts connections
    Wait {
        /// How long
        #[arg(long, value_name = "TIME", default_value = "60s")]
        timeout: String,
        /// Wait for this file instead, which `db migrate` writes at its end: a health check where there is no shell
        #[arg(long, value_name = "PATH")]
        ready_file: Option<PathBuf>,
    },
    /// Print the database's URL, with its password
    Url,
    /// Open psql on the database
    Shell {
        /// What psql is given, behind `--`
        #[arg(last = true, value_name = "PSQL_ARGS")]
        arguments: Vec<String>,
    },
    /// Test data migrations: load tests/data/NNNN/before.sql, apply NNNN, and run the queries of after.sql, which must return no row
    Test {
        /// Only this one
        #[arg(value_name = "N")]
        migration: Option<String>,
    },
    /// Drop the database and migrate it anew; refuses protected targets
    Reset(Reset),
}

/// `db migrate`
#[derive(Debug, Args)]
#[command(after_help = "Example: cargo xtask db migrate --target production --dry-run")]
pub struct Migrate {
    /// Stop behind the migration with this number or name
    #[arg(long, value_name = "N")]
    pub to: Option<String>,
    /// Show the plan and its SQL, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Create this file once the database has every migration
    #[arg(long, value_name = "PATH")]
    pub ready_file: Option<PathBuf>,
    /// Which databases or schemas.
    #[command(flatten)]
    pub fleet: Fleet,
    /// How long to wait and how often to try.
    #[command(flatten)]
    pub limits: Limits,
}

/// Many databases, or many schemas of one, that get the same migrations.
#[derive(Debug, Clone, Default, Args)]
pub struct Whose {
    /// Every database that xtask.toml names
    #[arg(long, conflicts_with_all = ["database_url", "target"])]
    pub all_targets: bool,
    /// Every schema that matches 'tenant_*', each with its own history
    #[arg(long, value_name = "PATTERN", conflicts_with = "all_targets")]
    pub each_schema: Option<String>,
}

impl Whose {
    /// Whether either was given.
    #[must_use]
    pub fn is_given(&self) -> bool {
        self.all_targets || self.each_schema.is_some()
    }

    /// The flags as they would be typed, each behind a blank.
    #[must_use]
    pub fn flags(&self) -> String {
        let schemas = self.each_schema.as_ref().map(|pattern| format!(" --each-schema '{pattern}'"));
        schemas.or_else(|| self.all_targets.then(|| " --all-targets".to_owned())).unwrap_or_default()
    }
}

/// Many of them, a few at a time.
#[derive(Debug, Clone, Default, Args)]
pub struct Fleet {
    /// Which.
    #[command(flatten)]
    pub whose: Whose,
    /// How many at the same time
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub jobs: u16,
}

/// How long to wait and how often to try.
#[derive(Debug, Clone, Default, Args)]
pub struct Limits {
    /// How long to wait for a server that is starting [default: 0s]
    #[arg(long, value_name = "TIME")]
    pub wait: Option<String>,
    /// How long a statement waits for a lock before it is retried [default: 2s]
    #[arg(long, value_name = "TIME")]
    pub lock_timeout: Option<String>,
    /// How long a statement may run [default: as the server says]
    #[arg(long, value_name = "TIME")]
    pub statement_timeout: Option<String>,
    /// How often to retry after a lock timeout, a deadlock or a lost connection [default: 10]
    #[arg(long, value_name = "N")]
    pub retries: Option<String>,
    /// How long to wait for another runner [default: 10min]
    #[arg(long, value_name = "TIME")]
    pub lock_wait: Option<String>,
}

/// `db new`
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = "Example: cargo xtask db new drop_paused --type chat_state --values active,closed --map paused=active")]
pub struct New {
    /// What it does, in words: add_invoices; without it you are asked, where there is a terminal
    pub name: Option<String>,
    /// plain, schema, enum, data or reverse [default: what the other flags belong to, else plain]
    #[arg(long, value_enum, hide_possible_values = true)]
    pub kind: Option<NewKind>,
    /// The enum that changes
    #[arg(long = "type", value_name = "TYPE", requires = "values")]
    pub enum_type: Option<String>,
    /// All its values from now on, in order, with commas between them
    #[arg(long, value_name = "VALUES", value_delimiter = ',', requires = "enum_type")]
    pub values: Vec<String>,
    /// What rows with a value that goes get instead: paused=active
    #[arg(long, value_name = "OLD=NEW", requires = "enum_type")]
    pub map: Vec<String>,
    /// The migration to undo
    #[arg(long, value_name = "N", conflicts_with = "enum_type")]
    pub reverse: Option<String>,
    /// Open it in $VISUAL or $EDITOR
    #[arg(long)]
    pub edit: bool,
    /// Check it when it is written
    #[arg(long)]
    pub check: bool,
    /// Apply it when it is written, and checked where that was asked for
    #[arg(long)]
    pub apply: bool,
}

/// Kinds of changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum NewKind {
    /// SQL that you write
    Plain,
    /// From what schema/ says: `db generate`
    Schema,
    /// Other values for an enum
    Enum,
    /// Rows that change, with a test
    Data,
    /// What undoes another migration: `db reverse`
    Reverse,
}

/// `db repair`
#[derive(Debug, Args)]
#[command(after_help = "Example: cargo xtask db repair 0007_add_invoices")]
pub struct Repair {
    /// Migrations whose edit, renaming or removal is accepted whatever it is; without any, only edits of comments and white space
    #[arg(value_name = "MIGRATION")]
    pub names: Vec<String>,
    /// Show what would be accepted, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Whose histories.
    #[command(flatten)]
    pub whose: Whose,
}

/// `db renumber`
#[derive(Debug, Args)]
#[command(after_help = "Example: cargo xtask db renumber --base origin/main --dry-run")]
pub struct Renumber {
    /// The branch that has been merged [default: origin/main]
    #[arg(long, value_name = "REF")]
    pub base: Option<String>,
    /// Show what would be renamed, and change nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// `db check`
#[derive(Debug, Default, Args)]
#[command(after_help = "Example: cargo xtask db check --only lint,replay")]
pub struct Check {
    /// What to judge.
    #[command(flatten)]
    pub scope: CheckScope,
    /// Ask only the sources that need no server
    #[arg(long)]
    pub offline: bool,
    /// Ask only these sources; several with commas between them
    #[arg(long, value_enum, value_name = "SOURCE", value_delimiter = ',', conflicts_with = "offline")]
    pub only: Vec<Source>,
    /// Draw the locks of the judged migrations as a timeline into this HTML file
    #[arg(long, value_name = "FILE", conflicts_with = "offline")]
    pub trace_report: Option<PathBuf>,
    /// Write migrations.lock first
    #[arg(long, conflicts_with = "staged")]
    pub write: bool,
}

/// Which migrations are judged.
#[derive(Debug, Clone, Default, Args)]
pub struct CheckScope {
    /// The migrations to judge, by number, name or path [default: those that the base branch does not have]
    pub files: Vec<String>,
    /// The branch that migrations are merged into [default: origin/main]
    #[arg(long, value_name = "REF")]
    pub base: Option<String>,
    /// Judge what is staged in git, not the work tree
    #[arg(long)]
    pub staged: bool,
}

/// `db lint`
#[derive(Debug, Args)]
#[command(after_help = "Example: cargo xtask db lint --explain add-column-required")]
pub struct Lint {
    /// What to judge.
    #[command(flatten)]
    pub scope: CheckScope,
    /// Say what a rule is about, with a bad and a good example
    #[arg(long, value_name = "RULE")]
    pub explain: Option<String>,
}

/// `db diff`
#[derive(Debug, Args)]
#[command(after_help = "Example: cargo xtask db diff --from migrations --to schema")]
pub struct Diff {
    /// The schema as it is: `migrations`, `schema`, a URL, a target, or a dump `….sql`
    #[arg(long, value_name = "SOURCE")]
    pub from: String,
    /// The schema as it should be
    #[arg(long, value_name = "SOURCE")]
    pub to: String,
    /// Name the objects that differ instead
    #[arg(long)]
    pub summary: bool,
}

/// `db generate`
#[derive(Debug, Args)]
#[command(after_help = "Example: cargo xtask db generate drop_paused --map chat_state.paused=active")]
pub struct Generate {
    /// What it does, in words: add_invoices
    pub name: String,
    /// Rows that hold a value which an enum loses get another one: type.value=other
    #[arg(long, value_name = "TYPE.VALUE=OTHER")]
    pub map: Vec<String>,
    /// Something is called otherwise: old=new, with table.column where it belongs to a table
    #[arg(long, value_name = "OLD=NEW")]
    pub rename: Vec<String>,
    /// Write several files, so that nobody waits long for a lock; the default where a target in xtask.toml is marked `online`
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub online: Option<bool>,
    /// Why what it loses may be lost
    #[arg(long, value_name = "REASON")]
    pub allow_loss: Option<String>,
    /// Print it, prove it, and write nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// `db reverse`
#[derive(Debug, Args)]
#[command(after_help = "Example: cargo xtask db reverse 0011")]
pub struct Reverse {
    /// The migration to undo, by number or name
    pub migration: String,
    /// Why what the undoing loses may be lost [default: it undoes what brought it]
    #[arg(long, value_name = "REASON")]
    pub allow_loss: Option<String>,
    /// Print it, prove it, and write nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// `db dump`
#[derive(Debug, Args)]
#[command(after_help = "Example: cargo xtask db dump --from production")]
pub struct Dump {
    /// What to write down: a URL, a target, `migrations` or a dump `….sql` [default: the database]
    #[arg(long, value_name = "SOURCE")]
    pub from: Option<String>,
    /// Where to; a folder that holds nothing yet [default: schema]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Name the files, prove them, and write nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// `db push`
#[derive(Debug, Args)]
#[command(after_help = "Example: cargo xtask db push --dry-run")]
pub struct Push {
    /// Print what it would do, and change nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// `db adopt`
#[derive(Debug, Args)]
#[command(after_help = "Example: cargo xtask db adopt --from drizzle ./drizzle --dry-run")]
pub struct Adopt {
    /// The folder of the other tool's migrations
    pub dir: PathBuf,
    /// The tool: drizzle, sqlx, refinery, diesel, prisma, flyway, dbmate, goose, golang-migrate, node-pg-migrate or sqitch
    /// [default: the one that files and database speak for]
    #[arg(long, value_name = "TOOL")]
    pub from: Option<String>,
    /// Accept a difference between its files and its history, by number, name or kind; `N=applied` counts a failed or skipped one as applied
    #[arg(long, value_name = "N", value_delimiter = ',')]
    pub accept: Vec<String>,
    /// The table of its history, where it has another name
    #[arg(long, value_name = "SCHEMA.TABLE")]
    pub table: Option<String>,
    /// Show what would be taken over, and write nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// `db baseline`
#[derive(Debug, Args)]
#[command(after_help = "Example: cargo xtask db baseline --target production --dry-run")]
pub struct Baseline {
    /// Show the migration, and write nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// `db squash`
#[derive(Debug, Args)]
#[command(after_help = "Example: cargo xtask db squash --to 40")]
pub struct Squash {
    /// The last migration that goes into it, by number or name
    #[arg(long, value_name = "N")]
    pub to: String,
    /// Leave out the rows that the migrations put in, and name their tables
    #[arg(long)]
    pub no_data: bool,
    /// Show the migration, and write nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// `db reset`
#[derive(Debug, Args)]
#[command(after_help = "Example: cargo xtask db reset --seed")]
pub struct Reset {
    /// Load sample data: each file of migrations/seed behind the migration whose number it bears
    #[arg(long)]
    pub seed: bool,
    /// Show what would be dropped, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// How long to wait and how often to try.
    #[command(flatten)]
    pub limits: Limits,
}
