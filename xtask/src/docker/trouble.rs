//! What goes wrong with containers, as data: how the engine or Compose says it, what was left as it was, and what to do. Pure.

use crate::diagnostic::Diagnostic;
use crate::exit::{Exit, Failure};

/// One kind of trouble.
#[derive(Debug)]
pub struct Trouble {
    /// The diagnostic's name.
    pub rule: &'static str,
    /// What the engine or Compose says, in lower case: one of these.
    says: &'static [&'static str],
    /// What is the case.
    what: &'static str,
    /// What was left as it was.
    left: &'static str,
    /// What to do.
    cure: &'static str,
}

/// The first one that fits counts.
pub const TROUBLES: &[Trouble] = &[
    Trouble {
        rule: "docker-denied",
        says: &["permission denied while trying to connect", "permission denied: '/var/run/docker.sock'", "got permission denied"],
        what: "this user may not use the Docker engine",
        left: "nothing was started or changed",
        cure: "add the user to the group `docker` and log in again, or name another engine with DOCKER_HOST",
    },
    Trouble {
        rule: "docker-gone",
        says: &[
            "cannot connect to the docker daemon",
            "couldn't connect to docker daemon",
            "error while fetching server api version",
            "error during connect",
            "connection aborted",
            "connection reset by peer",
            "connection refused",
            "remote end closed connection",
            "unexpected eof",
            "broken pipe",
            "is the docker daemon running",
        ],
        what: "the Docker engine does not answer, or stopped in the middle",
        left: "volumes keep what is in them; of the migrations, what was applied stays applied, and the one on its way was rolled back or goes on where it stopped",
        cure: "start Docker and run the same command again",
    },
    Trouble {
        rule: "disk-full",
        says: &["no space left on device", "disk quota exceeded"],
        what: "the disk is full",
        left: "the database and its volume are as they were; an image that was being made is not there",
        cure: "see what takes the space with `docker system df`, free it with `docker system prune` (it leaves volumes alone), and run the same command again",
    },
    Trouble {
        rule: "port-taken",
        says: &["port is already allocated", "address already in use", "ports are not available"],
        what: "the database's port is taken on this machine",
        left: "the database was made but does not run; nothing was migrated",
        cure: "choose another one with `POSTGRES_PORT=127.0.0.1:5433`, or stop what listens there (`docker ps`, `ss -ltnp`)",
    },
    Trouble {
        rule: "image-missing",
        says: &[
            "pull access denied",
            "manifest unknown",
            "manifest for",
            "no such image",
            "no such host",
            "temporary failure in name resolution",
            "failed to resolve",
            "unable to find image",
            "network is unreachable",
            "i/o timeout",
            "tls handshake timeout",
            "failed to do request",
            "client.timeout exceeded",
            "request canceled while waiting for connection",
            "dial tcp",
        ],
        what: "an image is not on this machine and cannot be pulled",
        left: "nothing was started or changed",
        cure: "load it (`docker load`) or name another one: POSTGRES_IMAGE for the database, `--builder` and `--base` for the Dockerfile's",
    },
];

/// What `said` is about; the line of it that tells goes along.
#[must_use]
pub fn explain(command: &str, code: i32, said: &str) -> Failure {
    let line_with = |words: &[&str]| {
        let fits = |line: &&str| words.iter().any(|word| line.to_lowercase().contains(word));
        said.lines().rev().find(fits).map(str::trim)
    };
    let known = TROUBLES.iter().find_map(|trouble| Some((trouble, line_with(trouble.says)?)));
    let Some((trouble, line)) = known else {
        let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing").trim();
        let diagnostic = Diagnostic::error("docker-failed", format!("`{command}` ended with {code}: {last}"));
        return Failure::new(
            Exit::Usage,
            diagnostic.hint("see what it said above; `cargo xtask docker logs` shows what the containers said"),
        );
    };
    let exit = if trouble.rule == "disk-full" { Exit::Usage } else { Exit::NoServer };
    let diagnostic = Diagnostic::error(trouble.rule, trouble.what).note(format!("`{command}` said: {line}")).note(trouble.left);
    Failure::new(exit, diagnostic.hint(trouble.cure))
}

#[cfg(test)]
mod tests {
    use super::explain;

    fn check(said: &str, rule: &str) {
        assert_eq!(explain("docker compose up", 1, said).diagnostics[0].rule, rule, "{said}");
    }

    #[test]
    fn what_engines_say_is_known() {
        check("Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?", "docker-gone");
        check("Got permission denied while trying to connect to the Docker daemon socket", "docker-denied");
        check("driver failed: Bind for 127.0.0.1:5432 failed: port is already allocated", "port-taken");
        check("Error response from daemon: manifest for rust:9 not found: manifest unknown", "image-missing");
        check("write /var/lib/docker/tmp/x: no space left on device", "disk-full");
        check("service \"x\" has neither an image nor a build context", "docker-failed");
    }
}
