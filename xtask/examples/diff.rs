//! Prints the SQL that turns one database into another: `diff --from URL --to URL`.

use migrate_first::catalog::{self, ColumnOrder, Options};
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
    let column_order = if arguments.iter().any(|it| it == "--keep-column-order") { ColumnOrder::Kept } else { ColumnOrder::Exact };
    let options = Options { column_order, ..Options::default() };
    print!("{}", catalog::render(&catalog::diff(&from?, &to?, &options)));
    Ok(())
}
