//! The reference, made from what the program itself goes by: commands and their flags, settings, exit codes, the JSON, and manual pages.

use crate::cli::Cli;
use crate::config::{Kind, SETTINGS, Setting};
use crate::diagnostic::{Diagnostic, Location};
use crate::exit::Exit;
use clap::{Arg, ArgAction, Command, CommandFactory};
use std::fmt::Write;

/// A page: its path seen from the root of the repository, and its text.
pub type Page = (String, String);

const NOTE: &str = "Made by `cargo xtask docs`; not to be edited by hand.";

/// What each exit code means.
pub const EXITS: &[(Exit, &str)] = &[
    (Exit::Done, "done"),
    (Exit::No, "the check says no: findings, drift, pending"),
    (Exit::Usage, "wrong usage, configuration or files; nothing was applied"),
    (Exit::NoServer, "no server, or cannot connect"),
    (Exit::Failed, "a migration failed; what was kept is said"),
    (Exit::LockBusy, "the migration lock was not obtained"),
    (Exit::Interrupted, "interrupted"),
];

/// The JSON values: `type`, who prints it, and the other fields.
pub const VALUES: &[(&str, &str, &str)] = &[
    ("planned", "db migrate", "`pending`: names"),
    ("waiting", "db migrate", "`holder`: who has the lock"),
    ("started", "db migrate", "`migration`"),
    ("applied", "db migrate", "`migration`, `duration_ms`"),
    ("note", "db migrate", "`migration`, `text`"),
    ("notice", "db migrate", "`migration`, `severity`, `text`: what the server said"),
    ("retry", "db migrate", "`migration`, `reason`, `blockers` (`pid`, `application`, `state`, `age_ms`, `holds`), `pause_ms`"),
    ("done", "db migrate", "`applied`, `before`: counts; with many databases `changed`, `current`, `failed`, `left`"),
    ("member", "db migrate --all-targets, --each-schema", "`name`, and `migrations`, `before` or `exit`, `diagnostics`; `duration_ms`"),
    ("plan", "db migrate --dry-run", "`applied`, `pending` (`migration`, `file`, `transaction`, `sql`)"),
    ("migration", "db status", "`migration`, `state`, and what the history says of it"),
    ("repaired", "db repair", "`migration`, `change`"),
    ("renamed", "db renumber", "`from`, `to`"),
    ("created", "db new", "`file`"),
    ("check", "db check", "`diagnostics`"),
    ("lint", "db lint", "`diagnostics`"),
    ("diff", "db diff", "`sql`"),
    ("generated", "db generate", "`files`, `written`, `loses`, `diagnostics`"),
    ("reversed", "db reverse", "`files`, `written`, `loses`, `does_not_come_back`, `proof`"),
    ("dumped", "db dump", "`files`, `written`"),
    ("push", "db push", "`sql`, `loses`, `written`"),
    ("file", "init", "`file`, `state`, `text`"),
    ("docs", "docs", "`diagnostics`"),
    ("adopted", "db adopt", "`migration`, `from`, `state`, `written`"),
    ("test", "db test", "`migration`, `passed`"),
    ("server", "db start", "`way`, `url` (without its password), `started`"),
    ("url", "db url", "`url`, with its password"),
    ("doctor", "doctor", "`root`, `settings`, `database`, `ways`"),
    ("step", "ci", "`step`, `passed`, `code`, `duration_ms`; with --list `command`, `about`"),
    ("image", "docker build", "`image`, `bytes`"),
    ("diagnostic", "every command", "a diagnostic, as below"),
];

/// Every page.
#[must_use]
pub fn pages() -> Vec<Page> {
    let leaves = leaves();
    let reference = |name: &str, text: String| (format!("docs/reference/{name}.md"), text);
    let mut pages = vec![
        reference("commands", commands(&leaves)),
        reference("configuration", configuration()),
        reference("exit-codes", exit_codes()),
        reference("json", json()),
    ];
    pages.extend(leaves.iter().map(|leaf| (format!("docs/man/{}.1", leaf.path.replace(' ', "-")), manual(leaf))));
    pages
}

/// A command that does something, with its words from `cargo` on.
struct Leaf {
    path: String,
    command: Command,
}

fn leaves() -> Vec<Leaf> {
    let mut root = Cli::command();
    root.build();
    let mut found = Vec::new();
    collect(&root, "cargo xtask", &mut found);
    found
}

fn collect(command: &Command, path: &str, found: &mut Vec<Leaf>) {
    let below: Vec<&Command> = command.get_subcommands().filter(|it| !it.is_hide_set() && it.get_name() != "help").collect();
    if below.is_empty() {
        found.push(Leaf { path: path.to_owned(), command: command.clone() });
    }
    below.into_iter().for_each(|it| collect(it, &format!("{path} {}", it.get_name()), found));
}

/// The flags that stand everywhere are described once.
fn is_global(argument: &Arg) -> bool {
    argument.is_global_set() || matches!(argument.get_id().as_str(), "help" | "version")
}

fn own(leaf: &Leaf) -> impl Iterator<Item = &Arg> {
    leaf.command.get_arguments().filter(|it| !is_global(it) && !it.is_hide_set())
}

/// An argument as it is typed.
fn shown(argument: &Arg) -> String {
    let names = argument.get_value_names().unwrap_or_default().iter().map(|it| format!("<{it}>")).collect::<Vec<_>>().join(" ");
    let value = if matches!(argument.get_action(), ArgAction::SetTrue) { String::new() } else { names };
    let words = [argument.get_short().map(|it| format!("-{it}")), argument.get_long().map(|it| format!("--{it}"))];
    let flag = words.into_iter().flatten().collect::<Vec<_>>().join(", ");
    if flag.is_empty() || value.is_empty() { flag + &value } else { format!("{flag} {value}") }
}

/// What an argument is for, with its values where only some are taken.
fn about(argument: &Arg) -> String {
    let mut text = argument.get_help().map(ToString::to_string).unwrap_or_default();
    let values = argument.get_possible_values();
    let names: Vec<&str> = values.iter().map(clap::builder::PossibleValue::get_name).collect();
    if !names.is_empty() && !matches!(argument.get_action(), ArgAction::SetTrue) {
        let _ = write!(text, " ({})", names.join(", "));
    }
    text
}

fn summary(command: &Command) -> String {
    command.get_about().map(ToString::to_string).unwrap_or_default()
}

fn rows<'a>(arguments: impl Iterator<Item = &'a Arg>) -> String {
    let rows: String =
        arguments.map(|it| format!("| `{}` | {} |\n", shown(it).replace('|', "\\|"), about(it).replace('|', "\\|"))).collect();
    if rows.is_empty() { rows } else { format!("| | |\n|---|---|\n{rows}\n") }
}

fn commands(leaves: &[Leaf]) -> String {
    let mut text = format!("# Commands\n\n{NOTE}\n\n## Everywhere\n\nThese stand before or behind the command.\n\n");
    text.push_str(&rows(Cli::command().get_arguments().filter(|it| it.is_global_set())));
    for leaf in leaves {
        let _ = write!(text, "## `{}`\n\n{}\n\n{}", leaf.path, summary(&leaf.command), rows(own(leaf)));
        if let Some(example) = leaf.command.get_after_help() {
            let _ = write!(text, "`{}`\n\n", example.to_string().trim_start_matches("Example: "));
        }
    }
    text.trim_end().to_owned() + "\n"
}

fn configuration() -> String {
    let mut text = format!(
        "# Configuration\n\n{NOTE} [Settings](../settings.md) says how they work together.\n\n| `xtask.toml` | flag | environment | default | takes | for |\n|---|---|---|---|---|---|\n"
    );
    for setting in SETTINGS {
        let code = |word: Option<&str>| word.filter(|it| !it.is_empty()).map_or(String::new(), |it| format!("`{it}`"));
        let Setting { key, flag, variable, default, about, .. } = setting;
        let columns = [code(Some(key)), code(*flag), code(*variable), code(Some(default)), takes(setting.kind), (*about).to_owned()];
        let _ = writeln!(text, "| {} |", columns.join(" | "));
    }
    text + "\n`[targets.NAME]` takes `url`, in which `${NAME}` is an environment variable, `protected`, and `online`.\n"
}

fn takes(kind: Kind) -> String {
    match kind {
        Kind::Text => "text".to_owned(),
        Kind::Folder => "a folder".to_owned(),
        Kind::Duration => "a duration: `500ms`, `2s`, `5min`, `1h`".to_owned(),
        Kind::Number => "a number".to_owned(),
        Kind::Choice(choices) => choices.join(", "),
        Kind::List => "a list of names".to_owned(),
    }
}

fn exit_codes() -> String {
    let mut text = format!("# Exit codes\n\n{NOTE}\n\n| code | meaning |\n|---|---|\n");
    for (exit, meaning) in EXITS {
        let _ = writeln!(text, "| {} | {meaning} |", exit.code());
    }
    text
}

fn json() -> String {
    let mut text = format!(
        "# JSON\n\n{NOTE}\n\nWith `--format json` each command prints one value a line on standard output. `type` says which.\n\n| type | from | other fields |\n|---|---|---|\n"
    );
    for (kind, from, fields) in VALUES {
        let _ = writeln!(text, "| `{kind}` | `{from}` | {fields} |");
    }
    text.push_str("\n## A diagnostic\n\nWhat is not known is null. Lines and columns start at 1; columns count characters.\n\n```json\n");
    let example = Diagnostic::error("migration-failed", "column \"custmer_id\" does not exist").sqlstate("42703").hint("correct the file");
    let example = example.at(Location::new("migrations/0043_backfill.sql", "UPDATE invoice SET custmer_id = 7;\n", 19..29));
    let _ = writeln!(text, "{:#}\n```", crate::diagnostic::json(&example));
    text
}

/// A manual page, for `man`.
fn manual(leaf: &Leaf) -> String {
    let Leaf { path, command } = leaf;
    let mut page = format!(
        ".\\\" {NOTE}\n.TH {} 1\n.SH NAME\n{} \\- {}\n.SH SYNOPSIS\n.B {path}\n",
        roff(&path.replace(' ', "-").to_uppercase()),
        roff(&path.replace(' ', "-")),
        roff(&summary(command))
    );
    let positional = own(leaf).filter(|it| it.is_positional()).map(|it| format!("[{}]", shown(it)));
    let _ = writeln!(page, "{}", roff(&["[OPTIONS]".to_owned()].into_iter().chain(positional).collect::<Vec<_>>().join(" ")));
    let entry = |it: &Arg| format!(".TP\n.B {}\n{}\n", roff(&shown(it)), roff(&about(it)));
    let options: String = own(leaf).map(entry).collect();
    if !options.is_empty() {
        let _ = write!(page, ".SH OPTIONS\n{options}");
    }
    let global: String = Cli::command().get_arguments().filter(|it| it.is_global_set()).map(entry).collect();
    let _ = write!(page, ".SH GLOBAL OPTIONS\n{global}.SH EXIT STATUS\n");
    for (exit, meaning) in EXITS {
        let _ = writeln!(page, ".TP\n.B {}\n{meaning}", exit.code());
    }
    page
}

/// Text that means nothing to roff.
fn roff(text: &str) -> String {
    let escaped = text.replace('\\', "\\e").replace('-', "\\-");
    if escaped.starts_with(['.', '\'']) { format!("\\&{escaped}") } else { escaped }
}
