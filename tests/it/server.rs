//! The development server on real engines and real binaries: each test is a repository of its own and leaves nothing.
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use migrate_first::server::{self, Archive, NoServer, Running, Settings, Way};

const IMAGE: &str = "postgres:18-alpine";
const NO_IMAGE: &str = "migrate-first.invalid/no-such-image:0";

/// A folder that plays a repository; its server goes away with it.
struct Repository {
    folder: PathBuf,
    settings: Settings,
    said: Vec<String>,
}

impl Repository {
    fn new(way: Way) -> Repository {
        Repository::below(&std::env::temp_dir(), way)
    }

    fn below(parent: &Path, way: Way) -> Repository {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = parent.join(format!("migrate-first-test-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).expect("a writable folder for tests");
        let settings = Settings {
            root: folder.clone(),
            way,
            image: IMAGE.into(),
            pull_timeout: Duration::from_secs(60),
            download_url: None,
            archive: None,
            cache: Some(folder.join("cache")),
            database: "it's a \"shop\"".into(),
        };
        Repository { folder, settings, said: Vec::new() }
    }

    fn start(&mut self) -> Running {
        self.try_start().expect("a server")
    }

    fn try_start(&mut self) -> anyhow::Result<Running> {
        server::start(&self.settings, &mut |line| self.said.push(line.to_owned()))
    }

    fn find(&self) -> Option<Running> {
        server::find(&self.settings).expect("a readable repository")
    }

    fn stop(&mut self) -> bool {
        server::stop(&self.settings, &mut |line| self.said.push(line.to_owned())).expect("it stops")
    }

    /// Runs SQL in the database that the URL names.
    fn sql(&self, sql: &str) -> String {
        let mut psql = server::shell_command(&self.settings).expect("a repository").expect("a running server");
        output(psql.args(["--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--command", sql]))
    }

    fn state(&self) -> PathBuf {
        self.folder.join("target/xtask/server.json")
    }

    fn container(&self) -> String {
        output(Command::new("docker").args(["ps", "--all", "--filter"]).arg(self.label()).args(["--format", "{{.Names}}"]))
    }

    fn label(&self) -> String {
        format!("label=migrate-first.path={}", self.folder.canonicalize().expect("it is there").display())
    }
}

impl Drop for Repository {
    fn drop(&mut self) {
        if let Err(error) = server::remove_data(&self.settings, &mut |_| ()) {
            eprintln!("left behind: {error:#}");
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn output(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().expect("the program runs");
    assert!(status.success(), "{command:?}: {}", String::from_utf8_lossy(&stderr));
    String::from_utf8_lossy(&stdout).trim().to_owned()
}

fn port(running: &Running) -> u16 {
    let (_, rest) = running.url.split_once("127.0.0.1:").expect("a loopback address");
    rest.split('/').next().and_then(|it| it.parse().ok()).expect("a port")
}

/// Whether the way can be used here; says so where it cannot.
fn usable(way: Way) -> bool {
    let repository = Repository::new(way);
    let report = server::survey(&repository.settings).into_iter().find(|it| it.way == way).expect("every way is surveyed");
    let usable = report.usable && !report.why.contains("would be pulled");
    if !usable {
        eprintln!("left out, because {way} cannot be used here: {}", report.why);
    }
    usable
}

fn docker() -> Option<Repository> {
    usable(Way::Docker).then(|| Repository::new(Way::Docker))
}

fn local() -> Option<Repository> {
    usable(Way::Local).then(|| Repository::new(Way::Local))
}

/// Takes a port as another program would.
fn squat(port: u16) -> TcpListener {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("the port of a stopped server is free")
}

fn fill(repository: &Repository) {
    repository.sql("CREATE TABLE kept (n int); INSERT INTO kept VALUES (42)");
}

fn is_kept(repository: &Repository) -> bool {
    repository.sql("SELECT n FROM kept") == "42"
}

#[test]
fn a_container_is_started_found_and_found_again_without_its_state() {
    let Some(mut repository) = docker() else { return };
    let first = repository.start();
    assert!(first.started && first.way == Way::Docker);
    assert!(first.why.contains(IMAGE) && first.why.contains(&repository.container()), "{}", first.why);
    fill(&repository);

    let begun = Instant::now();
    let second = repository.start();
    assert!(begun.elapsed() < Duration::from_millis(250), "the fast path took {:?}", begun.elapsed());
    assert!(!second.started && second.url == first.url);

    for damage in ["", "{", "{\"port\": 1}"] {
        fs::write(repository.state(), damage).expect("the state can be written");
        assert_eq!(repository.find().expect("it runs").url, first.url);
    }
    fs::remove_file(repository.state()).expect("the state is there");
    let third = repository.start();
    assert!(!third.started && third.url == first.url && is_kept(&repository));
}

#[test]
fn a_stopped_container_comes_back_with_its_data_and_its_port() {
    let Some(mut repository) = docker() else { return };
    let first = repository.start();
    fill(&repository);
    assert!(repository.stop() && !repository.stop());
    assert!(repository.find().is_none());
    let second = repository.start();
    assert!(second.started && second.url == first.url && is_kept(&repository));
}

#[test]
fn a_container_moves_when_its_port_was_taken() {
    let Some(mut repository) = docker() else { return };
    let first = repository.start();
    fill(&repository);
    repository.stop();
    let _other = squat(port(&first));
    let second = repository.start();
    assert_ne!(port(&first), port(&second));
    assert!(is_kept(&repository));
}

#[test]
fn data_outlive_a_container_that_was_removed() {
    let Some(mut repository) = docker() else { return };
    repository.start();
    fill(&repository);
    output(Command::new("docker").args(["rm", "--force", &repository.container()]));
    fs::remove_file(repository.state()).expect("the state is there");
    assert!(repository.find().is_none());
    assert!(repository.start().started && is_kept(&repository));
}

#[test]
fn removing_data_removes_container_and_volume() {
    let Some(mut repository) = docker() else { return };
    repository.start();
    fill(&repository);
    let volumes = || output(Command::new("docker").args(["volume", "ls", "--quiet", "--filter", "label=migrate-first.root"]));
    let name = repository.container();
    assert!(volumes().contains(&name));
    assert!(server::remove_data(&repository.settings, &mut |_| ()).expect("it is removed"));
    assert!(!volumes().contains(&name) && repository.container().is_empty());
    assert!(!server::remove_data(&repository.settings, &mut |_| ()).expect("nothing is left"));
}

#[test]
fn an_image_that_cannot_be_had_is_an_error_or_passed_over() {
    if !usable(Way::Docker) || !usable(Way::Local) {
        return;
    }
    let mut repository = Repository::new(Way::Docker);
    repository.settings.image = NO_IMAGE.into();
    let error = repository.try_start().expect_err("there is no such image");
    let no_server = error.downcast_ref::<NoServer>().expect("the type that means exit code 3");
    assert!(no_server.to_string().contains(NO_IMAGE), "{no_server}");
    assert!(no_server.to_string().contains("hint: "), "{no_server}");

    repository.settings.way = Way::Auto;
    let running = repository.start();
    assert_eq!(running.way, Way::Local);
    assert!(running.why.contains("docker passed over") && running.why.contains(NO_IMAGE), "{}", running.why);
    assert_eq!(repository.said.iter().filter(|it| it.starts_with("docker passed over")).count(), 1, "{:?}", repository.said);
}

#[test]
fn another_way_stops_the_server_of_the_way_before() {
    if !usable(Way::Docker) || !usable(Way::Local) {
        return;
    }
    let mut repository = Repository::new(Way::Local);
    repository.start();
    fill(&repository);
    repository.settings.way = Way::Docker;
    assert!(repository.find().is_none());
    assert_eq!(repository.start().way, Way::Docker);
    repository.settings.way = Way::Local;
    assert!(repository.start().started && is_kept(&repository));
    assert_eq!(output(Command::new("docker").args(["ps", "--quiet", "--filter"]).arg(repository.label())), "");
}

#[test]
fn two_commands_at_once_start_one_server() {
    let Some(repository) = local() else { return };
    let settings = &repository.settings;
    let both: Vec<Running> = std::thread::scope(|scope| {
        let start = || server::start(settings, &mut |_| ()).expect("a server");
        let threads = [scope.spawn(start), scope.spawn(start)];
        threads.map(|it| it.join().expect("it ends")).to_vec()
    });
    assert_eq!(both[0].url, both[1].url);
    assert_eq!(both.iter().filter(|it| it.started).count(), 1);
}

#[test]
fn a_local_server_is_started_found_stopped_and_started_again() {
    let Some(mut repository) = local() else { return };
    let first = repository.start();
    assert!(first.started && first.way == Way::Local, "{}", first.why);
    fill(&repository);
    assert!(!repository.start().started);
    fs::remove_file(repository.state()).expect("the state is there");
    assert_eq!(repository.find().expect("it runs").url, first.url);
    assert!(repository.stop() && !repository.stop());
    assert!(repository.find().is_none());
    let second = repository.start();
    assert!(second.started && second.url == first.url && is_kept(&repository));
    assert!(!first.why.contains(password(&first)));
}

fn password(running: &Running) -> &str {
    running.url.split(['@', ':']).nth(2).expect("a password")
}

#[test]
fn a_local_server_moves_when_its_port_was_taken() {
    let Some(mut repository) = local() else { return };
    let first = repository.start();
    fill(&repository);
    repository.stop();
    let _other = squat(port(&first));
    assert!(repository.find().is_none());
    let second = repository.start();
    assert_ne!(port(&first), port(&second));
    assert!(is_kept(&repository));
}

#[test]
fn files_of_a_server_that_is_gone_do_not_stop_a_new_one() {
    let Some(mut repository) = local() else { return };
    let first = repository.start();
    fill(&repository);
    let data = fs::read_dir(repository.folder.join("target/xtask/local")).expect("a home").flatten();
    let pid_file = data.map(|it| it.path().join("postmaster.pid")).find(|it| it.is_file()).expect("it runs");
    let text = fs::read_to_string(&pid_file).expect("it is readable");
    repository.stop();
    // As after a power cut: the file is there, and its number belongs to another program of another kind.
    let lines: Vec<&str> = text.lines().skip(1).collect();
    fs::write(&pid_file, format!("{}\n{}\n", std::process::id(), lines.join("\n"))).expect("it is writable");
    assert!(repository.find().is_none());
    assert_eq!(repository.start().url, first.url);
    assert!(is_kept(&repository));
}

#[test]
fn only_the_password_opens_a_local_server() {
    let Some(mut repository) = local() else { return };
    let running = repository.start();
    let Some(psql) = server::find_psql() else { return };
    let knock = |password: &str| {
        let mut command = Command::new(&psql);
        command.args(["--host", "127.0.0.1", "--port", &port(&running).to_string(), "--username", "postgres", "--no-password"]);
        command.args(["--dbname", "postgres", "--command", "SELECT 1"]).env("PGPASSWORD", password);
        command.output().expect("psql runs").status.success()
    };
    assert!(knock(password(&running)));
    assert!(!knock("wrong"));
}

/// Only root has folders that the server's user cannot enter.
#[test]
fn a_repository_that_the_servers_user_cannot_enter_has_its_data_elsewhere() {
    if !usable(Way::Local) || output(Command::new("id").arg("-u")) != "0" {
        return;
    }
    let closed = std::env::temp_dir().join(format!("migrate-first-closed-{}", std::process::id()));
    fs::create_dir_all(&closed).expect("a writable folder for tests");
    output(Command::new("chmod").arg("700").arg(&closed));
    let mut repository = Repository::below(&closed, Way::Local);
    let first = repository.start();
    assert!(repository.said.iter().any(|it| it.contains("cannot enter") && it.contains("/var/lib/")), "{:?}", repository.said);
    fill(&repository);
    repository.stop();
    fs::remove_file(repository.state()).expect("the state is there");
    assert!(repository.start().url == first.url && is_kept(&repository));
    drop(repository);
    fs::remove_dir(&closed).expect("nothing is left");
}

/// One `sudo` must not take a user's data away.
#[test]
fn root_runs_a_users_server_as_this_user() {
    if !usable(Way::Local) || output(Command::new("id").arg("-u")) != "0" {
        return;
    }
    let mut repository = Repository::new(Way::Local);
    let home = repository.folder.join("target/xtask/local");
    fs::create_dir_all(&home).expect("a writable folder for tests");
    output(Command::new("chown").arg("nobody").arg(&home));
    let running = repository.start();
    assert!(running.why.contains("as user nobody"), "{}", running.why);
    assert!(repository.stop());
}

/// Serves one folder over HTTP for as long as the test runs.
fn mirror(folder: PathBuf) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = [0; 4096];
            let n = stream.read(&mut request).unwrap_or(0);
            let request = String::from_utf8_lossy(&request[..n]).into_owned();
            let path = request.split(' ').nth(1).unwrap_or("/").trim_start_matches('/');
            let body = fs::read(folder.join(path)).unwrap_or_default();
            let _ = write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            let _ = stream.write_all(&body);
        }
    });
    format!("http://{address}/")
}

/// A repository whose mirror holds this machine's own binaries, packed as a release is.
fn with_mirror() -> Option<Repository> {
    let bin = server::binaries().into_iter().next().filter(|_| usable(Way::Local))?;
    let mut repository = Repository::new(Way::Download);
    let (mirror, top) = (repository.folder.join("mirror/1.0"), repository.folder.join("postgresql-1.0-here/bin"));
    fs::create_dir_all(&mirror).and_then(|()| fs::create_dir_all(&top)).expect("writable folders");
    for program in ["initdb", "pg_ctl", "postgres", "psql"] {
        symlink(bin.join(program), top.join(program)).expect("a link");
    }
    let file = mirror.join("postgresql.tar.gz");
    output(Command::new("tar").arg("-czf").arg(&file).arg("-C").arg(&repository.folder).arg("postgresql-1.0-here"));
    let sha256 = ["sha256sum", "shasum -a 256"].iter().find_map(|it| sum(it, &file)).expect("a program that hashes");
    repository.settings.archive = Some(Archive { version: "1.0".into(), file: "postgresql.tar.gz".into(), sha256 });
    repository.settings.download_url = Some(format!("file://{}", repository.folder.join("mirror").display()));
    Some(repository)
}

fn sum(program: &str, file: &Path) -> Option<String> {
    let mut words = program.split(' ');
    let output = Command::new(words.next()?).args(words).arg(file).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).split(' ').next()?.to_owned())
}

fn cached(repository: &Repository) -> Vec<String> {
    let entries = fs::read_dir(repository.folder.join("cache")).into_iter().flatten().flatten();
    entries.map(|it| it.file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn binaries_are_downloaded_once() {
    let Some(mut repository) = with_mirror() else { return };
    let first = repository.start();
    assert!(first.started && first.why.contains("downloaded"), "{}", first.why);
    fill(&repository);
    repository.stop();
    fs::remove_dir_all(repository.folder.join("mirror")).expect("the mirror is there");
    assert!(repository.start().started && is_kept(&repository));
    assert_eq!(cached(&repository).len(), 1, "{:?}", cached(&repository));
    assert_eq!(repository.said.iter().filter(|it| it.starts_with("downloading")).count(), 1, "{:?}", repository.said);
}

#[test]
fn an_archive_that_was_tampered_with_is_refused() {
    let Some(mut repository) = with_mirror() else { return };
    repository.settings.download_url = Some(mirror(repository.folder.join("mirror")));
    let archive = repository.folder.join("mirror/1.0/postgresql.tar.gz");
    let whole = fs::read(&archive).expect("the archive is there");
    fs::write(&archive, [&whole[..], b"!"].concat()).expect("it is writable");
    let error = repository.try_start().expect_err("the checksum is wrong").to_string();
    let expected = repository.settings.archive.clone().expect("it is set").sha256;
    assert!(error.contains("wrong checksum") && error.contains("postgresql.tar.gz") && error.contains(&expected), "{error}");
    assert!(error.contains(&sum("sha256sum", &archive).unwrap_or_default()), "{error}");
    assert!(cached(&repository).is_empty());

    fs::write(&archive, whole).expect("it is writable");
    assert!(repository.start().started);
}

#[test]
fn a_mirror_that_is_not_there_is_named() {
    let mut repository = Repository::new(Way::Download);
    repository.settings.download_url = Some("file:///no/such/mirror".into());
    let error = repository.try_start().expect_err("there is no mirror");
    assert!(error.downcast_ref::<NoServer>().is_some());
    assert!(error.to_string().contains("file:///no/such/mirror"), "{error}");
    assert!(cached(&repository).is_empty());
}
