//! Every way to say where the database is, and what is said when it cannot be reached.

mod refused;
mod tls;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use support::server::{LocalServer, free_port, installed};
use support::{Database, Sandbox, Server, each_server, say};

const TABLE: &str = "CREATE TABLE t (n int);";

/// A repository with one migration and no address.
fn sandbox(server: &Server) -> Sandbox {
    Sandbox::new().secret(&server.password).migration("0001_t.sql", TABLE)
}

fn assert_migrated(database: &Database) {
    assert_eq!(database.sql("SELECT count(*) FROM xtask.history"), "1");
}

/// A server of its own with a Unix socket, from the newest binaries here.
fn local_server(what: &str) -> Option<LocalServer> {
    let binaries = installed().first();
    if binaries.is_none() {
        say(&format!("NOT RUN: {what}, because there are no binaries of PostgreSQL here"));
    }
    binaries.map(LocalServer::start)
}

#[test]
fn by_flag_url_pairs_and_variables() {
    each_server(|server| {
        let (port, password) = (server.port.to_string(), &server.password);
        let check = |prepare: &dyn Fn(Sandbox, &str) -> Sandbox, flag: Option<&dyn Fn(&str) -> String>| {
            let database = Database::new(server);
            let sandbox = prepare(sandbox(server), &database.name);
            let mut arguments = vec!["db".to_owned(), "migrate".to_owned()];
            arguments.extend(flag.into_iter().flat_map(|flag| ["--database-url".to_owned(), flag(&database.name)]));
            sandbox.run(arguments).code(0);
            assert_migrated(&database);
        };
        let as_is = |sandbox: Sandbox, _: &str| sandbox;
        let pairs = |name: &str| format!("host=127.0.0.1 port={port} user=postgres password='{password}' dbname={name}");
        check(&as_is, Some(&|name| server.url(name).reveal()));
        check(&as_is, Some(&pairs));
        check(&|sandbox, name| sandbox.env("DATABASE_URL", &pairs(name)), None);
        check(&|sandbox, name| sandbox.file(".env", format!("DATABASE_URL=\"{}\"\n", pairs(name))), None);
        check(&|sandbox, name| variables(sandbox, &port, name).env("PGPASSWORD", password), None);
        let several = |name: &str| {
            let (_, at) =
                server.url(name).reveal().rsplit_once('@').map(|(user, host)| (user.to_owned(), host.to_owned())).expect("a user");
            server.url(name).reveal().replace(&format!("@{at}"), &format!("@127.0.0.1:{},{at}", free_port()))
        };
        check(&as_is, Some(&several));
    });
}

fn variables(sandbox: Sandbox, port: &str, name: &str) -> Sandbox {
    sandbox.env("PGHOST", "127.0.0.1").env("PGPORT", port).env("PGUSER", "postgres").env("PGDATABASE", name)
}

#[test]
fn password_from_the_password_file() {
    each_server(|server| {
        let database = Database::new(server);
        let port = server.port.to_string();
        let password = server.password.replace('\\', "\\\\").replace(':', "\\:");
        let line = format!("# all of this server\n127.0.0.1:{port}:*:postgres:{password}\n");
        let sandbox = variables(sandbox(server), &port, &database.name).file(".pgpass", line);
        let path = sandbox.path(".pgpass");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("it is ours");
        sandbox.migrate().code(3).says(&["password"]);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("it is ours");
        sandbox.migrate().code(0);
        assert_migrated(&database);
    });
}

#[test]
fn by_a_unix_socket() {
    let Some(server) = local_server("a Unix socket") else { return };
    let (folder, port) = (server.folder(), server.port.to_string());
    let mut url = server.url("postgres");
    url.set("host", folder.display().to_string()).expect("a known keyword");
    let sandbox = sandbox(&server);
    sandbox.run(["db", "migrate", "--database-url", &url.reveal()]).code(0).says(&["applied 1"]);
    let pairs = format!("host={} port={port} user=postgres password='{}' dbname=postgres", folder.display(), server.password);
    sandbox.run(["db", "migrate", "--database-url", &pairs]).code(0).says(&["nothing to do"]);
}

#[test]
fn a_server_that_is_starting_is_waited_for() {
    let Some(server) = local_server("waiting for a server that starts") else { return };
    server.stop();
    let sandbox = sandbox(&server).at(&server.url("postgres"));
    let running = sandbox.spawn(["db", "migrate", "--wait", "60s"]);
    server.start_again();
    running.wait().code(0);
}
