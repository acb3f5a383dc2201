//! What a user's test does with `migrate_first::testing`, as a program: counts rows in a table of its own database, panics, sleeps, or measures.
//!
//! `cargo run --package migration-tests --example test_database -- measure` times databases for the migrations of this repository.

use migrate_first::testing::TestDatabase;
use std::time::{Duration, Instant};

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let word = |index: usize| arguments.get(index).map_or("", String::as_str);
    if word(0) == "measure" {
        return measure();
    }
    let database = TestDatabase::new()?;
    let mut client = postgres::Client::connect(database.url(), postgres::NoTls)?;
    let row = client.query_one(&format!("SELECT count(*) FROM {}", word(1)), &[])?;
    match word(0) {
        "panic" => panic!("as a test that fails"),
        "sleep" => std::thread::sleep(Duration::from_secs(600)),
        _ => println!("{} rows", row.get::<_, i64>(0)),
    }
    Ok(())
}

/// The first one, the median of 200 one after the other, and 100 at once.
fn measure() -> anyhow::Result<()> {
    let timed = || -> anyhow::Result<Duration> {
        let began = Instant::now();
        let database = TestDatabase::new()?;
        let took = began.elapsed();
        drop(database);
        Ok(took)
    };
    println!("first        {:>7.1} ms", timed()?.as_secs_f64() * 1e3);
    let mut times = (0..200).map(|_| timed()).collect::<anyhow::Result<Vec<_>>>()?;
    times.sort();
    println!(
        "median of 200{:>7.1} ms (fastest {:.1}, slowest {:.1})",
        times[100].as_secs_f64() * 1e3,
        times[0].as_secs_f64() * 1e3,
        times[199].as_secs_f64() * 1e3
    );
    let began = Instant::now();
    let results: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..100).map(|_| scope.spawn(timed)).collect();
        threads.into_iter().map(|thread| thread.join().expect("it does not panic")).collect()
    });
    results.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
    println!("100 at once  {:>7.1} ms for all", began.elapsed().as_secs_f64() * 1e3);
    Ok(())
}
