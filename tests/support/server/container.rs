//! Servers in containers, by testcontainers.

use super::Server;
use crate::home::LABEL;
use crate::program;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use testcontainers_modules::postgres::Postgres;
use testcontainers_modules::testcontainers::core::WaitFor;
use testcontainers_modules::testcontainers::runners::SyncRunner;
use testcontainers_modules::testcontainers::{Container, ImageExt};

/// A container engine that answers.
#[derive(Debug, Clone, Copy)]
pub struct Engine(());

impl Engine {
    /// Asked once: an engine that does not answer takes its time.
    pub fn answering() -> Option<Engine> {
        static ANSWERS: OnceLock<bool> = OnceLock::new();
        ANSWERS.get_or_init(|| docker(&["version", "--format", "{{.Server.Version}}"])).then_some(Engine(()))
    }

    /// Whether the image is on this machine.
    pub fn has_image(self, major: u32) -> bool {
        docker(&["image", "inspect", &image(major)])
    }

    /// Fetches the image.
    pub fn pull(self, major: u32) -> bool {
        docker(&["pull", "--quiet", &image(major)])
    }
}

fn docker(arguments: &[&str]) -> bool {
    let mut command = Command::new("docker");
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn tag(major: u32) -> String {
    format!("{major}-alpine")
}

fn image(major: u32) -> String {
    format!("postgres:{}", tag(major))
}

/// Starts a server for as long as this process lives: its container is labelled, and removed by the process's own reaper.
pub(super) fn start(major: u32) -> Server {
    // The reaper must be there before there is something to reap.
    crate::home::home();
    let password = super::local::password();
    let settings = ["-c", "fsync=off", "-c", "max_connections=200"];
    let request = Postgres::default().with_password(&password).with_tag(tag(major)).with_cmd(settings);
    let request = request.with_label(LABEL, std::process::id().to_string());
    let request = request.with_ready_conditions(vec![WaitFor::message_on_stdout("PostgreSQL init process complete")]);
    let container: Container<Postgres> = request.start().expect("the container starts");
    let port = container.get_host_port_ipv4(5432).expect("the port is published");
    let id = container.id().to_owned();
    // Dropping it would remove the container now.
    std::mem::forget(container);
    Server::new(major, format!("container {} of {}", &id[..12], image(major)), port, password, pg_dump(major, &id))
}

/// The binaries of the same version on this machine, which are faster to start, or those in the container.
fn pg_dump(major: u32, container: &str) -> Vec<PathBuf> {
    if let Some(local) = super::installed().iter().find(|it| it.major == major) {
        return vec![local.program("pg_dump")];
    }
    let version = program::output(Command::new("docker").args(["exec", container, "pg_dump", "--version"]));
    assert!(version.contains(&major.to_string()), "pg_dump in the container is {version}");
    // Inside of the container the server has its usual port; the password is handed over by name.
    ["docker", "exec", "--env", "PGPASSWORD", container, "pg_dump"].into_iter().map(PathBuf::from).collect()
}
