//! What `cargo xtask init` puts into a repository: files with their texts, from a few facts about it. Reads and writes nothing.

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
    /// How to depend on this library.
    pub library: Library,
    /// Whether there is a `Cargo.toml` at its root. Then the crate is a workspace of its own, so that nothing there has to change.
    pub has_manifest: bool,
    /// The image of the development server.
    pub image: String,
}

/// A file to write, relative to the repository's root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile {
    /// Where.
    pub path: &'static str,
    /// What.
    pub text: String,
}

/// All files, in the order in which they are shown.
#[must_use]
pub fn files(facts: &Facts) -> Vec<NewFile> {
    let file = |path, text: String| NewFile { path, text };
    let mut files = vec![
        file(".cargo/config.toml", format!("[alias]\nxtask = \"{}\"\n", alias(facts))),
        file("xtask/Cargo.toml", manifest(facts)),
        file("xtask/src/main.rs", MAIN.to_owned()),
        file("xtask.toml", settings(facts)),
        file("migrations/.gitkeep", String::new()),
        file("schema/.gitkeep", String::new()),
    ];
    if !facts.has_manifest {
        files.insert(1, file("Cargo.toml", format!("[workspace]\nmembers = [\"xtask\"]\nresolver = \"3\"\n\n{PROFILE}")));
    }
    files
}

/// What `cargo xtask` stands for. Without a workspace that holds the crate, cargo has to be shown its manifest, from the root alone.
#[must_use]
pub fn alias(facts: &Facts) -> &'static str {
    if facts.has_manifest { "run --quiet --manifest-path xtask/Cargo.toml --" } else { "run --quiet --package xtask --" }
}

const MAIN: &str = "\
//! `cargo xtask`: every change of the database's schema goes through it. `migrate_first::main_with` takes commands of this repository's own.

fn main() -> std::process::ExitCode {
    migrate_first::main()
}
";

/// What runs over every byte of a migration is optimised a little; it pays from the first run on.
const PROFILE: &str = "\
[profile.dev.package]
migrate-first = { opt-level = 1 }
squawk-lexer = { opt-level = 1 }
squawk-parser = { opt-level = 1 }
squawk-syntax = { opt-level = 1 }
sha2 = { opt-level = 2 }
";

fn manifest(facts: &Facts) -> String {
    let package = "[package]\nname = \"xtask\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n";
    let dependency = format!("[dependencies]\nmigrate-first = {}\n", facts.library.requirement());
    let own = "# A workspace of its own: nothing in this repository's Cargo.toml had to change. To build it with the others instead, put \"xtask\" among\n\
               # the members there, take these lines out, and let the alias in .cargo/config.toml say `run --quiet --package xtask --`.\n[workspace]\n";
    if facts.has_manifest { format!("{package}\n{dependency}\n{own}\n{PROFILE}") } else { format!("{package}\n{dependency}") }
}

fn settings(facts: &Facts) -> String {
    format!(
        "# Settings of `cargo xtask`; `cargo xtask doctor` shows each with its value and where it came from.\n\n\
         [migrations]\ndir = \"migrations\"\nbase = \"origin/main\"\n\n\
         [server]\nimage = {}\n\n\
         # A database with a name: `cargo xtask db migrate --target production`.\n\
         # [targets.production]\n# url = \"${{PRODUCTION_URL}}\"\n# protected = true\n",
        toml_string(&facts.image)
    )
}

/// `text` as TOML writes a string.
fn toml_string(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn what_is_written_is_what_cargo_and_we_can_read() {
        for has_manifest in [false, true] {
            let facts = Facts { library: Library::Version("0.1".into()), has_manifest, image: "postgres:18".into() };
            let files = files(&facts);
            assert_eq!(files.iter().any(|it| it.path == "Cargo.toml"), !has_manifest);
            for file in files.iter().filter(|it| it.path.ends_with(".toml")) {
                toml::de::DeTable::parse(&file.text).unwrap_or_else(|error| panic!("{}: {error}", file.path));
            }
        }
    }
}
