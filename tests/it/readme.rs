//! The README is a test: its files are written, its commands run in a copy of the repository, and their output is compared.

use std::path::{Path, PathBuf};
use std::process::Command;
use support::{Folder, mask::mask, sandbox::xtask};

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
    let status = Command::new("cp").arg("-r").args(["migrations", "xtask.toml"]).arg(to).current_dir(root()).status().expect("cp");
    assert!(status.success());
}

fn run(line: &str, folder: &Path) -> String {
    let words = line.strip_prefix("cargo xtask ").unwrap_or_else(|| panic!("`{line}` is no command of ours"));
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("'{}' {words} 2>&1", xtask().display())).current_dir(folder);
    for name in ["DATABASE_URL", "PGHOST", "PGDATABASE", "PGHOSTADDR", "CARGO_MANIFEST_DIR", "NO_COLOR"] {
        command.env_remove(name);
    }
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

#[test]
fn every_command_of_the_readme_says_what_the_readme_says() {
    let text = std::fs::read_to_string(root().join("README.md")).expect("a README");
    let folder = Folder::new("readme");
    copy_of_repository(folder.path());
    let _cleanup = Cleanup(folder.path());
    let mut commands = 0;
    for block in blocks(&text) {
        match block {
            Block::File(path, text) => std::fs::write(folder.path().join(path), text).expect("the folder is ours"),
            Block::Command(line, expected) => {
                assert_eq!(comparable(&run(&line, folder.path())), comparable(&expected), "`{line}`");
                commands += 1;
            }
        }
    }
    assert!(commands >= 6, "the README shows fewer commands than it should");
}
