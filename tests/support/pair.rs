//! Two schemas as SQL, and whether what the engine writes turns a database of the one into one of the other.

use crate::{Database, Server, dump};
use migrate_first::catalog::{self, Catalog, Delivery, Options, Part, Precision};
use migrate_first::db;

/// Two schemas, and what is asked of the diff.
#[derive(Debug, Clone, Default)]
pub struct Pair {
    /// The schema that is, with rows.
    pub old: String,
    /// The schema that is wanted.
    pub new: String,
    /// `old=new`.
    pub renames: Vec<String>,
    /// `type.value=other`.
    pub values: Vec<String>,
    /// How many transactions.
    pub delivery: Delivery,
    /// Whether the order of columns counts.
    pub precision: Precision,
}

/// What a diff came to.
#[derive(Debug)]
pub struct Converged {
    /// The scripts.
    pub parts: Vec<Part>,
    /// The database that they made.
    pub database: Database,
}

impl Converged {
    /// The scripts as one text, with a line before each that is not the first.
    pub fn script(&self) -> String {
        let name = |part: &Part| {
            if part.transactional { format!("-- {:?}\n", part.stage) } else { "-- Build, without a transaction\n".to_owned() }
        };
        match self.parts.as_slice() {
            [one] => one.sql.clone(),
            parts => parts.iter().map(|it| name(it) + &it.sql).collect(),
        }
    }
}

impl Pair {
    /// From `old` to `new` with nothing else asked.
    pub fn new(old: &str, new: &str) -> Pair {
        Pair { old: old.to_owned(), new: new.to_owned(), ..Pair::default() }
    }

    /// Told `old=new`.
    pub fn renaming(mut self, told: &[&str]) -> Pair {
        self.renames = told.iter().map(|it| (*it).to_owned()).collect();
        self
    }

    /// Told `type.value=other`.
    pub fn mapping(mut self, told: &[&str]) -> Pair {
        self.values = told.iter().map(|it| (*it).to_owned()).collect();
        self
    }

    /// In several transactions.
    pub fn delivered(mut self, delivery: Delivery) -> Pair {
        self.delivery = delivery;
        self
    }

    /// The other way round.
    pub fn reversed(&self) -> Pair {
        Pair { old: self.new.clone(), new: self.old.clone(), ..self.clone() }
    }

    /// Runs the diff on a database of the old schema and compares what comes out with one of the new: by another diff, which has to be
    /// empty, and by pg_dump.
    pub fn converges(&self, server: &'static Server) -> Result<Converged, String> {
        let (a, b) = (Database::new(server), Database::new(server));
        run(&a, &self.old).map_err(|error| format!("the old schema: {error}"))?;
        run(&b, &self.new).map_err(|error| format!("the new schema: {error}"))?;
        self.turns(a, &b)
    }

    /// As [`Pair::converges`], from one database to another whatever made them.
    pub fn turns(&self, a: Database, b: &Database) -> Result<Converged, String> {
        let (from, to) = (load(&a), load(b));
        let parts = catalog::parts(&catalog::diff(&from, &to, &self.options(&from, &to)?));
        for part in &parts {
            apply(&a, part).map_err(|error| format!("{error}\n{}", part.sql))?;
        }
        let shown = || parts.iter().map(|it| it.sql.clone()).collect::<Vec<_>>().join("\n");
        let plain = Options { precision: self.precision, ..Options::default() };
        let again = catalog::render(&catalog::diff(&load(&a), &to, &plain));
        if !again.is_empty() {
            return Err(format!("the second diff is not empty:\n{again}\nafter\n{}", shown()));
        }
        match difference(&a, b, self.precision) {
            Some(text) => Err(format!("{text}\nafter\n{}", shown())),
            None => Ok(Converged { parts, database: a }),
        }
    }

    fn options(&self, from: &Catalog, to: &Catalog) -> Result<Options, String> {
        let renames = catalog::rename::resolve(from, to, &self.renames)
            .map_err(|failed| failed.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))?;
        let values = catalog::resolve_values(from, to, &self.values).map_err(|failed| failed.join("\n"))?;
        Ok(Options { values, renames, precision: self.precision, delivery: self.delivery })
    }
}

/// The catalog of a database.
pub fn load(database: &Database) -> Catalog {
    let mut session = db::connect(&database.url()).expect("the server answers");
    let catalog = catalog::load(&mut session).expect("the catalog can be read");
    session.close();
    catalog
}

/// Runs a script; what the server says against it.
pub fn run(database: &Database, sql: &str) -> Result<(), String> {
    database.connect().batch_execute(sql).map_err(|error| said(&error))
}

fn said(error: &postgres::Error) -> String {
    error.as_db_error().map_or_else(|| error.to_string(), |it| format!("{} ({})", it.message(), it.code().code()))
}

fn apply(database: &Database, part: &Part) -> Result<(), String> {
    if part.transactional {
        return run(database, &format!("BEGIN;\n{}\nCOMMIT;", part.sql));
    }
    let script = migrate_first::sql::split(&part.sql).map_err(|error| format!("{error:?}"))?;
    script.statements.iter().try_for_each(|it| run(database, &part.sql[it.span.clone()]))
}

/// What pg_dump finds different: the blocks of either that the other does not have. Some expressions come back in another form once they
/// were dumped and restored; what is the same then is the same.
fn difference(a: &Database, b: &Database, precision: Precision) -> Option<String> {
    let blocks = |database: &Database| blocks(database, precision);
    if blocks(a) == blocks(b) {
        return None;
    }
    let restored = |database: &Database| {
        let copy = Database::new(database.server);
        let text = dump::dump(database, &["--schema-only"]);
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('\\')).collect();
        run(&copy, &lines.join("\n").replace("CREATE SCHEMA public;", "")).ok().map(|()| blocks(&copy))
    };
    let (one, two) = (restored(a).unwrap_or_else(|| blocks(a)), restored(b).unwrap_or_else(|| blocks(b)));
    let only = |these: &[String], those: &[String], sign: &str| {
        these.iter().filter(|it| !those.contains(it)).map(|it| format!("{sign} {it}\n")).collect::<String>()
    };
    let text = only(&one, &two, "has") + &only(&two, &one, "lacks");
    (!text.is_empty()).then_some(text)
}

/// The blocks of a dump, sorted, without comments; the columns of tables, too, where their order does not count.
fn blocks(database: &Database, precision: Precision) -> Vec<String> {
    let text = dump::dump(database, &["--schema-only"]);
    let mut blocks: Vec<String> = text.split("\n--\n-- Name: ").map(|block| tidied(block, precision)).filter(|it| !it.is_empty()).collect();
    blocks.sort();
    blocks
}

fn tidied(block: &str, precision: Precision) -> String {
    let is_kept = |line: &&str| !line.is_empty() && !["\\", "SET default_", "--"].iter().any(|it| line.starts_with(it));
    let lines = block.lines().skip(1).filter(is_kept);
    let (mut grants, mut rest): (Vec<&str>, Vec<&str>) = lines.partition(|line| line.starts_with("GRANT ") || line.starts_with("REVOKE "));
    grants.sort_unstable();
    if precision == Precision::Practical && rest.first().is_some_and(|it| it.contains("TABLE ")) {
        rest = rest.into_iter().map(|it| it.trim_end_matches(',')).collect();
        rest.sort_unstable();
    }
    rest.into_iter().chain(grants).collect::<Vec<_>>().join("\n")
}
