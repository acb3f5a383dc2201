//! Addresses that lead nowhere: the right exit code, the cure, and never the password.

use super::sandbox;
use support::server::free_port;
use support::{Database, Proxy, each_server};

#[test]
fn what_cannot_be_reached_or_read() {
    each_server(|server| {
        let (port, nobody) = (server.port, free_port());
        let check = |url: &str, secret: &str, code: i32, says: &[&str]| {
            println!("{url}");
            let sandbox = sandbox(server).secret(secret);
            sandbox.run(["db", "migrate", "--database-url", url]).code(code).says(says);
            let sandbox = sandbox.env("DATABASE_URL", url);
            sandbox.run(["db", "status"]).code(code).says(says);
            sandbox.run(["db", "migrate", "--format", "json"]).code(code);
            sandbox.run(["doctor"]);
        };
        check(&format!("postgres://postgres:verkehrt@127.0.0.1:{port}/postgres"), "verkehrt", 3, &["28P01", "hint"]);
        check(&format!("postgres://postgres@127.0.0.1:{port}/postgres"), "verkehrt", 3, &["password", "hint"]);
        check(&format!("postgres://postgres:verkehrt@127.0.0.1:{nobody}/postgres"), "verkehrt", 3, &["cannot connect", "hint"]);
        check("postgres://postgres:verkehrt@no-such-host.invalid/postgres", "verkehrt", 3, &["no-such-host.invalid", "hint"]);
        check("postgres://postgres:verkehrt@127.0.0.1:54x2/postgres", "verkehrt", 2, &["port", "hint"]);
        check("postgres://postgres:verkehrt@127.0.0.1:99999/postgres", "verkehrt", 2, &["port", "hint"]);
        for sign in ["@", ":", "/", "#", "?", "%"] {
            let secret = format!("ver{sign}kehrt");
            check(&format!("postgres://postgres:{secret}@127.0.0.1:{port}/postgres"), &secret, 2, &["%", "hint"]);
        }
        check("mysql://root:verkehrt@127.0.0.1/x", "verkehrt", 2, &["hint"]);
        check("host=127.0.0.1 pasword=verkehrt", "verkehrt", 2, &["`password`"]);
        check("host=127.0.0.1 password='verkehrt", "verkehrt", 2, &["hint"]);
    });
}

#[test]
fn a_database_that_is_not_there() {
    each_server(|server| {
        sandbox(server).at(&server.url("nowhere")).migrate().code(3).says(&["3D000", "nowhere", "hint"]);
    });
}

/// A host that takes the connection and then says nothing.
#[test]
fn a_host_that_is_silent() {
    each_server(|server| {
        let (database, proxy) = (Database::new(server), Proxy::new(server.port));
        proxy.hold_after(1);
        let mut url = database.url();
        url.set("port", proxy.port().to_string()).expect("a known keyword");
        url.set("connect_timeout", "2").expect("a known keyword");
        sandbox(server).at(&url).migrate().code(3).says(&["cannot connect", "hint"]);
    });
}
