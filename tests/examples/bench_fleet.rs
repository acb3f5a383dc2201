//! `cargo run -p migration-tests --example bench_fleet`: how long many tenants take, schemas of one database and databases of one server.

use std::time::Instant;
use support::{Database, Sandbox, each_server};

const N_SCHEMAS: usize = 1_000;
const N_DATABASES: usize = 100;

fn main() {
    println!("| PostgreSQL | members | migrations | jobs | fresh | nothing to do | one new |");
    println!("|---|---|---|---|---|---|---|");
    each_server(|server| {
        let home = Database::new(server);
        home.sql(&format!("DO $$BEGIN FOR i IN 1..{N_SCHEMAS} LOOP EXECUTE format('CREATE SCHEMA tenant_%s', i); END LOOP; END$$"));
        report(server.major, &format!("{N_SCHEMAS} schemas"), &Sandbox::on(&home), &["--each-schema", "tenant_*"]);
        let databases: Vec<Database> = (0..N_DATABASES).map(|_| Database::new(server)).collect();
        let targets = |(index, it): (usize, &Database)| format!("[targets.t{index}]\nurl = \"{}\"\n", it.url().reveal());
        let config: String = databases.iter().enumerate().map(targets).collect();
        report(server.major, &format!("{N_DATABASES} databases"), &Sandbox::new().file("xtask.toml", config), &["--all-targets"]);
    });
}

fn report(major: u32, members: &str, sandbox: &Sandbox, which: &[&str]) {
    for n in 1..=9 {
        sandbox.write(&format!("migrations/000{n}_t{n}.sql"), format!("CREATE TABLE t{n} (id bigint PRIMARY KEY, at timestamptz);\n"));
    }
    let time = || {
        let began = Instant::now();
        sandbox.run([&["db", "migrate", "--quiet"], which].concat()).code(0);
        format!("{:.1} s", began.elapsed().as_secs_f64())
    };
    let (fresh, nothing) = (time(), time());
    sandbox.write("migrations/0010_t10.sql", "ALTER TABLE t1 ADD note text;\n");
    println!("| {major} | {members} | 9 | 4 | {fresh} | {nothing} | {} |", time());
}
