//! What `db diff` costs, beside pg_dump on the same server in the same run: `cargo run -p migration-tests --example bench_diff -- 1000`
//! prints a table. CPU seconds are those of the program and of the server together, as Linux counts them.

use nix::sys::resource::{UsageWho, getrusage};
use std::process::{Command, Stdio};
use std::time::Instant;
use support::{Database, Server, server};

/// How often a figure is taken; the least is shown, since others use the machine, too.
const RUNS: usize = 3;

fn main() {
    let server = server::servers().next().expect("a PostgreSQL on this machine");
    let sizes: Vec<usize> = std::env::args().skip(1).filter_map(|it| it.parse().ok()).collect();
    println!("PostgreSQL {}, the least of {RUNS} runs\n", server.major);
    println!("| tables | what | tool, CPU s | server, CPU s | together | wall s |\n|---|---|---|---|---|---|");
    for tables in if sizes.is_empty() { vec![10, 1000] } else { sizes } {
        let (a, b) = (Database::new(server), Database::new(server));
        fill(&a, tables, "");
        fill(&b, tables, &change(tables));
        row(tables, "pg_dump --schema-only", server, &mut || dump(&a));
        row(tables, "db diff, the same", server, &mut || diff(&a, &a));
        row(tables, "db diff, 1 % changed", server, &mut || diff(&a, &b));
    }
}

/// A schema of `n` tables in ten schemas, each with an identity key, an enum, a foreign key, a check, two indexes and a comment; to ten
/// of them a function, two views and a trigger.
fn fill(database: &Database, n: usize, change: &str) {
    let mut client = database.connect();
    for start in (0..n).step_by(250) {
        let text: String = (start..n.min(start + 250)).map(table).collect();
        client.batch_execute(&text).expect("it is right");
    }
    client.batch_execute(change).expect("it is right");
}

fn table(i: usize) -> String {
    let (schema, before) = (i % 10, i.saturating_sub(10));
    let mut sql = if i < 10 { format!("CREATE SCHEMA s{i};\n") } else { String::new() };
    if i.is_multiple_of(10) {
        sql += &format!("CREATE TYPE s0.e{i} AS ENUM ('new', 'open', 'done');\n");
    }
    sql += &format!(
        "CREATE TABLE s{schema}.t{i} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL DEFAULT 'x', state s0.e{} DEFAULT 'new',
            other bigint REFERENCES s{}.t{before}, amount numeric(10,2), at timestamptz DEFAULT now(), CHECK (amount > 0));
        CREATE INDEX ON s{schema}.t{i} (name); CREATE INDEX ON s{schema}.t{i} (at) WHERE state = 'open'; COMMENT ON TABLE s{schema}.t{i} IS 'table {i}';\n",
        i - i % 10,
        before % 10
    );
    match i % 10 {
        1 | 2 => sql += &format!("CREATE VIEW s{schema}.v{i} AS SELECT id, name, state FROM s{schema}.t{i} WHERE state <> 'done';\n"),
        3 => {
            sql += &format!(
                "CREATE FUNCTION s3.f{i}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
                CREATE TRIGGER r{i} BEFORE UPDATE ON s3.t{i} FOR EACH ROW EXECUTE FUNCTION s3.f{i}();\n"
            );
        }
        _ => {}
    }
    sql
}

fn change(n: usize) -> String {
    let every = |offset: usize| (0..n).filter(move |i| i % 100 == offset);
    let columns = every(5).map(|i| format!("ALTER TABLE s{}.t{i} ADD more text;", i % 10));
    let views = every(1).map(|i| format!("CREATE OR REPLACE VIEW s1.v{i} AS SELECT id, name, state FROM s1.t{i} WHERE state = 'new';"));
    let functions =
        every(3).map(|i| format!("CREATE OR REPLACE FUNCTION s3.f{i}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"));
    let enums = every(0).map(|i| format!("ALTER TYPE s0.e{i} ADD VALUE 'late';"));
    columns.chain(views).chain(functions).chain(enums).collect()
}

fn dump(database: &Database) -> Command {
    let mut command = database.server.pg_dump();
    command.env("PGPASSWORD", &database.server.password).args(["--schema-only", "--username=postgres", "--host=127.0.0.1"]);
    command.args(["--port", &database.server.port.to_string(), "--dbname", &database.name]);
    command
}

fn diff(from: &Database, to: &Database) -> Command {
    let mut command = Command::new(support::sandbox::xtask());
    command.args(["db", "diff", "--from", &from.url().reveal(), "--to", &to.url().reveal()]);
    command
}

fn row(tables: usize, what: &str, server: &'static Server, command: &mut dyn FnMut() -> Command) {
    let mut all: Vec<[f64; 3]> = (0..RUNS).map(|_| run(server, &mut command())).collect();
    all.sort_by(|a, b| (a[0] + a[1]).total_cmp(&(b[0] + b[1])));
    let [tool, backend, wall] = all[0];
    println!("| {tables} | {what} | {tool:.2} | {backend:.2} | {:.2} | {wall:.2} |", tool + backend);
}

fn run(server: &'static Server, command: &mut Command) -> [f64; 3] {
    let children = || {
        let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("always known");
        let seconds = |it: nix::sys::time::TimeVal| it.tv_sec() as f64 + it.tv_usec() as f64 / 1e6;
        seconds(usage.user_time()) + seconds(usage.system_time())
    };
    let (tool, backend, began) = (children(), reaped(server), Instant::now());
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().expect("it can be started");
    assert!(status.success(), "{command:?} ended with {status}");
    let wall = began.elapsed().as_secs_f64();
    // A backend is counted once its parent has seen it go.
    std::thread::sleep(std::time::Duration::from_millis(300));
    [children() - tool, reaped(server) - backend, wall]
}

/// The CPU seconds of the server's processes that have ended.
fn reaped(server: &'static Server) -> f64 {
    let mut client = server.connect("postgres");
    let pid: String =
        client.query_one("SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)", &[]).expect("the superuser may").get(0);
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let rest = text.rsplit_once(") ").map_or("", |it| it.1);
    let ticks: f64 = rest.split(' ').skip(13).take(2).filter_map(|it| it.parse::<f64>().ok()).sum();
    ticks / 100.0
}
