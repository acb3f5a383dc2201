//! TLS as libpq's `sslmode` has it, with a certificate made here.

use super::{local_server, sandbox};
use std::path::{Path, PathBuf};
use std::process::Command;
use support::account;
use support::program::try_output;
use support::say;
use support::server::{LocalServer, installed};

/// Makes a certificate for `localhost` in the server's folder, beside one that has nothing to do with it.
fn certificates(server: &LocalServer) -> Option<[PathBuf; 2]> {
    let certificate = |name: &str, subject: &str| -> Result<PathBuf, String> {
        let (key, path) = (server.folder().join(format!("{name}.key")), server.folder().join(format!("{name}.crt")));
        let mut openssl = Command::new("openssl");
        openssl.args(["req", "-new", "-x509", "-days", "2", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]);
        openssl.args(["-subj", &format!("/CN={subject}"), "-addext", &format!("subjectAltName=DNS:{subject}")]);
        try_output(openssl.arg("-keyout").arg(&key).arg("-out").arg(&path))?;
        account::give(&key, server.account());
        account::give(&path, server.account());
        Ok(path)
    };
    let both = certificate("server", "localhost").and_then(|server| Ok([server, certificate("other", "other.invalid")?]));
    both.map_err(|why| say(&format!("NOT RUN: TLS, because openssl made no certificate: {why}"))).ok()
}

/// A server that takes connections by TLS only, and the two certificates; from the first binaries that were built with TLS.
fn server_with_tls() -> Option<(LocalServer, [PathBuf; 2])> {
    for binaries in installed() {
        let server = LocalServer::start(binaries);
        let certificates = certificates(&server)?;
        match with_tls(&server, &certificates[0]) {
            Ok(()) => return Some((server, certificates)),
            Err(_) => say(&format!("no TLS on {}: its binaries were built without", server.origin)),
        }
    }
    say("NOT RUN: TLS, because there are no binaries of PostgreSQL here that were built with it");
    None
}

fn with_tls(server: &LocalServer, certificate: &Path) -> Result<(), String> {
    let key = certificate.with_extension("key");
    let lines = format!("ssl = on\nssl_cert_file = '{}'\nssl_key_file = '{}'\n", certificate.display(), key.display());
    server.configure("postgresql.conf", &lines);
    // Nobody comes in without TLS but the test itself, which stands still meanwhile.
    server.replace(
        "pg_hba.conf",
        "local all all scram-sha-256\nhostssl all all 127.0.0.1/32 scram-sha-256\nhostssl all all ::1/128 scram-sha-256\n",
    );
    server.try_restart()
}

#[test]
fn as_much_is_checked_as_is_asked_for() {
    let Some((server, [right, wrong])) = server_with_tls() else { return };
    let check = |host: &str, mode: &str, root: Option<&Path>, code: i32| {
        println!("{host} {mode} {root:?}");
        let mut url = server.url("postgres");
        url.set("host", host).expect("a known keyword");
        url.set("sslmode", mode).expect("a known keyword");
        if let Some(root) = root {
            url.set("sslrootcert", root.display().to_string()).expect("a known keyword");
        }
        let outcome = sandbox(&server).at(&url).migrate().code(code);
        if code != 0 {
            outcome.says(&["cannot connect", "hint"]);
        }
    };
    check("localhost", "disable", None, 3);
    check("localhost", "prefer", None, 0);
    check("localhost", "require", None, 0);
    check("localhost", "require", Some(&wrong), 3);
    check("localhost", "verify-ca", Some(&right), 0);
    check("localhost", "verify-ca", Some(&wrong), 3);
    check("localhost", "verify-full", Some(&right), 0);
    check("localhost", "verify-full", Some(&wrong), 3);
    // The certificate is for the name, not for the number.
    check("127.0.0.1", "verify-ca", Some(&right), 0);
    check("127.0.0.1", "verify-full", Some(&right), 3);
    check("localhost", "verify-full", Some(Path::new("/no/such/file")), 2);
    check("localhost", "maybe", None, 2);
}

#[test]
fn a_server_without_tls_is_refused_where_it_is_required() {
    let Some(server) = local_server("a server without TLS") else { return };
    let with_mode = |mode: &str| {
        let mut url = server.url("postgres");
        url.set("sslmode", mode).expect("a known keyword");
        sandbox(&server).at(&url).migrate()
    };
    with_mode("require").code(3).says(&["TLS", "hint"]);
    with_mode("prefer").code(0);
}
