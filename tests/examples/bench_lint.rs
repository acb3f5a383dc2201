//! How fast `db lint` is, against squawk's own binary on the same files in the same run, where it is on PATH.
//! `cargo run -p migration-tests --example bench_lint` prints a table. The tool is built as `cargo xtask` builds it.

use nix::sys::resource::{UsageWho, getrusage};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use support::Folder;

/// How often a figure is taken; the least is shown, which a busy machine disturbs least.
const RUNS: usize = 7;
/// The size of a file.
const BYTES: usize = 10_240;

fn main() {
    println!("{RUNS} runs of each, the least; files of {BYTES} bytes\n");
    println!("| files | tool | wall, ms | CPU, ms |\n|---|---|---|---|");
    let folder = Folder::new("bench-lint");
    for n in [100, 1000] {
        let files = migrations(folder.path(), n);
        let ours = cost(|| lint(&files));
        row(n, "db lint", ours);
        match squawk() {
            None => println!("| {n} | squawk | not on PATH | |"),
            Some(version) => {
                let theirs = cost(|| squawk_on(&files));
                row(n, &version, theirs);
                println!("| {n} | db lint / squawk | {:.2} | {:.2} |", ratio(ours.0, theirs.0), ratio(ours.1, theirs.1));
            }
        }
    }
}

fn row(n: usize, what: &str, (wall, cpu): (Duration, Duration)) {
    println!("| {n} | {what} | {:.0} | {:.0} |", wall.as_secs_f64() * 1e3, cpu.as_secs_f64() * 1e3);
}

fn ratio(a: Duration, b: Duration) -> f64 {
    a.as_secs_f64() / b.as_secs_f64()
}

/// `n` files that each make tables, change those of earlier files, and fill them, up to [`BYTES`].
fn migrations(folder: &Path, n: usize) -> PathBuf {
    let folder = folder.join(format!("migrations-{n}"));
    std::fs::create_dir(&folder).expect("the folder is ours");
    for number in 1..=n {
        std::fs::write(folder.join(format!("{number:04}_step.sql")), migration(number)).expect("the folder is ours");
    }
    folder
}

/// Statements of many kinds, the same for the same number.
fn migration(number: usize) -> String {
    let mut text = format!("-- Step {number}: orders and what belongs to them.\n");
    let mut part = 0;
    while text.len() < BYTES {
        part += 1;
        let (name, old) = (format!("t{number}_{part}"), format!("t{}_{part}", number.saturating_sub(1).max(1)));
        text += &match part % 6 {
            0 => format!(
                "CREATE FUNCTION f_{name}(a bigint) RETURNS bigint LANGUAGE plpgsql AS $$\nDECLARE n bigint := 0;\nBEGIN\n  SELECT count(*) INTO n FROM {name} WHERE id > a;\n  \
                 IF n > 10 THEN\n    RAISE NOTICE '% rows', n;\n  END IF;\n  RETURN n;\nEND $$;\n"
            ),
            1 | 2 => format!(
                "CREATE TABLE {name} (\n  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n  name text NOT NULL,\n  amount numeric(12, 2) NOT NULL DEFAULT 0,\n  \
                 state text NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'open', 'done')),\n  made_at timestamptz NOT NULL DEFAULT now()\n);\nCREATE INDEX {name}_name_idx ON {name} (name);\n\
                 COMMENT ON TABLE {name} IS 'What step {number} needs';\n"
            ),
            3 => format!(
                "ALTER TABLE {old} ADD COLUMN note_{number} text, ALTER COLUMN name DROP NOT NULL;\nUPDATE {old} SET amount = amount + 1 WHERE id = {number};\n"
            ),
            4 => format!(
                "CREATE TABLE {name} (id bigint PRIMARY KEY, name text);\nINSERT INTO {name} (id, name) VALUES\n  (1, 'one'),\n  (2, 'it''s two'),\n  (3, NULL);\n"
            ),
            _ => format!(
                "CREATE TABLE {name} (id bigint PRIMARY KEY, name text, amount int);\nCREATE VIEW v_{name} AS\nSELECT a.id, a.name, count(*) AS n, sum(a.amount) FILTER (WHERE a.amount > 0) AS total\n\
                 FROM {name} a LEFT JOIN {name} b ON b.id = a.id AND b.name <> a.name\nWHERE a.name LIKE 'x%' OR a.id BETWEEN 1 AND 100\nGROUP BY a.id, a.name\nORDER BY 3 DESC;\n"
            ),
        };
    }
    text
}

fn lint(folder: &Path) -> Command {
    let mut command = Command::new(support::sandbox::xtask());
    command.args(["db", "lint", "--quiet", "--format", "json", "--migrations"]).arg(folder).current_dir(folder);
    command
}

fn squawk() -> Option<String> {
    let output = Command::new("squawk").arg("--version").output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn squawk_on(folder: &Path) -> Command {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).expect("a folder").map(|it| it.expect("an entry").path()).collect();
    files.sort();
    let mut command = Command::new("squawk");
    command.args(["--reporter", "json"]).args(files).current_dir(folder);
    command
}

/// The least wall time and CPU time of several runs. The exit code says whether something was found, not whether it ran.
fn cost(command: impl Fn() -> Command) -> (Duration, Duration) {
    let runs: Vec<_> = (0..RUNS).map(|_| run(&mut command())).collect();
    let least = |it: fn(&(Duration, Duration)) -> Duration| runs.iter().map(it).min().expect("there were runs");
    (least(|it| it.0), least(|it| it.1))
}

fn run(command: &mut Command) -> (Duration, Duration) {
    let before = cpu();
    let began = Instant::now();
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().expect("it can be started");
    let wall = began.elapsed();
    assert!(matches!(status.code(), Some(0 | 1)), "{command:?} ended with {status}");
    (wall, cpu() - before)
}

/// The processor time of the children that have ended.
fn cpu() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("always known");
    let time = |it: nix::sys::time::TimeVal| {
        Duration::new(u64::try_from(it.tv_sec()).unwrap_or(0), u32::try_from(it.tv_usec()).unwrap_or(0) * 1000)
    };
    time(usage.user_time()) + time(usage.system_time())
}
