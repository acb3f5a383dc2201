//! Prints the SQL that turns one database into another: `diff --from URL --to URL`.

use migrate_first::catalog::{self, Options, Precision};
use migrate_first::db::{self, url::Url};

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let url = |flag: &str| {
        let at = arguments.iter().position(|it| it == flag).and_then(|at| arguments.get(at + 1));
        at.ok_or_else(|| anyhow::format_err!("give {flag} URL"))
    };
    let load = |url: &str| catalog::load(&mut db::connect(&Url::parse(url)?)?);
    let (from, to) = (url("--from")?, url("--to")?);
    let (from, to) = std::thread::scope(|scope| {
        let other = scope.spawn(|| load(to));
        (load(from), other.join().expect("reading a catalog does not panic"))
    });
    let precision = if arguments.iter().any(|it| it == "--practical") { Precision::Practical } else { Precision::Exact };
    let options = Options { precision, ..Options::default() };
    let (from, to) = (from?, to?);
    for what in from.unread.iter().chain(&to.unread) {
        eprintln!("not compared: {what}");
    }
    print!("{}", catalog::render(&catalog::diff(&from, &to, &options)));
    Ok(())
}
