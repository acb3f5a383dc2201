//! The README and the guides are tests: their files are written, its commands run in a copy of the repository, and their output is compared.

use std::path::{Path, PathBuf};
use std::process::Command;
use support::{Database, Folder, mask::mask, sandbox::xtask, server};

/// A piece of the README that does something.
enum Block {
    /// ```` ```sql file=PATH ````
    File(String, String),
    /// A command and what it says.
    Command(String, String),
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    for piece in text.split("\n```").skip(1).step_by(2) {
        let (info, body) = piece.split_once('\n').expect("a block has lines");
        if let Some(path) = info.strip_prefix("sql file=") {
            blocks.push(Block::File(path.to_owned(), format!("{body}\n")));
        } else if info == "console" {
            for command in format!("\n{body}").split("\n$ ").skip(1) {
                let (line, output) = command.split_once('\n').unwrap_or((command, ""));
                blocks.push(Block::Command(line.to_owned(), output.to_owned()));
            }
        }
    }
    blocks
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace").to_owned()
}

/// What the tool needs of the repository.
fn copy_of_repository(to: &Path) {
    let status =
        Command::new("cp").arg("-r").args(["migrations", "schema", "xtask.toml"]).arg(to).current_dir(root()).status().expect("cp");
    assert!(status.success());
}

fn run(line: &str, folder: &Path, database_url: Option<&str>) -> String {
    let words = line.strip_prefix("cargo xtask ").unwrap_or_else(|| panic!("`{line}` is no command of ours"));
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("'{}' {words} 2>&1", xtask().display())).current_dir(folder);
    for name in ["DATABASE_URL", "PGHOST", "PGDATABASE", "PGHOSTADDR", "CARGO_MANIFEST_DIR", "NO_COLOR"] {
        command.env_remove(name);
    }
    command.envs(database_url.map(|url| ("DATABASE_URL", url)));
    String::from_utf8(command.output().expect("sh").stdout).expect("UTF-8")
}

/// Without what differs by machine: which server was taken, times, who.
fn comparable(text: &str) -> String {
    let about_server = |line: &&str| {
        ["making ", "started ", "stopped the ", "pulling ", "Docker"].iter().any(|start| line.trim_start().starts_with(start))
            || line.contains("passed over")
    };
    let by = |line: &str| {
        line.split_once(" by ").filter(|(at, _)| at.contains("applied at")).map_or(line.to_owned(), |(at, _)| format!("{at} by [who]"))
    };
    let lines: Vec<String> = text.lines().filter(|line| !about_server(line)).map(by).collect();
    mask(&lines.join("\n"), &[]).trim().to_owned()
}

/// Stops the copy's server and removes its data, however the test ends.
struct Cleanup<'a>(&'a Path);

impl Drop for Cleanup<'_> {
    fn drop(&mut self) {
        let settings = migrate_first::server::Settings {
            root: self.0.to_owned(),
            way: migrate_first::server::Way::Auto,
            image: "postgres:18-alpine".to_owned(),
            pull_timeout: std::time::Duration::from_secs(60),
            download_url: None,
            archive: None,
            cache: None,
            database: "dev".to_owned(),
        };
        if let Err(error) = migrate_first::server::remove_data(&settings, &mut |_| ()) {
            eprintln!("the README's server was left: {error:#}");
        }
    }
}

/// Goes through a document; says how many commands it shows.
fn walk(document: &str, folder: &Path, database_url: Option<&str>) -> usize {
    let text = std::fs::read_to_string(root().join(document)).expect(document);
    let mut commands = 0;
    for block in blocks(&text) {
        match block {
            Block::File(path, text) => std::fs::write(folder.join(path), text).expect("the folder is ours"),
            Block::Command(line, expected) => {
                assert_eq!(comparable(&run(&line, folder, database_url)), comparable(&expected), "`{line}` in {document}");
                commands += 1;
            }
        }
    }
    commands
}

#[test]
fn every_command_of_the_readme_says_what_the_readme_says() {
    let folder = Folder::new("readme");
    copy_of_repository(folder.path());
    let _cleanup = Cleanup(folder.path());
    assert!(walk("README.md", folder.path(), None) >= 6, "the README shows fewer commands than it should");
}

#[test]
fn every_command_of_the_guides_says_what_they_say() {
    for document in ["docs/database-migrations.md", "docs/enum-migration-guide.md", "docs/zero-downtime.md"] {
        let database = Database::new(server::servers().next().expect("a server"));
        let folder = Folder::new("guide");
        copy_of_repository(folder.path());
        std::fs::create_dir_all(folder.path().join("tests/data/0010")).expect("the folder is ours");
        for file in ["tests/data/0010/before.sql", "tests/data/0010/after.sql"] {
            std::fs::copy(root().join(file), folder.path().join(file)).expect("the repository has it");
        }
        assert!(walk(document, folder.path(), Some(&database.url().reveal())) >= 1, "{document} shows no command");
    }
}
