//! Knows the ways to a server: their order, their names, and how to say that none of them led to one.
use std::fmt;
use std::str::FromStr;

use anyhow::{Context as _, Result, bail};

use super::site::Site;
use super::state::{Server, Source};
use super::{Settings, binaries, cluster, docker, download, engine, local};

/// How to get a development server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The first of the others that works.
    Auto,
    /// A container.
    Docker,
    /// PostgreSQL's binaries on this machine.
    Local,
    /// PostgreSQL's binaries, downloaded once.
    Download,
    /// None at all: here, whoever wants a database names it.
    None,
}

/// Why one way can or cannot be used.
#[derive(Clone, Debug)]
pub struct WayReport {
    /// The way.
    pub way: Way,
    /// Whether a server could be started this way.
    pub usable: bool,
    /// Why, or why not, in one line.
    pub why: String,
}

/// No way led to a server: every way that was tried, with its cause.
#[derive(Clone, Debug)]
pub struct NoServer {
    /// The ways in the order in which they were tried, and why each failed.
    pub tried: Vec<(Way, String)>,
}

impl Way {
    /// The ways that lead to a server, best first.
    pub const EACH: [Way; 3] = [Way::Docker, Way::Local, Way::Download];
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Way::Auto => "auto",
            Way::Docker => "docker",
            Way::Local => "local",
            Way::Download => "download",
            Way::None => "none",
        })
    }
}

impl FromStr for Way {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Way> {
        let way = [Way::Auto, Way::None].into_iter().chain(Way::EACH).find(|it| it.to_string() == text);
        way.with_context(|| format!("`{text}` is no way to get a server; use auto, docker, local, download or none"))
    }
}

impl NoServer {
    pub(super) fn new(failed: Vec<(Way, anyhow::Error)>) -> NoServer {
        NoServer { tried: failed.into_iter().map(|(way, error)| (way, format!("{error:#}"))).collect() }
    }
}

impl fmt::Display for NoServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no development server could be started")?;
        for (way, why) in &self.tried {
            write!(f, "\n  {way}: {}", why.replace('\n', "\n    "))?;
        }
        f.write_str("\nhint: start Docker, install PostgreSQL, or name a database with `--database-url` or DATABASE_URL")
    }
}

impl std::error::Error for NoServer {}

/// The ways to try.
pub(super) fn order(way: Way) -> Vec<Way> {
    match way {
        Way::Auto => Way::EACH.to_vec(),
        Way::None => Vec::new(),
        way => vec![way],
    }
}

/// Whether a server is one that these settings ask for.
pub(super) fn fits(server: &Server, settings: &Settings) -> bool {
    let image = match &server.source {
        Source::Container { image, .. } => *image == settings.image,
        Source::Folder { .. } => true,
    };
    image && (settings.way == Way::Auto || settings.way == server.way)
}

pub(super) fn find(site: &Site, settings: &Settings, way: Way) -> Option<Server> {
    match way {
        Way::Docker => docker::running(site, settings),
        _ => local::running(site, settings),
    }
}

pub(super) fn start(site: &Site, settings: &Settings, way: Way, say: &mut dyn FnMut(&str)) -> Result<Server> {
    match way {
        Way::Docker => docker::start(site, settings, say),
        Way::Local => local::start(site, say),
        Way::Download => local::start_downloaded(site, settings, say),
        Way::Auto | Way::None => bail!("`{way}` is no way that leads to a server"),
    }
}

/// Why a way could be used; the error: why not.
pub(super) fn survey(site: &Site, settings: &Settings, way: Way) -> Result<String> {
    match way {
        Way::Docker => {
            let version = engine::answers(site)?;
            let state = if engine::image(site, &settings.image).is_some() { "is here" } else { "would be pulled" };
            Ok(format!("Docker {version} answers; the image {} {state}", settings.image))
        }
        Way::Download => download::survey(site, settings),
        Way::Local | Way::Auto | Way::None => {
            let account = cluster::account(site)?;
            let found = local::usable(&binaries::folders(), account.as_ref())?;
            let found: Vec<String> = found.iter().map(|it| format!("PostgreSQL {} in `{}`", it.major, it.bin.display())).collect();
            Ok(found.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_is_read_as_it_is_written() {
        for way in [Way::Auto, Way::Docker, Way::Local, Way::Download, Way::None] {
            assert_eq!(way.to_string().parse::<Way>().expect("its own name"), way);
        }
        let error = "podman".parse::<Way>().expect_err("it is no way").to_string();
        assert!(error.contains("docker, local, download or none"), "{error}");
    }

    #[test]
    fn no_server_names_every_way_and_a_cure() {
        let failed = vec![(Way::Docker, anyhow::anyhow!("one\ntwo")), (Way::Local, anyhow::anyhow!("three"))];
        let text = NoServer::new(failed).to_string();
        assert_eq!(
            text,
            "no development server could be started\n  docker: one\n    two\n  local: three\n\
             hint: start Docker, install PostgreSQL, or name a database with `--database-url` or DATABASE_URL"
        );
    }
}
