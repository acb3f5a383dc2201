//! How long `db check` takes on 1,000 migrations with one new. `cargo run -p migration-tests --example bench_check` prints a table.
//!
//! The server is the first PostgreSQL found on this machine. Two repositories: in one every tenth migration makes a table and the others alter
//! one, as a history of years does; in the other every migration makes a table.

use nix::sys::resource::{UsageWho, getrusage};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use support::{Database, Sandbox, server};

/// How many migrations the base branch has.
const MERGED: usize = 1000;

/// How often a figure is taken; the median is shown.
const RUNS: usize = 5;

fn main() {
    let server = server::servers().next().expect("a PostgreSQL on this machine");
    println!("PostgreSQL {}, {MERGED} migrations and one new, medians of {RUNS} runs\n", server.major);
    println!("| repository | source | from nothing | the new one edited | again |\n|---|---|---|---|---|");
    for (name, tables) in [("100 tables", 100), ("1,000 tables", 1000)] {
        for source in ["all", "files", "lint", "replay", "drift", "idempotence"] {
            let database = Database::new(server);
            let sandbox = repository(&database, tables, source);
            println!("| {name} | {source} | {} |", row(&sandbox, source, &database).join(" | "));
        }
    }
}

/// One first check, then some with another text of the new migration each, then some with nothing changed.
fn row(sandbox: &Sandbox, source: &str, database: &Database) -> Vec<String> {
    let first = check(sandbox, source);
    let edited = (0..RUNS).map(|n| {
        let comment = format!("edit {n} in {}", database.name);
        write_new(sandbox, &comment);
        check(sandbox, source)
    });
    let edited = median(edited.collect());
    let again = median((0..RUNS).map(|_| check(sandbox, source)).collect());
    [first, edited, again].iter().map(|(wall, cpu)| format!("{} ms ({} ms own CPU)", wall.as_millis(), cpu.as_millis())).collect()
}

/// A repository with its own texts, so that nothing of it is in any cache.
fn repository(database: &Database, tables: usize, source: &str) -> Sandbox {
    let sandbox = Sandbox::on(database).file("xtask.toml", "[migrations]\nbase = \"main\"\n");
    let every = MERGED / tables;
    let mut schema = String::new();
    for number in 1..=MERGED {
        let table = (number - 1) / every;
        let text = if (number - 1) % every == 0 { create(table) } else { alter(table, number) };
        sandbox.write(&format!("migrations/{number:04}_step.sql"), format!("-- {} {source}\n{text}", database.name));
    }
    for table in 0..tables {
        let more: String = (0..every - 1).map(|n| format!(",\n    c{} int", table * every + n + 2)).collect();
        schema.push_str(&create(table).replace("\n);", &format!("{more}\n);")));
    }
    sandbox.write("schema/all.sql", format!("-- {} {source}\n{schema}", database.name));
    let git = |arguments: &[&str]| {
        let identity = ["-c", "user.name=me", "-c", "user.email=me@localhost", "-c", "init.defaultBranch=main"];
        let status = Command::new("git").args(identity).args(arguments).current_dir(sandbox.path(".")).status().expect("git");
        assert!(status.success(), "git {arguments:?}");
    };
    git(&["init", "-q"]);
    git(&["add", "."]);
    git(&["commit", "-q", "-m", "merged"]);
    sandbox.write("schema/new.sql", "CREATE TABLE newest (id bigint PRIMARY KEY);\n");
    write_new(&sandbox, "new");
    sandbox
}

fn write_new(sandbox: &Sandbox, comment: &str) {
    sandbox.write("migrations/1001_newest.sql", format!("-- {comment}\nCREATE TABLE newest (id bigint PRIMARY KEY);\n"));
}

fn create(table: usize) -> String {
    format!(
        "CREATE TABLE t{table} (\n    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    name text NOT NULL,\n    \
         created_at timestamptz NOT NULL DEFAULT now()\n);\nCREATE INDEX t{table}_name_idx ON t{table} (name);\n"
    )
}

fn alter(table: usize, number: usize) -> String {
    format!("ALTER TABLE t{table} ADD COLUMN c{number} int;\n")
}

/// Wall time, and the command's own processor time, its helpers' included.
fn check(sandbox: &Sandbox, source: &str) -> (Duration, Duration) {
    let arguments: &[&str] = if source == "all" { &["db", "check", "--quiet"] } else { &["db", "check", "--quiet", "--only", source] };
    let mut command = sandbox.command(arguments);
    let (before, began) = (cpu(), Instant::now());
    let output = command.stdin(Stdio::null()).output().expect("it can be started");
    let (wall, after) = (began.elapsed(), cpu());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    (wall, after - before)
}

fn cpu() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("always known");
    let time = |it: nix::sys::time::TimeVal| {
        Duration::new(u64::try_from(it.tv_sec()).unwrap_or(0), u32::try_from(it.tv_usec()).unwrap_or(0) * 1000)
    };
    time(usage.user_time()) + time(usage.system_time())
}

fn median(mut runs: Vec<(Duration, Duration)>) -> (Duration, Duration) {
    runs.sort_unstable();
    runs[runs.len() / 2]
}
