//! A repository in a temporary folder, and the command run in it as a user would, in a clean environment.

use crate::home::{Folder, home};
use crate::outcome::{Frame, Outcome};
use crate::program;
use crate::running::Running;
use crate::{Database, Proxy};
use migrate_first::db::Url;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// A repository. What it is told is told by chaining.
#[derive(Debug)]
pub struct Sandbox {
    folder: Folder,
    environment: Vec<(String, String)>,
    frame: Frame,
}

impl Default for Sandbox {
    fn default() -> Self {
        Sandbox::new()
    }
}

impl Sandbox {
    /// An empty one, without a database.
    pub fn new() -> Sandbox {
        let folder = Folder::new("repository");
        fs::create_dir(folder.path().join("migrations")).expect("the folder is ours");
        let mut frame = Frame::default();
        frame.mask(&folder.path().display().to_string(), "[folder]");
        Sandbox { folder, environment: Vec::new(), frame }
    }

    /// One that works on `database`.
    pub fn on(database: &Database) -> Sandbox {
        Sandbox::new().at(&database.url())
    }

    /// One that works on `database` through `proxy`.
    pub fn through(proxy: &Proxy, database: &Database) -> Sandbox {
        let mut url = database.url();
        url.set("port", proxy.port().to_string()).expect("a known keyword");
        Sandbox::new().at(&url)
    }

    /// Works on the database at `url` from here on.
    #[must_use]
    pub fn at(mut self, url: &Url) -> Sandbox {
        for (keyword, shown) in [("port", "[port]"), ("dbname", "[database]")] {
            if let Some(value) = url.get(keyword) {
                self.frame.mask(value, shown);
            }
        }
        if let Some(password) = url.get("password") {
            self = self.secret(password);
        }
        self.env("DATABASE_URL", &url.reveal())
    }

    /// A text that no output may show, neither as it is nor percent-encoded.
    #[must_use]
    pub fn secret(mut self, secret: &str) -> Sandbox {
        self.frame.secret(secret);
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Sandbox {
        self.environment.retain(|(old, _)| old != name);
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds a migration.
    #[must_use]
    pub fn migration(self, name: &str, text: impl AsRef<[u8]>) -> Sandbox {
        self.file(&format!("migrations/{name}"), text)
    }

    /// Adds a file.
    #[must_use]
    pub fn file(self, path: &str, text: impl AsRef<[u8]>) -> Sandbox {
        self.write(path, text);
        self
    }

    /// Writes a file, or another text into one that is there.
    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("the folder is ours");
        fs::write(path, text).expect("the folder is ours");
    }

    /// Where a file of the repository is.
    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Runs `cargo xtask` with `arguments` to its end.
    pub fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Outcome {
        self.spawn(arguments).wait()
    }

    /// Runs `program` with `arguments` in the repository to its end.
    pub fn run_program<A: AsRef<OsStr>>(&self, program: &Path, arguments: impl IntoIterator<Item = A>) -> Outcome {
        Running::start(self.command_of(program, arguments), self.frame.clone()).wait()
    }

    /// Runs `cargo xtask db migrate`.
    pub fn migrate(&self) -> Outcome {
        self.run(["db", "migrate"])
    }

    /// Runs git in `folder` of the repository; `cargo xtask` is the command under test there too.
    pub fn git<A: AsRef<OsStr>>(&self, folder: &str, arguments: impl IntoIterator<Item = A>) -> Outcome {
        let mut command = self.program(Path::new("git"));
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{}:{path}", programs().display())).envs(GIT).current_dir(self.path(folder)).args(arguments);
        Running::start(command, self.frame.clone()).wait()
    }

    /// Starts `cargo xtask` with `arguments` and goes on.
    pub fn spawn<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Running {
        Running::start(self.command(arguments), self.frame.clone())
    }

    /// `cargo xtask` with `arguments`, not yet started.
    pub fn command<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        self.command_of(xtask(), arguments)
    }

    /// `program` with `arguments`, not yet started.
    pub fn command_of<A: AsRef<OsStr>>(&self, program: &Path, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = self.program(program);
        command.args(arguments);
        command
    }

    fn program(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.folder.path()).env_clear();
        // Nothing of whoever runs the tests: no PG*, no DATABASE_URL, no CI, no colour, no password file.
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", self.folder.path());
        command.envs([("USER", "tester"), ("HOSTNAME", "desk")]).envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }
}

/// Nothing of the settings of whoever runs the tests.
const GIT: [(&str, &str); 6] = [
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_AUTHOR_NAME", "tester"),
    ("GIT_AUTHOR_EMAIL", "tester@desk"),
    ("GIT_COMMITTER_NAME", "tester"),
    ("GIT_COMMITTER_EMAIL", "tester@desk"),
    ("GIT_MERGE_AUTOEDIT", "no"),
];

/// A folder with a `cargo` whose `cargo xtask` is the command under test.
fn programs() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = home().join("programs");
        fs::create_dir_all(&folder).expect("the folder of the tests can be written to");
        let cargo = folder.join("cargo");
        fs::write(&cargo, format!("#!/bin/sh\nshift\nexec '{}' \"$@\"\n", xtask().display())).expect("the folder is ours");
        fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).expect("the file is ours");
        folder
    })
}

/// The command, built once a test process.
pub fn xtask() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        // With the whole workspace, so that it is made of what `cargo test --workspace` has compiled already.
        build.args(["build", "--workspace", "--bin", "xtask", "--message-format=json-render-diagnostics", "--quiet"]);
        // What cargo tells a test about its package would make build scripts run again, and all that stands on them compile again.
        let about_package = |name: &str| ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"].iter().any(|prefix| name.starts_with(prefix));
        for (name, _) in std::env::vars().filter(|(name, _)| about_package(name)) {
            build.env_remove(name);
        }
        let said = program::output(build.current_dir(env!("CARGO_MANIFEST_DIR")));
        let executables = said.lines().filter_map(|line| line.split_once(r#""executable":""#)?.1.split('"').next());
        let built = executables.map(PathBuf::from).next_back().expect("cargo says where the binary is");
        // A copy: whoever builds while the tests run does not change what is tested.
        let copy = home().join("xtask");
        fs::copy(built, &copy).expect("the folder of the tests can be written to");
        copy
    })
}
