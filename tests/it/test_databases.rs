//! `migrate_first::testing`: a database for each test, from many processes at once.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use support::server::{LocalServer, Server, installed};
use support::{Sandbox, program, say};

/// The example program that stands for a user's test, built once.
fn program_of_a_user() -> std::path::PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args(["build", "--workspace", "--example", "test_database", "--message-format=json-render-diagnostics", "--quiet"]);
    for (name, _) in
        std::env::vars().filter(|(name, _)| ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"].iter().any(|it| name.starts_with(it)))
    {
        build.env_remove(name);
    }
    let said = program::output(build.current_dir(env!("CARGO_MANIFEST_DIR")));
    let executables = said.lines().filter_map(|line| line.split_once(r#""executable":""#)?.1.split('"').next());
    executables.map(std::path::PathBuf::from).next_back().expect("cargo says where it is")
}

fn run(program: &std::path::Path, sandbox: &Sandbox, home: &Server, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(sandbox.path(""))
        .env_remove("CARGO_MANIFEST_DIR")
        .env("XTASK_TEST_URL", home.url("postgres").reveal());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn sql(home: &Server, sql: &str) -> String {
    support::database::rows(&mut home.connect("postgres"), sql)
}

fn counted(home: &Server, condition: &str) -> usize {
    sql(home, &format!("SELECT count(*) FROM pg_database WHERE {condition}")).parse().expect("a count")
}

#[test]
fn many_processes_at_once_make_one_template_and_leave_nothing() {
    let program = program_of_a_user();
    if installed().is_empty() {
        say("NOT RUN: many processes that make one template, because there are no binaries of PostgreSQL here");
    }
    for binaries in installed() {
        // A server of its own: what other tests make on a shared one would be counted too.
        let home = LocalServer::start(binaries);
        let table = "things";
        let sandbox = Sandbox::new()
            .file("xtask.toml", "")
            .migration("0001_a.sql", "CREATE TABLE things (n int);\n")
            .migration("0002_b.sql", "SELECT pg_sleep(0.5);\n");
        let children: Vec<_> = (0..20).map(|_| run(&program, &sandbox, &home, &["count", table]).spawn().expect("it starts")).collect();
        for child in children {
            let output = child.wait_with_output().expect("it ends");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "0 rows");
        }
        assert_eq!(counted(&home, "datname LIKE 'xtask_template_%'"), 1, "one template for all");
        let inside = run(&program, &sandbox, &home, &["async", table]).output().expect("it ends");
        assert_eq!(String::from_utf8_lossy(&inside.stdout).trim(), "0 rows", "{}", String::from_utf8_lossy(&inside.stderr));
        // A process that panics keeps its database, one that is killed leaves it to the next one.
        let failed = run(&program, &sandbox, &home, &["panic", table]).output().expect("it ends");
        let said = String::from_utf8_lossy(&failed.stderr).into_owned();
        let kept = said.lines().find_map(|line| line.strip_prefix("kept the test's database for a week: ")).expect("its URL is printed");
        let kept = kept.rsplit('/').next().expect("a name").split('?').next().expect("a name").to_owned();
        let mut killed = run(&program, &sandbox, &home, &["sleep", table]).spawn().expect("it starts");
        let n_scratch = || counted(&home, "datname LIKE 'xtask_scratch_%'");
        support::until("it has its database", || n_scratch() >= 2);
        killed.kill().and_then(|()| killed.wait()).expect("it can be killed");
        let began = Instant::now();
        run(&program, &sandbox, &home, &["count", table]).output().expect("it ends");
        support::until("the leftover is swept", || {
            run(&program, &sandbox, &home, &["count", table]).output().expect("it ends");
            n_scratch() == 1
        });
        assert!(began.elapsed() < Duration::from_secs(60));
        assert_eq!(counted(&home, &format!("datname = '{kept}'")), 1, "the kept one is still there");
    }
}
