//! Knows the Docker engine: whether it answers, where it runs, which images it has, and which Compose there is.
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use serde_json::Value;
use xshell::{Shell, cmd};

use super::process;
use super::site::Site;

/// How long an engine may take to answer at all: one that hangs must not hang every command.
pub(super) const ANSWER: Duration = Duration::from_secs(6);

/// How often somebody who waits for an image is told that it goes on.
const BEAT: Duration = Duration::from_secs(10);

/// What of an image matters here.
pub(super) struct Image {
    /// Where its data are, as a folder that a volume can take over with the right owner.
    pub(super) data: String,
}

/// Compose, as Docker's own sub-command or as the older program of its own; None where neither is there.
#[must_use]
pub fn compose(shell: &Shell) -> Option<Vec<String>> {
    let ways: [&[&str]; 2] = [&["docker", "compose"], &["docker-compose"]];
    ways.into_iter()
        .find(|way| process::run(shell.cmd(way[0]).args(&way[1..]).arg("version"), process::SHORT).is_ok())
        .map(|way| way.iter().map(ToString::to_string).collect())
}

/// The version of the engine, where it answers and its ports are ports of this machine.
pub(super) fn answers(site: &Site) -> Result<String> {
    let format = "{{.Server.Version}}";
    let version = process::run(cmd!(site.shell, "docker version --format {format}"), ANSWER).map_err(|error| match error.to_string() {
        text if text.ends_with("is not installed") => error,
        text if text.contains("permission denied") => anyhow!("this user may not use the Docker engine; add it to the group `docker`"),
        text => anyhow!("the Docker engine does not answer: {}", cause(&text)),
    })?;
    let format = "{{.Endpoints.docker.Host}}";
    // Other engines' `docker` know no contexts; those run on this machine.
    let host = process::run(cmd!(site.shell, "docker context inspect --format {format}"), ANSWER).unwrap_or_default();
    if is_remote(&host) {
        bail!("the Docker engine runs on another machine ({host}), where 127.0.0.1 is not this machine");
    }
    Ok(version)
}

/// The image, where the engine has it.
pub(super) fn image(site: &Site, image: &str) -> Option<Image> {
    let format = "{{json .Config}}";
    let config = process::run(cmd!(site.shell, "docker image inspect --format {format} {image}"), process::SHORT).ok()?;
    let config: Value = serde_json::from_str(&config).ok()?;
    Some(Image { data: data_folder(&config) })
}

/// The image, pulled where the engine does not have it.
pub(super) fn ensure_image(site: &Site, name: &str, limit: Duration, say: &mut dyn FnMut(&str)) -> Result<Image> {
    if let Some(image) = image(site, name) {
        return Ok(image);
    }
    say(&format!("pulling the image {name} (for at most {} s)", limit.as_secs()));
    let mut told = Duration::ZERO;
    let pulled = process::watch(cmd!(site.shell, "docker pull --quiet {name}"), limit, &mut |passed| {
        if passed >= told + BEAT {
            told = passed;
            say(&format!("still pulling {name} ({} s)", passed.as_secs()));
        }
    });
    pulled.map_err(|error| {
        anyhow!(
            "the image {name} is not here and cannot be pulled: {}; load it (`docker load`) or name another one",
            cause(&error.to_string())
        )
    })?;
    image(site, name).with_context(|| format!("the image {name} was pulled, but the engine does not have it"))
}

/// The last line of a failure: what came before is the command line.
fn cause(text: &str) -> &str {
    let last = text.lines().last().unwrap_or(text);
    last.split_once("` failed: ").map_or(last, |(_, cause)| cause)
}

fn is_remote(host: &str) -> bool {
    let name = match host.split_once("://") {
        Some(("tcp" | "http" | "https", rest)) => rest.trim_start_matches('[').split([':', ']', '/']).next().unwrap_or_default(),
        Some(("ssh", _)) => return true,
        _ => return false,
    };
    // A bracketed IPv6 loopback is cut at its first colon.
    !(name == "localhost" || name.starts_with("127.") || name.is_empty())
}

/// The declared volume that holds PGDATA, else PGDATA itself. From version 18 on, the official image keeps its data in a
/// folder per version below the volume.
fn data_folder(config: &Value) -> String {
    let environment = config.get("Env").and_then(Value::as_array).into_iter().flatten();
    let data = environment.filter_map(|it| it.as_str()?.strip_prefix("PGDATA=")).next().unwrap_or("/var/lib/postgresql/data");
    let volumes = config.get("Volumes").and_then(Value::as_object).into_iter().flat_map(|it| it.keys());
    let holds = |volume: &&String| std::path::Path::new(data).starts_with(volume);
    volumes.filter(holds).max_by_key(|it| it.len()).map_or_else(|| data.to_owned(), ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_volume_goes_where_the_image_keeps_its_data() {
        let old = json!({ "Env": ["A=b", "PGDATA=/var/lib/postgresql/data"], "Volumes": { "/var/lib/postgresql/data": {} } });
        assert_eq!(data_folder(&old), "/var/lib/postgresql/data");
        let new = json!({ "Env": ["PGDATA=/var/lib/postgresql/18/docker"], "Volumes": { "/var/lib/postgresql": {}, "/tmp": {} } });
        assert_eq!(data_folder(&new), "/var/lib/postgresql");
        let none = json!({ "Env": ["PGDATA=/home/postgres/data"], "Volumes": null });
        assert_eq!(data_folder(&none), "/home/postgres/data");
        assert_eq!(data_folder(&json!({})), "/var/lib/postgresql/data");
    }

    #[test]
    fn an_engine_elsewhere_is_recognised() {
        for near in ["", "unix:///var/run/docker.sock", "tcp://127.0.0.1:2375", "tcp://localhost:2375", "tcp://[::1]:2375"] {
            assert!(!is_remote(near), "{near}");
        }
        for far in ["ssh://me@build", "tcp://10.0.0.7:2376", "tcp://docker:2375"] {
            assert!(is_remote(far), "{far}");
        }
    }

    #[test]
    fn the_cause_is_the_last_thing_said() {
        assert_eq!(cause("`docker pull x` failed: one\ntwo"), "two");
        assert_eq!(cause("`docker pull x` failed: no such host"), "no such host");
    }
}
