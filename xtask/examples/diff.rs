//! Prints the SQL that turns one database into another: `diff --from URL --to URL`.

use migrate_first::catalog::{self, Options};
use migrate_first::db::{self, url::Url};

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let url = |flag: &str| {
        let at = arguments.iter().position(|it| it == flag).and_then(|at| arguments.get(at + 1));
        at.ok_or_else(|| anyhow::format_err!("give {flag} URL"))
    };
    let load = |flag: &str| catalog::load(&mut db::connect(&Url::parse(url(flag)?)?)?);
    let (from, to) = (load("--from")?, load("--to")?);
    print!("{}", catalog::render(&catalog::diff(&from, &to, &Options::default())));
    Ok(())
}
