//! Runs Compose and the engine's own program, and keeps what they said.

use super::trouble;
use crate::diagnostic::Diagnostic;
use crate::exit::{Exit, Failure};
use crate::server;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use xshell::Shell;

/// Compose on one repository.
#[derive(Debug, Clone)]
pub struct Compose {
    program: Vec<String>,
    root: std::path::PathBuf,
    variables: Vec<(&'static str, String)>,
}

/// How a container ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// With this exit code.
    With(i32),
    /// Not at all: it runs, or was never started.
    Not,
}

impl Compose {
    /// The Compose of this machine for the `docker-compose.yml` in `root`.
    ///
    /// # Errors
    /// There is no such file, or no Compose.
    pub fn new(root: &Path) -> Result<Compose, Failure> {
        let refuse = |exit, rule, message: String, hint: &str| Err(Failure::new(exit, Diagnostic::error(rule, message).hint(hint)));
        if !root.join("docker-compose.yml").is_file() {
            let message = format!("there is no `docker-compose.yml` in `{}`", root.display());
            return refuse(
                Exit::Usage,
                "no-compose-file",
                message,
                "run it in a repository that has one, or write it: see docs/database-migrations.md",
            );
        }
        let shell = Shell::new().map_err(|error| Failure::new(Exit::Usage, Diagnostic::error("failed", error.to_string())))?;
        match server::compose(&shell) {
            Some(program) => Ok(Compose { program, root: root.to_owned(), variables: Vec::new() }),
            None => {
                let hint =
                    "install Docker with its Compose plugin, or docker-compose from 1.29 on; `cargo xtask db migrate` works without Docker";
                refuse(Exit::NoServer, "no-compose", "neither `docker compose` nor `docker-compose` is there".to_owned(), hint)
            }
        }
    }

    /// The same with a variable of `docker-compose.yml` set, where there is a value.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: Option<&String>) -> Compose {
        self.variables.extend(value.map(|value| (name, value.clone())));
        self
    }

    /// Runs it with `arguments`; each line of talk goes to `say`, its data straight to standard output.
    ///
    /// # Errors
    /// What went wrong, explained.
    pub fn run(&self, arguments: &[&str], say: &mut dyn FnMut(&str)) -> Result<(), Failure> {
        match self.exit_code(arguments, say)? {
            (0, _) => Ok(()),
            (code, said) => Err(trouble::explain(&self.shown(arguments), code, &said)),
        }
    }

    /// As [`Compose::run`], for commands whose exit code has a meaning: it, and what was said.
    ///
    /// # Errors
    /// The program could not be started.
    pub fn exit_code(&self, arguments: &[&str], say: &mut dyn FnMut(&str)) -> Result<(i32, String), Failure> {
        let mut child = self.command(arguments).stderr(Stdio::piped()).spawn().map_err(|error| self.not_run(arguments, &error))?;
        let mut said = String::new();
        // The pipe closes when the program ends; what is no UTF-8 is shown as well as can be.
        let pieces = child.stderr.take().map(|stderr| BufReader::new(stderr).split(b'\n')).into_iter().flatten().map_while(Result::ok);
        for piece in pieces {
            let line = String::from_utf8_lossy(&piece);
            say(line.trim_end());
            said.push_str(&line);
            said.push('\n');
        }
        let status = child.wait().map_err(|error| self.not_run(arguments, &error))?;
        Ok((status.code().unwrap_or(130), said))
    }

    /// What it prints, where it succeeds.
    #[must_use]
    pub fn read(&self, arguments: &[&str]) -> Option<String> {
        let output = self.command(arguments).stderr(Stdio::null()).output().ok().filter(|it| it.status.success())?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// The image of `service`, as the file says with all variables put in.
    #[must_use]
    pub fn image(&self, service: &str) -> Option<String> {
        let config = self.read(&["config"])?;
        let inside = config.lines().skip_while(|line| *line != format!("  {service}:")).skip(1).take_while(|line| line.starts_with("    "));
        inside.into_iter().find_map(|line| line.strip_prefix("    image: ")).map(|it| it.trim_matches(['\'', '"']).to_owned())
    }

    /// How the container of `service` ended.
    #[must_use]
    pub fn ended(&self, service: &str) -> Ended {
        let id = self.read(&["ps", "--all", "--quiet", service]).filter(|id| !id.is_empty());
        let state = id.and_then(|id| engine(&["inspect", "--format", "{{.State.Status}} {{.State.ExitCode}}", id.lines().next()?]));
        let code = state.as_deref().and_then(|state| state.strip_prefix("exited ")).and_then(|code| code.parse().ok());
        code.map_or(Ended::Not, Ended::With)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program[0]);
        command
            .args(&self.program[1..])
            .args(arguments)
            .current_dir(&self.root)
            .envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    fn shown(&self, arguments: &[&str]) -> String {
        format!("{} {}", self.program.join(" "), arguments.join(" "))
    }

    fn not_run(&self, arguments: &[&str], error: &std::io::Error) -> Failure {
        let message = format!("failed to run `{}`: {error}", self.shown(arguments));
        Failure::new(Exit::NoServer, Diagnostic::error("docker-failed", message).hint("run it by hand to see more"))
    }
}

/// What `docker` prints, where it succeeds.
#[must_use]
pub fn engine(arguments: &[&str]) -> Option<String> {
    let output = Command::new("docker").args(arguments).stderr(Stdio::null()).output().ok().filter(|it| it.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
