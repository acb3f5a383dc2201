//! The containers, on a real engine: the order, what a failure leaves, many at once, and an engine that goes away.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use support::compose::{Project, docker, possible};
use support::expect;

const TWO: &[(&str, &str)] = &[("0001_a.sql", "create table a (id int);\n"), ("0002_b.sql", "create table b (id int);\n")];

#[test]
fn the_application_starts_behind_the_last_migration() {
    if !possible() {
        return;
    }
    let project = Project::new(TWO);
    project.sandbox.run(["docker", "up"]).code(0).says(&["the database has every migration"]);
    let log = project.sandbox.run(["docker", "logs"]).code(0);
    let log = log.raw_stdout();
    for line in ["applied  0001_a", "applied 2 in ", "the application sees 2 migrations"] {
        assert!(log.contains(line), "{log}");
    }
    // An existing database: only what is new.
    project.sandbox.run(["docker", "down"]).code(0);
    project.sandbox.write("migrations/0003_c.sql", "create table c (id int);\n");
    project.sandbox.run(["docker", "up", "--build"]).code(0);
    let log =
        project.sandbox.run(["docker", "logs", "migrate", "app"]).code(0).prints(&["applied 1 in ", "the application sees 3 migrations"]);
    assert!(!log.raw_stdout().contains("0002_b"), "{}", log.raw_stdout());
    project.sandbox.run(["docker", "migrate"]).code(0);
    project.sandbox.run(["docker", "migrate", "--", "--dry-run"]).code(0).says(&["3 applied, 0 pending; nothing was changed"]);
    project.sandbox.run(["docker", "down", "--volumes"]).code(2).says(&["error[not-confirmed]: nothing was stopped or removed"]);
}

#[test]
fn behind_a_failure_the_application_does_not_start() {
    if !possible() {
        return;
    }
    let project = Project::new(&[TWO[0], ("0002_bad.sql", "create table b (id nothing);\n")]);
    project.sandbox.run(["docker", "up"]).code(4).says(&[
        "error[migration-failed]: type \"nothing\" does not exist",
        "migrations/0002_bad.sql:1:20",
        "error[container-failed]: the migrations ended with exit code 4, and the application was not started",
    ]);
    assert_ne!(project.state("app"), "running");
    assert_eq!((project.state("migrate").as_str(), project.state("postgres").as_str()), ("exited", "running"));
    assert_eq!(project.sql("select string_agg(name, ' ') from xtask.history where finished_at is not null"), "0001_a");
    project.sandbox.run(["docker", "migrate"]).code(4).says(&["error[migration-failed]"]);
    project.sandbox.write("migrations/0002_bad.sql", "create table b (id int);\n");
    project.sandbox.run(["docker", "up", "--build"]).code(0);
    project.sandbox.run(["docker", "logs", "app"]).code(0).prints(&["the application sees 2 migrations"]);
}

/// As in production: containers that know nothing of each other.
#[test]
fn ten_at_once_apply_each_migration_once() {
    if !possible() {
        return;
    }
    let slow: Vec<(String, String)> =
        (1..=6).map(|n| (format!("000{n}_t.sql"), format!("create table t{n} (id int);\nselect pg_sleep(0.2);\n"))).collect();
    let project = Project::new(TWO);
    project.sandbox.run(["docker", "up"]).code(0);
    for (name, text) in &slow {
        project.sandbox.write(&format!("migrations/{}", name.replacen("000", "001", 1)), text);
    }
    for index in 3..=10 {
        project.sandbox.write(&format!("migrations/{index:04}_x.sql"), "select 1;\n");
    }
    project.sandbox.run(["docker", "build"]).code(0).prints(&["built migratefirsttests"]);
    let (network, image) = (format!("{}_default", project.name), format!("{}:latest", project.name));
    let run =
        || docker(&["run", "--rm", "--network", &network, "--env", "DATABASE_URL=postgres://app:app@postgres/app", &image, "migrate"]);
    let results: Vec<Result<String, String>> = std::thread::scope(|threads| {
        let running: Vec<_> = (0..10).map(|_| threads.spawn(run)).collect();
        running.into_iter().map(|it| it.join().expect("it does not panic")).collect()
    });
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!(project.sql("select count(*), count(distinct name) from xtask.history where finished_at is not null"), "16|16");
}

#[test]
fn a_container_that_is_told_no_database_says_so() {
    if !possible() {
        return;
    }
    let project = Project::new(TWO);
    project.sandbox.run(["docker", "build"]).code(0);
    let said = docker(&["run", "--rm", &format!("{}:latest", project.name)]).expect_err("there is no database");
    for text in [
        "error[no-database]: nobody said which database: DATABASE_URL is not set",
        "  = no development server is started here: server.way is none (environment XTASK_DB_SERVER)",
        "  = hint: set DATABASE_URL=postgres://USER:PASSWORD@HOST:5432/DATABASE (in a container: `docker run --env DATABASE_URL=",
    ] {
        assert!(said.contains(text), "{said}");
    }
}

#[test]
fn a_port_that_is_taken() {
    if !possible() {
        return;
    }
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = format!("127.0.0.1:{}", taken.local_addr().expect("an address").port());
    let project = Project::new(TWO).env("POSTGRES_PORT", &port);
    project.sandbox.run(["docker", "up"]).code(3).says(&[
        "error[port-taken]: the database's port is taken on this machine",
        "  = the database was made but does not run; nothing was migrated\n",
        "  = hint: choose another one with `POSTGRES_PORT=127.0.0.1:5433`, or stop what listens there (`docker ps`, `ss -ltnp`)\n",
    ]);
    drop(taken);
    project.sandbox.run(["docker", "up"]).code(0);
}

#[test]
fn an_image_that_is_not_there() {
    if !possible() {
        return;
    }
    let project = Project::new(TWO).env("POSTGRES_IMAGE", "migrate-first-tests-nowhere:1");
    project
        .sandbox
        .run(["docker", "up"])
        .code(3)
        .says(&["error[image-missing]: an image is not on this machine and cannot be pulled", "POSTGRES_IMAGE"]);
    let project = Project::new(TWO);
    let built = project.sandbox.run(["docker", "build", "--builder", "migrate-first-tests-nowhere:1"]).code(3);
    built.says(&["error[image-missing]", "`--builder` and `--base` for the Dockerfile's"]);
}

#[test]
fn a_full_disk() {
    if !possible() {
        return;
    }
    let project = Project::new(TWO);
    let text = std::fs::read_to_string(project.sandbox.path("tests.yml")).expect("it is ours");
    let small = "data: { driver_opts: { type: tmpfs, device: tmpfs, o: \"size=1m\" }, ";
    project.sandbox.write("tests.yml", text.replace("data: { ", small));
    project.sandbox.run(["docker", "up"]).code(2).says(&["error[disk-full]: the disk is full", "docker system df"]);
}

#[test]
fn an_engine_that_is_not_there() {
    if !possible() {
        return;
    }
    let project = Project::new(TWO).env("DOCKER_HOST", "tcp://127.0.0.1:1");
    project
        .sandbox
        .run(["docker", "up"])
        .code(3)
        .says(&["error[docker-gone]: the Docker engine does not answer, or stopped in the middle"]);
    std::mem::forget(project);
}

#[test]
fn an_engine_that_stops_in_the_middle() {
    if !possible() || !std::path::Path::new("/var/run/docker.sock").exists() {
        return;
    }
    let project = Project::new(TWO);
    project.sandbox.run(["docker", "build"]).code(0);
    let engine = Forwarder::start("/start");
    let project = project.env("DOCKER_HOST", &format!("tcp://127.0.0.1:{}", engine.port));
    project.sandbox.run(["docker", "up"]).code(3).says(&["error[docker-gone]", "start Docker and run the same command again"]);
    let project = project.env("DOCKER_HOST", "unix:///var/run/docker.sock");
    project.sandbox.run(["docker", "up"]).code(0).says(&["the database has every migration"]);
}

/// Forwards to the engine until a request holds a word; from then on it is as if there were none.
struct Forwarder {
    port: u16,
}

impl Forwarder {
    fn start(word: &'static str) -> Forwarder {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let gone = Arc::new(AtomicBool::new(false));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if gone.load(Ordering::SeqCst) {
                    return;
                }
                let gone = Arc::clone(&gone);
                std::thread::spawn(move || forward(stream, word, &gone));
            }
        });
        Forwarder { port }
    }
}

fn forward(mut client: TcpStream, word: &str, gone: &AtomicBool) -> Option<()> {
    let mut engine = UnixStream::connect("/var/run/docker.sock").ok()?;
    let (mut back, mut to) = (engine.try_clone().ok()?, client.try_clone().ok()?);
    std::thread::spawn(move || std::io::copy(&mut back, &mut to));
    let mut buffer = [0; 8192];
    loop {
        let n = client.read(&mut buffer).ok().filter(|n| *n > 0)?;
        if String::from_utf8_lossy(&buffer[..n]).contains(word) {
            gone.store(true, Ordering::SeqCst);
        }
        if gone.load(Ordering::SeqCst) {
            return client.shutdown(std::net::Shutdown::Both).ok();
        }
        engine.write_all(&buffer[..n]).ok()?;
    }
}

#[test]
fn without_a_compose_file_it_says_so() {
    support::Sandbox::new().file("xtask.toml", "").run(["docker", "up"]).code(2).stderr(expect![[r#"
        error[no-compose-file]: there is no `docker-compose.yml` in `[folder]`
          = hint: run it in a repository that has one, or write it: see docs/database-migrations.md
    "#]]);
}
