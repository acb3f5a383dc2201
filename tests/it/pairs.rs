//! Pairs of schemas, one kind of object or change each, both ways: `pairs.sql` beside this file holds them.

use support::{Pair, Server, each_server};

const PAIRS: &str = include_str!("pairs.sql");

/// A pair as the file has it: `--# name (oldest server)`, the one schema, `--=>`, the other.
fn read(text: &str) -> (&str, u32, Pair) {
    let (title, schemas) = text.split_once('\n').expect("a pair has a title");
    let (name, since) = title.strip_suffix(')').and_then(|it| it.rsplit_once(" (")).unwrap_or((title, "0"));
    let (one, other) = schemas.split_once("--=>\n").expect("a pair has two schemas");
    (name, since.parse().expect("a version is a number"), Pair::new(one, other))
}

fn check(server: &'static Server, name: &str, pair: &Pair) -> Option<String> {
    let ways = [("there", pair.clone()), ("back", pair.reversed())];
    let failed = ways.iter().filter_map(|(way, pair)| Some(format!("{name}, {way}: {}", pair.converges(server).err()?)));
    let failed: Vec<String> = failed.collect();
    (!failed.is_empty()).then(|| failed.join("\n"))
}

#[test]
fn each_converges_both_ways() {
    let pairs: Vec<(&str, u32, Pair)> = PAIRS.split("--# ").skip(1).map(read).collect();
    assert!(pairs.len() > 60, "the file was not read to its end");
    each_server(|server| {
        let known: Vec<_> = pairs.iter().filter(|(_, since, _)| *since <= server.major).collect();
        let run =
            |part: &[&(&str, u32, Pair)]| part.iter().filter_map(|(name, _, pair)| check(server, name, pair)).collect::<Vec<String>>();
        let (one, other) = known.split_at(known.len() / 2);
        let failed = std::thread::scope(|scope| {
            let one = scope.spawn(|| run(one));
            [run(other), one.join().expect("a failed pair is told, not thrown")].concat()
        });
        assert!(failed.is_empty(), "PostgreSQL {}\n{}", server.major, failed.join("\n\n"));
    });
}
