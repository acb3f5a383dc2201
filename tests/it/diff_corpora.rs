//! The histories of real projects, where `../shared` holds them: the diff leads from every fiftieth migration to the last one and back, or
//! from as many as `MIGRATE_FIRST_CORPORA_EVERY=10` says.

use postgres::error::SqlState;
use std::fs;
use std::path::{Path, PathBuf};
use support::pair::Pair;
use support::{Database, Server, each_server, say};

#[test]
fn real_histories_forwards_and_back() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let places = ["../../../shared/corpora", "../../shared/corpora"].map(|it| here.join(it));
    let Some(folder) = places.into_iter().find(|it| it.exists()) else {
        return say("../shared/corpora is not here: no real history was diffed");
    };
    each_server(|server| {
        let mut failed = Vec::new();
        let mut tried = 0;
        for corpus in sorted(&folder).into_iter().filter(|it| it.with_extension("setup.sql").exists()) {
            for (name, result) in history(server, &corpus) {
                tried += 1;
                failed.extend(result.err().map(|error| format!("{name}: {error}")));
            }
        }
        say(&format!("PostgreSQL {}: {} of {tried} diffs between real states converge", server.major, tried - failed.len()));
        assert!(failed.is_empty(), "{}", failed.join("\n\n"));
    });
}

/// What the diffs of one project came to, each with where it led.
fn history(server: &'static Server, corpus: &Path) -> Vec<(String, Result<(), String>)> {
    let head = Database::new(server);
    let setup = fs::read_to_string(corpus.with_extension("setup.sql")).expect("the setup can be read");
    play(&head, &setup);
    let every: usize = std::env::var("MIGRATE_FIRST_CORPORA_EVERY").ok().and_then(|it| it.parse().ok()).unwrap_or(50);
    let mut states = Vec::new();
    for (index, file) in sorted(corpus).iter().enumerate() {
        play(&head, &fs::read_to_string(file).expect("a migration can be read"));
        if index % every == every - 1 {
            states.push((file.file_name().unwrap_or_default().to_string_lossy().into_owned(), head.copy()));
        }
    }
    let turn = |from: &Database, to: &Database| match Pair::default().turns(from.copy(), to) {
        // A required column without a default, words that are to be numbers: what the rows should hold, no schema says.
        Err(error) if ["(23502)", "(22P02)"].iter().any(|it| error.contains(it)) => {
            say(&format!("{}: rows are in the way: {}", corpus.display(), error.lines().next().unwrap_or_default()));
            let empty = from.copy();
            empty.sql(EMPTY);
            Pair::default().turns(empty, to).map(drop)
        }
        result => result.map(drop),
    };
    states
        .iter()
        .flat_map(|(name, state)| {
            [(format!("{name} to the head"), turn(state, &head)), (format!("the head to {name}"), turn(&head, state))]
        })
        .collect()
}

const EMPTY: &str = "DO $$DECLARE t regclass; BEGIN FOR t IN SELECT oid FROM pg_class WHERE relkind IN ('r', 'p') AND oid >= 16384 LOOP
    EXECUTE format('TRUNCATE %s CASCADE', t); END LOOP; END$$";

/// As a whole; statement by statement where one of them runs alone only.
fn play(database: &Database, sql: &str) {
    let mut session = database.connect();
    match session.batch_execute(sql) {
        Err(error) if error.code() == Some(&SqlState::ACTIVE_SQL_TRANSACTION) => {}
        result => return result.unwrap_or_else(|error| panic!("{error:?} in {sql}")),
    }
    let script = migrate_first::sql::split(sql).unwrap_or_else(|error| panic!("{error:?}"));
    for statement in &script.statements {
        let text = &sql[statement.span.clone()];
        session.batch_execute(text).unwrap_or_else(|error| panic!("{error:?} in {text}"));
    }
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).expect("a folder").map(|it| it.expect("an entry").path()).collect();
    paths.sort();
    paths
}
