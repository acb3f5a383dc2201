//! The repository's containers, in a project of the test's own: the real Dockerfile and docker-compose.yml, with a builder that does not
//! compile but hands over the command under test, and a base that holds what that is linked against.

use crate::home::{LABEL, home};
use crate::sandbox::xtask;
use crate::{Sandbox, program};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// The image of the database, which is also where the stand-in builder's shell comes from.
pub const IMAGE: &str = "postgres:18-alpine";

/// A project; its containers, volume and network go away with it.
#[derive(Debug)]
pub struct Project {
    /// The repository that it is started from.
    pub sandbox: Sandbox,
    /// The name that Compose knows it by.
    pub name: String,
}

/// Whether an engine answers and has the image, with Compose beside it; says so where not.
pub fn possible() -> bool {
    static POSSIBLE: OnceLock<bool> = OnceLock::new();
    *POSSIBLE.get_or_init(|| {
        let there = succeeds(&["docker", "image", "inspect", IMAGE])
            && (succeeds(&["docker", "compose", "version"]) || succeeds(&["docker-compose", "version"]));
        if !there {
            crate::say(&format!("no Docker engine with {IMAGE} and Compose: what stands in containers was not tested"));
        }
        there
    })
}

fn succeeds(words: &[&str]) -> bool {
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Runs `docker` and gives what it prints, where it succeeds.
pub fn docker(arguments: &[&str]) -> Result<String, String> {
    program::try_output(Command::new("docker").args(arguments)).map(|text| text.trim().to_owned())
}

impl Project {
    /// A repository with these migrations: name and text.
    pub fn new(migrations: &[(&str, &str)]) -> Project {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace");
        let mut sandbox = Sandbox::new();
        for file in [
            "Dockerfile",
            ".dockerignore",
            "docker-compose.yml",
            "Cargo.toml",
            "Cargo.lock",
            "xtask.toml",
            "xtask/Cargo.toml",
            "tests/Cargo.toml",
        ] {
            sandbox.write(file, fs::read(root.join(file)).expect("the repository has it"));
        }
        sandbox.write("xtask/src/lib.rs", "");
        for (name, text) in migrations {
            sandbox = sandbox.migration(name, text);
        }
        Project::of(sandbox, &format!("  app: {{ {} }}\n", labels_line()))
    }

    /// A repository that has its Compose file already; `services` are put beside those of it.
    pub fn of(sandbox: Sandbox, services: &str) -> Project {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let (builder, base) = images();
        let name = format!("migratefirsttests{}x{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        sandbox.write("tests.yml", labels(services));
        let sandbox = sandbox
            .env("COMPOSE_PROJECT_NAME", &name)
            .env("COMPOSE_FILE", "docker-compose.yml:tests.yml")
            .env("MIGRATE_IMAGE", &format!("{name}:latest"))
            .env("BUILDER_IMAGE", builder)
            .env("BASE_IMAGE", base)
            // Any port that is free.
            .env("POSTGRES_PORT", "127.0.0.1:");
        Project { sandbox, name }
    }

    /// The same with a variable of the environment set.
    #[must_use]
    pub fn env(self, name: &str, value: &str) -> Project {
        // Taken apart by hand: a value with a destructor does not let its fields go.
        let mut project = std::mem::ManuallyDrop::new(self);
        let sandbox = std::mem::take(&mut project.sandbox).env(name, value);
        Project { sandbox, name: std::mem::take(&mut project.name) }
    }

    /// What the containers of `service` are doing, in the engine's words.
    pub fn state(&self, service: &str) -> String {
        let project = format!("label=com.docker.compose.project={}", self.name);
        let service = format!("label=com.docker.compose.service={service}");
        docker(&["ps", "--all", "--filter", &project, "--filter", &service, "--format", "{{.State}}"]).expect("the engine answers")
    }

    /// One value from the database.
    pub fn sql(&self, sql: &str) -> String {
        let project = format!("label=com.docker.compose.project={}", self.name);
        let id = docker(&["ps", "--quiet", "--filter", &project, "--filter", "label=com.docker.compose.service=postgres"])
            .expect("the engine answers");
        docker(&[
            "exec",
            &id,
            "psql",
            "--no-psqlrc",
            "-At",
            "-U",
            "app",
            "-h",
            "127.0.0.1",
            "-d",
            "postgres://app:app@127.0.0.1/app",
            "-c",
            sql,
        ])
        .expect("the database answers")
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        if !self.name.is_empty() {
            // What stays goes with the process.
            drop(self.sandbox.run(["docker", "down", "--volumes", "--yes", "--quiet"]));
        }
    }
}

/// The label of everything of this process, for the engine's `--label`.
pub fn label() -> String {
    format!("{LABEL}={}", std::process::id())
}

/// The same as Compose writes it in one line.
pub fn labels_line() -> String {
    format!("labels: {{ {LABEL}: \"{}\" }}", std::process::id())
}

/// Everything of a test bears the number of its process, by which it is removed.
fn labels(services: &str) -> String {
    let label = labels_line();
    format!(
        "services:\n  postgres: {{ {label} }}\n  migrate: {{ {label}, build: {{ context: ., {label} }} }}\n{services}\
         volumes:\n  data: {{ {label} }}\nnetworks:\n  default: {{ {label} }}\n"
    )
}

/// The stand-ins for the builder and the base.
fn images() -> (&'static str, &'static str) {
    static IMAGES: OnceLock<(String, String)> = OnceLock::new();
    let (builder, base) = IMAGES.get_or_init(|| (build("builder", builder_files), build("base", base_files)));
    (builder, base)
}

fn build(what: &str, fill: fn(&Path)) -> String {
    let (folder, pid) = (home().join(format!("image-{what}")), std::process::id());
    fs::create_dir_all(&folder).expect("the folder of the tests can be written to");
    fill(&folder);
    let tag = format!("migrate-first-tests-{what}:{pid}");
    docker(&["build", "--quiet", "--label", &format!("{LABEL}={pid}"), "--tag", &tag, &folder.display().to_string()])
        .expect("it can be built");
    tag
}

fn builder_files(folder: &Path) {
    fs::copy(xtask(), folder.join("xtask")).expect("the command is there");
    script(&folder.join("cargo"), "mkdir -p target/stand-in/release && cp /xtask target/stand-in/release/xtask");
    script(&folder.join("rustc"), "echo stand-in");
    fs::write(folder.join("ca-certificates.crt"), "").expect("the folder is ours");
    let text = format!("FROM {IMAGE}\nCOPY xtask /\nCOPY cargo rustc /usr/local/bin/\nCOPY ca-certificates.crt /etc/ssl/certs/\n");
    fs::write(folder.join("Dockerfile"), text).expect("the folder is ours");
}

fn script(path: &Path, line: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::write(path, format!("#!/bin/sh\n{line}\n")).expect("the folder is ours");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("the file is ours");
}

/// The loader and the libraries of the command under test, which is no static one.
fn base_files(folder: &Path) {
    let said = program::output(Command::new("ldd").arg(xtask()));
    for library in said.split_whitespace().filter(|word| word.starts_with('/')) {
        let to: PathBuf = folder.join("root").join(library.trim_start_matches('/'));
        fs::create_dir_all(to.parent().expect("a file is in a folder")).expect("the folder is ours");
        fs::copy(library, to).expect("it is there");
    }
    fs::write(folder.join("Dockerfile"), "FROM scratch\nCOPY root/ /\n").expect("the folder is ours");
}
