//! What `cargo xtask init` puts into a repository: files with their texts, from a few facts about it. Reads and writes nothing.

use crate::ci::workflow;
use crate::hooks;
use crate::migration::{Lockfile, lockfile};

/// How the new `xtask` crate depends on this library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Library {
    /// A folder with this package's `Cargo.toml`.
    Path(String),
    /// A git repository.
    Git(String),
    /// A version in the registry.
    Version(String),
}

impl Library {
    /// What `--library` means: an address of git, a version, or else a folder.
    #[must_use]
    pub fn parse(text: &str) -> Library {
        let is_git = ["https://", "http://", "ssh://", "git@", "git://", "file://"].iter().any(|it| text.starts_with(it));
        let is_version = text.starts_with(|first: char| first.is_ascii_digit())
            && text.chars().all(|it| it.is_ascii_alphanumeric() || "+-.".contains(it));
        match (is_git, is_version) {
            (true, _) => Library::Git(text.to_owned()),
            (false, true) => Library::Version(text.to_owned()),
            (false, false) => Library::Path(text.to_owned()),
        }
    }

    fn requirement(&self) -> String {
        let (key, value) = match self {
            Library::Path(path) => ("path", path),
            Library::Git(url) => ("git", url),
            Library::Version(version) => ("version", version),
        };
        format!("{{ {key} = {} }}", toml_string(value))
    }
}

/// What the repository has already, as far as it decides what is written.
#[derive(Debug, Clone)]
pub struct Facts {
    /// What the images are called after: the repository's folder.
    pub name: String,
    /// How to depend on this library.
    pub library: Library,
    /// Whether there is a `Cargo.toml` at its root. Then the crate is a workspace of its own, so that nothing there has to change.
    pub has_manifest: bool,
    /// Whether git ignores what cargo builds.
    pub ignores_target: bool,
    /// The text of `xtask.toml`, there or to come.
    pub settings: String,
    /// The folder of the migrations, and whether nothing is in it yet.
    pub migrations: (String, bool),
    /// The folder of the desired state, and whether nothing is in it yet.
    pub schema: (String, bool),
    /// The image of the development server.
    pub image: String,
    /// What a commit must touch for the hooks to look at it.
    pub watched: Vec<String>,
    /// What the workflows are written from.
    pub workflows: workflow::Facts,
}

/// A file to write, relative to the repository's root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile {
    /// Where.
    pub path: String,
    /// Other paths under which a repository may have the same already.
    pub also: &'static [&'static str],
    /// What.
    pub text: String,
    /// Whether it is a program.
    pub executable: bool,
}

/// One row of [`FILES`].
struct Row {
    path: fn(&Facts) -> String,
    also: &'static [&'static str],
    wanted: fn(&Facts) -> bool,
    text: fn(&Facts) -> String,
    executable: bool,
}

/// A file that every repository gets.
const ROW: Row = Row { path: |_| String::new(), also: &[], wanted: |_| true, text: |_| String::new(), executable: false };

/// All files but the workflows, in the order in which they are shown.
const FILES: &[Row] = &[
    Row { path: |_| ".cargo/config.toml".into(), text: |it| format!("[alias]\nxtask = \"{}\"\n", alias(it)), ..ROW },
    Row { path: |_| "Cargo.toml".into(), wanted: |it| !it.has_manifest, text: |_| format!("{OURS}\n{PROFILE}"), ..ROW },
    Row { path: |_| ".gitignore".into(), wanted: |it| !it.ignores_target, text: |_| "target\n".to_owned(), ..ROW },
    Row { path: |_| "xtask/Cargo.toml".into(), text: manifest, ..ROW },
    Row { path: |_| "xtask/src/main.rs".into(), text: |_| include_str!("init/main.rs").to_owned(), ..ROW },
    Row { path: |_| "xtask.toml".into(), text: |it| it.settings.clone(), ..ROW },
    Row {
        path: |it| format!("{}/{}", it.migrations.0, lockfile::NAME),
        wanted: |it| it.migrations.1,
        text: |_| Lockfile::default().render(),
        ..ROW
    },
    Row { path: |it| format!("{}/.gitkeep", it.schema.0), wanted: |it| it.schema.1, ..ROW },
    Row {
        path: |_| "docker-compose.yml".into(),
        also: &["docker-compose.yaml", "compose.yaml", "compose.yml"],
        text: |it| filled(include_str!("init/docker-compose.yml"), it),
        ..ROW
    },
    Row { path: |_| "xtask/Dockerfile".into(), text: |it| filled(include_str!("init/Dockerfile"), it), ..ROW },
    Row { path: |_| "xtask/Dockerfile.dockerignore".into(), text: |it| filled(include_str!("init/Dockerfile.dockerignore"), it), ..ROW },
    Row { path: |_| ".github/hooks/pre-commit".into(), text: |it| hooks::shim("pre-commit", "", &it.watched), executable: true, ..ROW },
    Row {
        path: |_| ".github/hooks/pre-merge-commit".into(),
        text: |it| hooks::shim("pre-merge-commit", "", &it.watched),
        executable: true,
        ..ROW
    },
];

/// All files, in the order in which they are shown.
#[must_use]
pub fn files(facts: &Facts) -> Vec<NewFile> {
    let rows = FILES.iter().filter(|row| (row.wanted)(facts));
    let file = |row: &Row| NewFile { path: (row.path)(facts), also: row.also, text: (row.text)(facts), executable: row.executable };
    let workflow = |(name, text)| NewFile { path: format!(".github/workflows/{name}"), also: &[], text, executable: false };
    rows.map(file).chain(workflow::files(&facts.workflows).into_iter().map(workflow)).collect()
}

/// What `cargo xtask` stands for. Without a workspace that holds the crate, cargo has to be shown its manifest, from the root alone.
#[must_use]
pub fn alias(facts: &Facts) -> &'static str {
    if facts.has_manifest { "run --quiet --manifest-path xtask/Cargo.toml --" } else { "run --quiet --package xtask --" }
}

/// The `xtask.toml` of a repository that has none, with its two folders.
#[must_use]
pub fn settings(migrations: &str, schema: &str) -> String {
    include_str!("init/xtask.toml").replace("{migrations}", migrations).replace("{schema}", schema)
}

/// How a `Cargo.toml` of ours at the root begins.
pub const OURS: &str = "[workspace]\nmembers = [\"xtask\"]\nresolver = \"3\"\n";

const PROFILE: &str = include_str!("init/profile.toml");

fn manifest(facts: &Facts) -> String {
    let package = include_str!("init/Cargo.toml").replace("{library}", &facts.library.requirement());
    if facts.has_manifest { format!("{package}{}{PROFILE}", include_str!("init/own-workspace.toml")) } else { package }
}

/// What in a text stands for a fact.
fn filled(text: &str, facts: &Facts) -> String {
    let (copy, kept, manifest) = if facts.has_manifest {
        ("COPY xtask xtask", "", "--manifest-path xtask/Cargo.toml")
    } else {
        ("COPY Cargo.toml Cargo.lock ./\nCOPY xtask xtask", "!Cargo.toml\n!Cargo.lock\n", "--package xtask")
    };
    let words = [
        ("{name}", facts.name.as_str()),
        ("{image}", &facts.image),
        ("{migrations}", &facts.migrations.0),
        ("{copy}", copy),
        ("{kept}\n", kept),
        ("{manifest}", manifest),
    ];
    words.iter().fold(text.to_owned(), |text, (word, value)| text.replace(word, value))
}

/// `text` as TOML writes a string.
fn toml_string(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn a_library_is_a_folder_a_repository_or_a_version() {
        for (text, expected) in [
            ("../migrate-first/xtask", "{ path = \"../migrate-first/xtask\" }"),
            (r"C:\code", r#"{ path = "C:\\code" }"#),
            ("https://example.org/x.git", "{ git = \"https://example.org/x.git\" }"),
            ("git@example.org:x", "{ git = \"git@example.org:x\" }"),
            ("0.1.0-rc.1", "{ version = \"0.1.0-rc.1\" }"),
        ] {
            assert_eq!(Library::parse(text).requirement(), expected);
        }
    }

    fn facts(has_manifest: bool) -> Facts {
        let settings = settings("migrations", "schema");
        let config = Config::of_file(std::path::Path::new("/"), &settings).expect("settings that we can read");
        Facts {
            name: "shop".into(),
            library: Library::Version("0.1".into()),
            has_manifest,
            ignores_target: false,
            settings,
            migrations: ("migrations".into(), true),
            schema: ("schema".into(), true),
            image: "postgres:18".into(),
            watched: vec!["migrations".into()],
            workflows: workflow::Facts::of(&config).expect("steps that there are"),
        }
    }

    #[test]
    fn what_is_written_is_what_cargo_and_we_can_read() {
        for has_manifest in [false, true] {
            let files = files(&facts(has_manifest));
            assert_eq!(files.iter().any(|it| it.path == "Cargo.toml"), !has_manifest);
            for file in &files {
                assert!(!file.text.contains("{name}") && !file.text.contains("{k") && !file.text.contains("{m"), "{}", file.text);
                if file.path.ends_with(".toml") {
                    toml::de::DeTable::parse(&file.text).unwrap_or_else(|error| panic!("{}: {error}", file.path));
                }
            }
        }
    }

    #[test]
    fn a_folder_with_anothers_files_is_left_out() {
        let facts = Facts { migrations: ("migrations".into(), false), ..facts(true) };
        assert!(files(&facts).iter().all(|it| !it.path.starts_with("migrations/")));
    }
}
