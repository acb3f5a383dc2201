//! How fast `db migrate` is, against psql on the same server in the same run. `cargo run -p migration-tests --example bench_migrate` prints a table.
//!
//! The server is the first PostgreSQL found on this machine, with trust authentication; the tool is built as `cargo xtask` builds it.

use nix::sys::resource::{UsageWho, getrusage};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use support::{Database, Folder, Proxy, server};

/// How often a figure is taken; the median is shown.
const RUNS: usize = 5;

fn main() {
    let server = server::servers().next().expect("a PostgreSQL on this machine");
    println!("PostgreSQL {}, {} runs of each, medians\n", server.major, RUNS);
    trust(server);
    let folder = Folder::new("bench");
    let few = migrations(folder.path(), 200);
    let many = migrations(folder.path(), 1000);
    round_trips(server, &few);
    one_thousand(server, &many);
    far_away(server, &many);
    nothing_to_do(server, &many);
}

/// Lets everybody in without a password, as the goals assume: SCRAM costs two round trips and a thousandfold hash.
fn trust(server: &server::Server) {
    let rule = "DO $$BEGIN EXECUTE format('COPY (SELECT ''host all all all trust'') TO %L', current_setting('hba_file')); END$$";
    server.admin().batch_execute(&format!("{rule}; SELECT pg_reload_conf()")).expect("we are the superuser");
}

/// `n` files that each make a table with an index and a comment.
fn migrations(folder: &Path, n: usize) -> PathBuf {
    let folder = folder.join(format!("migrations-{n}"));
    std::fs::create_dir(&folder).expect("the folder is ours");
    for number in 1..=n {
        write_migration(&folder, number);
    }
    folder
}

fn write_migration(folder: &Path, number: usize) {
    let table = format!("t{number}");
    let text = format!(
        "-- A table with a name to look up.\nCREATE TABLE {table} (\n    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
         name text NOT NULL,\n    created_at timestamptz NOT NULL DEFAULT now()\n);\n\
         CREATE INDEX {table}_name_idx ON {table} (name);\nCOMMENT ON TABLE {table} IS 'table {number}';\n"
    );
    std::fs::write(folder.join(format!("{number:04}_create_{table}.sql")), text).expect("the folder is ours");
}

/// What a run of a program cost.
#[derive(Debug, Clone, Copy)]
struct Cost {
    wall: Duration,
    cpu: Duration,
    /// The largest amount that was seen, in KiB.
    memory: u64,
}

fn run(command: &mut Command) -> Cost {
    let children = || getrusage(UsageWho::RUSAGE_CHILDREN).expect("always known");
    let cpu = |usage: nix::sys::resource::Usage| {
        let time = |it: nix::sys::time::TimeVal| {
            Duration::new(u64::try_from(it.tv_sec()).unwrap_or(0), u32::try_from(it.tv_usec()).unwrap_or(0) * 1000)
        };
        time(usage.user_time()) + time(usage.system_time())
    };
    let (before, began) = (children(), Instant::now());
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it can be started");
    let watch = watch_memory(child.id());
    let status = child.wait().expect("it is our child");
    let (wall, after) = (began.elapsed(), children());
    assert!(status.success(), "{command:?} ended with {status}");
    Cost { wall, cpu: cpu(after) - cpu(before), memory: watch.join().expect("it only reads") }
}

/// Reads the peak of a process's memory until it is gone; zero where the system does not tell.
fn watch_memory(pid: u32) -> std::thread::JoinHandle<u64> {
    let peak = move || {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok())
    };
    std::thread::spawn(move || {
        let mut largest = 0;
        while let Some(seen) = peak() {
            largest = largest.max(seen);
            std::thread::sleep(Duration::from_millis(5));
        }
        largest
    })
}

fn xtask(database: &Database, port: Option<u16>, folder: &Path) -> Command {
    let mut url = database.url();
    url.set("sslmode", "disable").expect("a known keyword");
    if let Some(port) = port {
        url.set("port", port.to_string()).expect("a known keyword");
    }
    let mut command = Command::new(support::sandbox::xtask());
    command.args(["db", "migrate", "--migrations"]).arg(folder).env("DATABASE_URL", url.reveal());
    command
}

fn psql(database: &Database, port: Option<u16>) -> Command {
    let mut url = database.url();
    url.set("sslmode", "disable").expect("a known keyword");
    if let Some(port) = port {
        url.set("port", port.to_string()).expect("a known keyword");
    }
    let mut command = Command::new("psql");
    command.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d"]).arg(url.reveal());
    command
}

/// All files as one, for one `psql -1`.
fn joined(folder: &Path) -> PathBuf {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).expect("a folder").map(|it| it.expect("an entry").path()).collect();
    files.sort();
    let text: String = files.iter().map(|file| std::fs::read_to_string(file).expect("text")).collect();
    let path = folder.with_extension("sql");
    std::fs::write(&path, text).expect("the folder is ours");
    path
}

fn median<T: Copy + PartialOrd>(mut values: Vec<T>) -> T {
    values.sort_by(|a, b| a.partial_cmp(b).expect("numbers"));
    values[values.len() / 2]
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

fn round_trips(server: &'static server::Server, folder: &Path) {
    let database = Database::new(server);
    let proxy = Proxy::new(server.port);
    let counted = || {
        let before = proxy.round_trips();
        run(&mut xtask(&database, Some(proxy.port()), folder));
        proxy.round_trips() - before
    };
    let (fresh, nothing) = (counted(), counted());
    write_migration(folder, 201);
    let one = counted();
    println!("round trips, connection included          xtask    goal");
    println!("  200 migrations on an empty database     {fresh:>5}    <= 5");
    println!("  nothing to do                           {nothing:>5}    <= 3");
    println!("  one new                                 {one:>5}    <= 4\n");
}

fn one_thousand(server: &'static server::Server, folder: &Path) {
    let all = joined(folder);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        ours.push(run(&mut xtask(&Database::new(server), None, folder)));
        theirs.push(run(psql(&Database::new(server), None).arg("-1").arg("-f").arg(&all)).wall);
    }
    let ratio = median(ours.iter().zip(&theirs).map(|(ours, theirs)| ours.wall.as_secs_f64() / theirs.as_secs_f64()).collect());
    let wall = median(ours.iter().map(|it| milliseconds(it.wall)).collect());
    let cpu = median(ours.iter().map(|it| milliseconds(it.cpu)).collect());
    println!("1,000 migrations on an empty database     xtask    psql -1    ratio    goal");
    println!(
        "  wall, ms                                {wall:>5.0}    {:>7.0}    {ratio:>5.2}    <= 1.0",
        median(theirs.iter().map(|it| milliseconds(*it)).collect())
    );
    println!("  CPU of the tool, ms                     {cpu:>5.0}                        < 60");
    println!("  memory of the tool, MiB                 {:>5.0}                        < 64\n", ours[0].memory as f64 / 1024.0);
}

fn far_away(server: &'static server::Server, folder: &Path) {
    let all = joined(folder);
    let proxy = Proxy::new(server.port);
    proxy.set_latency(Duration::from_millis(20));
    let ours = run(&mut xtask(&Database::new(server), Some(proxy.port()), folder)).wall;
    let theirs = run(psql(&Database::new(server), Some(proxy.port())).arg("-1").arg("-f").arg(&all)).wall;
    let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
    println!("the same over a round trip of 20 ms, one run");
    println!(
        "  wall, ms                                {:>5.0}    {:>7.0}    {ratio:>5.2}    <= 0.2\n",
        milliseconds(ours),
        milliseconds(theirs)
    );
}

fn nothing_to_do(server: &'static server::Server, folder: &Path) {
    let database = Database::new(server);
    run(&mut xtask(&database, None, folder));
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..RUNS * 4 {
        ours.push(run(&mut xtask(&database, None, folder)).wall);
        theirs.push(run(psql(&database, None).args(["-c", "select 1"])).wall);
    }
    let more = median(ours.iter().zip(&theirs).map(|(ours, theirs)| milliseconds(*ours) - milliseconds(*theirs)).collect());
    let show = |walls: &[Duration]| median(walls.iter().map(|it| milliseconds(*it)).collect());
    println!("nothing to do with 1,000 applied          xtask    psql -c    more     goal");
    println!("  wall, ms                                {:>5.0}    {:>7.0}    {more:>5.1}    < 10", show(&ours), show(&theirs));
}
