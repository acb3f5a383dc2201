//! Knows what is remembered of a server between two commands: a cache that may be wrong or missing, never the truth.
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::Way;
use super::site::{Site, to_hex};

/// The superuser of every development server.
pub(super) const USER: &str = "postgres";

/// A server that is, or was, running.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Server {
    pub(super) way: Way,
    pub(super) port: u16,
    pub(super) password: String,
    /// The salt of the superuser's password: by it the next command recognises the server.
    pub(super) salt: String,
    /// The database that is known to exist.
    pub(super) database: String,
    /// Which way was taken and why, in one line.
    pub(super) why: String,
    pub(super) source: Source,
}

/// What runs a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Container { name: String, image: String },
    Folder { bin: PathBuf, data: PathBuf },
}

/// What the last command remembered; None where that is missing or unreadable.
pub(super) fn load(site: &Site) -> Option<Server> {
    parse(&fs::read_to_string(file(site)).ok()?)
}

/// Written aside and renamed, so that a reader never sees half of it.
pub(super) fn save(site: &Site, server: &Server) -> Result<()> {
    let path = file(site);
    write_private(&path, &render(server)).with_context(|| format!("failed to write `{}`; make its folder writable", path.display()))
}

pub(super) fn forget(site: &Site) {
    // Gone already is as good.
    let _ = fs::remove_file(file(site));
}

fn file(site: &Site) -> PathBuf {
    site.folder().join("server.json")
}

/// Writes a file that only its owner can read.
pub(super) fn write_private(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let aside = path.with_extension(format!("{}.new", std::process::id()));
    let mut file = File::options().write(true).create(true).truncate(true).mode(0o600).open(&aside)?;
    file.set_permissions(fs::Permissions::from_mode(0o600))?;
    file.write_all(text.as_bytes())?;
    Ok(fs::rename(&aside, path)?)
}

/// A password that nobody has to type: 32 hexadecimal digits, which need no quoting anywhere.
pub(super) fn new_password() -> Result<String> {
    let mut bytes = [0; 16];
    File::open("/dev/urandom").and_then(|mut it| it.read_exact(&mut bytes)).context("failed to read `/dev/urandom`")?;
    Ok(to_hex(&bytes))
}

impl Server {
    /// The URL of `database` on this server.
    pub(super) fn url(&self, database: &str) -> String {
        format!("postgres://{USER}:{}@127.0.0.1:{}/{}", percent_encoded(&self.password), self.port, percent_encoded(database))
    }
}

fn render(server: &Server) -> String {
    let source = match &server.source {
        Source::Container { name, image } => json!({ "container": name, "image": image }),
        Source::Folder { bin, data } => json!({ "bin": bin, "data": data }),
    };
    let value = json!({
        "way": server.way.to_string(),
        "port": server.port,
        "password": server.password,
        "salt": server.salt,
        "database": server.database,
        "why": server.why,
        "source": source,
    });
    format!("{value:#}\n")
}

fn parse(text: &str) -> Option<Server> {
    let value: Value = serde_json::from_str(text).ok()?;
    let text = |key: &str| Some(value.get(key)?.as_str()?.to_owned());
    let of_source = |key: &str| Some(value.get("source")?.get(key)?.as_str()?.to_owned());
    let container = || Some(Source::Container { name: of_source("container")?, image: of_source("image")? });
    let folder = || Some(Source::Folder { bin: of_source("bin")?.into(), data: of_source("data")?.into() });
    Some(Server {
        way: text("way")?.parse().ok()?,
        port: value.get("port")?.as_u64()?.try_into().ok()?,
        password: text("password")?,
        salt: text("salt")?,
        database: text("database")?,
        why: text("why")?,
        source: container().or_else(folder)?,
    })
}

fn percent_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(source: Source) -> Server {
        Server {
            way: Way::Docker,
            port: 40_123,
            password: "0123abcd".into(),
            salt: "c2FsdA==".into(),
            database: "shop".into(),
            why: "PostgreSQL 18 in Docker".into(),
            source,
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let container = server(Source::Container { name: "migrate-first-shop".into(), image: "postgres:18".into() });
        let folder = server(Source::Folder { bin: "/usr/bin".into(), data: "/data/18".into() });
        for server in [container, folder] {
            assert!(parse(&render(&server)).is_some_and(|read| read == server));
        }
    }

    #[test]
    fn a_damaged_state_counts_as_missing() {
        let whole = render(&server(Source::Folder { bin: "/b".into(), data: "/d".into() }));
        for text in ["", "{}", "[1]", &whole[..40], &whole.replace("40123", "99999"), &whole.replace("docker", "moon")] {
            assert!(parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_url_is_percent_encoded() {
        let server = server(Source::Folder { bin: "/b".into(), data: "/d".into() });
        assert_eq!(server.url("a b/ü"), "postgres://postgres:0123abcd@127.0.0.1:40123/a%20b%2F%C3%BC");
    }

    #[test]
    fn two_passwords_differ() {
        let (one, two) = (new_password().expect("random"), new_password().expect("random"));
        assert!(one.len() == 32 && one != two);
    }
}
