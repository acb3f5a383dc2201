//! Throw-away databases: made from templates, dropped, and swept when whoever made them was killed.

use migrate_first::migration::{MigrationSet, Numbering, SourceFile};
use migrate_first::scratch::{Prepare, Server};
use support::{Database, each_server};

fn set(texts: &[&str]) -> MigrationSet {
    let file = |(index, text): (usize, &&str)| SourceFile { path: format!("m/{:04}_x.sql", index + 1), bytes: text.as_bytes().to_vec() };
    MigrationSet::from_files(texts.iter().enumerate().map(file).collect(), Numbering::Sequential).expect("they are migrations")
}

#[test]
fn a_template_is_cloned_and_only_what_is_new_is_applied() {
    each_server(|server| {
        let home = Database::new(server);
        let scratch = Server::open(&home.url(), Prepare::default()).expect("a server of ours");
        let unique = format!("CREATE TABLE a (n int); COMMENT ON TABLE a IS '{}'", home.name);
        let mut n_events = 0;
        let mut migrated = |texts: &[&str]| {
            n_events = 0;
            let database = scratch.migrated(&set(texts), texts.len(), &mut |_| n_events += 1).expect("they apply");
            let tables = database.connect().expect("it is there").rows("SELECT count(*) FROM pg_class WHERE relname IN ('a', 'b')");
            (tables.expect("a count")[0].text(0), n_events > 0)
        };
        assert_eq!(migrated(&[&unique]), ("1".to_owned(), true));
        assert_eq!(migrated(&[&unique]), ("1".to_owned(), false), "the template serves");
        assert_eq!(migrated(&[&unique, "CREATE TABLE b (n int)"]), ("2".to_owned(), true));
        assert_eq!(migrated(&[&unique, "CREATE TABLE b (m int)"]), ("2".to_owned(), true));
    });
}

#[test]
fn what_a_killed_command_left_is_swept_and_the_living_keep_theirs() {
    each_server(|server| {
        let home = Database::new(server);
        let open = || Server::open(&home.url(), Prepare::default()).expect("a server of ours");
        let living = open();
        let kept = living.empty().expect("a database");
        let dead = format!("xtask_scratch_1_abc_{}", std::process::id());
        home.sql(&format!("CREATE DATABASE {dead}"));
        drop(open());
        let there = |name: &str| home.sql(&format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'"));
        assert_eq!((there(&dead).as_str(), there(kept.name()).as_str()), ("0", "1"));
        let name = kept.name().to_owned();
        drop(kept);
        assert_eq!(there(&name), "0");
    });
}

#[test]
fn what_is_lent_becomes_the_template_of_the_next_one() {
    each_server(|server| {
        let home = Database::new(server);
        let scratch = Server::open(&home.url(), Prepare::default()).expect("a server of ours");
        let mut n_made = 0;
        let mut names = Vec::new();
        for _ in 0..2 {
            let lent = scratch
                .lent(&home.name, &mut |database| {
                    n_made += 1;
                    let mut session = database.connect()?;
                    session.execute("CREATE TABLE a (n int)").expect("it is empty");
                    session.close();
                    Ok(())
                })
                .expect("it can be made");
            let rows = lent.database.connect().expect("it is there").rows("SELECT 1 FROM a").expect("it has the table");
            assert!(rows.is_empty());
            names.push(lent.database.name().to_owned());
            scratch.give_back(lent).expect("it is taken");
        }
        assert_eq!(n_made, 1, "the second one is a copy");
        let there = |name: &String| home.sql(&format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'")) == "1";
        assert!(!there(&names[0]), "it bears a template's name now");
        assert!(!there(&names[1]), "the copy is gone");
    });
}
