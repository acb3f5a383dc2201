//! The linter alone, for the judge of the exam, until the command line has `db lint`.
//!
//! `lint --migrations DIR [--pg VERSION] [--all] [--human] [FILE]` prints findings as JSON.

use migrate_first::diagnostic::{self, Diagnostic};
use migrate_first::lint::{Scope, lint};
use migrate_first::migration::{MigrationSet, Numbering, SourceFile};
use std::path::Path;
use std::time::Duration;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (mut folder, mut version, mut human, mut file) = (String::new(), None, false, None);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--migrations" => folder = arguments.next().unwrap_or_default(),
            "--pg" => version = arguments.next().and_then(|it| it.parse().ok()),
            "--format" => drop(arguments.next()),
            "--human" => human = true,
            _ => file = Some(argument),
        }
    }
    let (set, mut found) = MigrationSet::from_readable_files(read_folder(Path::new(&folder)), Numbering::Timestamp);
    let stem = file.as_deref().map(Path::new).and_then(Path::file_stem).map(|it| it.to_string_lossy().into_owned());
    let scope = Scope {
        judged: stem.map(|it| [it].into_iter().collect()),
        lock_timeout: Some(Duration::from_secs(2)),
        server_version: version,
        complete: found.is_empty(),
    };
    found.extend(lint(&set, &scope));
    print(&found, human);
}

fn read_folder(folder: &Path) -> Vec<SourceFile> {
    let entries = std::fs::read_dir(folder).expect("the folder can be read").filter_map(Result::ok);
    let files = entries.filter(|it| it.path().extension().is_some_and(|it| it == "sql"));
    let read = |path: std::path::PathBuf| SourceFile {
        path: path.display().to_string(),
        bytes: std::fs::read(&path).expect("the file can be read"),
    };
    files.map(|it| read(it.path())).collect()
}

fn print(found: &[Diagnostic], human: bool) {
    if human {
        found.iter().for_each(|it| println!("{}", diagnostic::human(it, false)));
    } else {
        let values: Vec<_> = found.iter().map(diagnostic::json).collect();
        println!("{}", serde_json::to_string_pretty(&values).expect("plain values"));
    }
}
