//! What a user's test does with `migrate_first::testing`, as a program: counts rows in a table of its own database, inside a
//! runtime too, panics, sleeps, or measures.
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
    if word(0) == "async" {
        println!("{} rows", in_a_runtime(word(1))?);
        return Ok(());
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

/// All of it where a runtime does not let another one block its thread.
fn in_a_runtime(table: &str) -> anyhow::Result<i64> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let database = TestDatabase::new()?;
        let (client, connection) = tokio_postgres::connect(database.url(), tokio_postgres::NoTls).await?;
        let driven = tokio::spawn(connection);
        let row = client.query_one(&format!("SELECT count(*) FROM {table}"), &[]).await?;
        drop(client);
        driven.await??;
        Ok(row.get(0))
    })
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
    let bare = bare()?;
    println!("bare         {:>7.1} ms: the median of 20 times CREATE DATABASE alone", bare.as_secs_f64() * 1e3);
    let mut times = (0..200).map(|_| timed()).collect::<anyhow::Result<Vec<_>>>()?;
    times.sort();
    println!(
        "median of 200{:>7.1} ms, {:.2} of a bare one (fastest {:.1}, slowest {:.1})",
        times[100].as_secs_f64() * 1e3,
        times[100].as_secs_f64() / bare.as_secs_f64(),
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

/// What the server itself needs for a copy of the same template.
fn bare() -> anyhow::Result<Duration> {
    let database = TestDatabase::new()?;
    let mut client = postgres::Client::connect(database.url(), postgres::NoTls)?;
    let newest = "SELECT datname FROM pg_database WHERE datname LIKE 'xtask\\_template\\_%' ORDER BY shobj_description(oid, 'pg_database') DESC LIMIT 1";
    let template: String = client.query_one(newest, &[])?.get(0);
    let mut times = Vec::new();
    for _ in 0..20 {
        let began = Instant::now();
        client.batch_execute(&format!("CREATE DATABASE bare_copy TEMPLATE {template}"))?;
        times.push(began.elapsed());
        client.batch_execute("DROP DATABASE bare_copy")?;
    }
    times.sort();
    Ok(times[10])
}
