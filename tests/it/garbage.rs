//! The linter survives whatever stands in a file: any bytes, shuffled words of SQL, real files cut and mixed.
//!
//! A bounded number of cases runs with the other tests. `MIGRATE_FIRST_FUZZ_SECONDS=600 cargo test -p migration-tests --test it garbage -- --nocapture`
//! goes on for that long, from another start each time; a failure names the seed of its case, and `MIGRATE_FIRST_FUZZ_SEED` runs that one.

use migrate_first::lint::{RULES, Scope, lint};
use migrate_first::migration::{MigrationSet, Numbering, SourceFile};
use std::time::{Duration, Instant};

/// How many cases of each kind run with the other tests.
const CASES: u64 = 300;
/// What a case of a few kilobytes may take on a busy machine.
const LONGEST: Duration = Duration::from_secs(60);

/// Numbers that look random and are the same for the same seed (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end.max(1) as u64).expect("it is below a usize")
    }
}

const WORDS: &[&str] = &[
    "CREATE",
    "TABLE",
    "ALTER",
    "DROP",
    "INDEX",
    "CONCURRENTLY",
    "ON",
    "account",
    "t",
    "\"T\"",
    "(",
    ")",
    ",",
    ";",
    ";\n",
    "'a'",
    "''",
    "$$",
    "$x$",
    "E'\\'",
    "--",
    "/*",
    "*/",
    "\n",
    "\\",
    "BEGIN",
    "ATOMIC",
    "END",
    "COMMIT",
    "ROLLBACK",
    "SAVEPOINT",
    "s",
    "TO",
    "DO",
    "LANGUAGE",
    "plpgsql",
    "AS",
    "FUNCTION",
    "f()",
    "RETURNS",
    "void",
    "SELECT",
    "*",
    "FROM",
    "WHERE",
    "id",
    "=",
    "1",
    "AND",
    "OR",
    "NOT",
    "NULL",
    "EXISTS",
    "IF",
    "THEN",
    "ELSE",
    "LOOP",
    "EXECUTE",
    "format",
    "'%I'",
    "UPDATE",
    "SET",
    "DELETE",
    "INSERT",
    "INTO",
    "VALUES",
    "COLUMN",
    "ADD",
    "TYPE",
    "int",
    "varchar(5)",
    "[]",
    "::",
    "USING",
    "CHECK",
    "FOREIGN",
    "KEY",
    "REFERENCES",
    "PARTITION",
    "OF",
    "FOR",
    "MINVALUE",
    "DEFAULT",
    "now()",
    "ENUM",
    "VALUE",
    "RENAME",
    "CASCADE",
    "GRANT",
    "ALL",
    "public",
    "POLICY",
    "TRIGGER",
    "DECLARE",
    "x",
    ":=",
    "..",
    "EXCEPTION",
    "WHEN",
    "OTHERS",
    "WITH",
    "RECURSIVE",
    "-- xtask: no-transaction\n",
    "-- xtask: allow truncate: x\n",
    "-- xtask: allow",
    "TRUNCATE",
    "COPY",
    "stdin",
    "\\.",
    "é",
    "\u{feff}",
    "\u{0}",
    "\r\n",
    "MERGE",
    "MATCHED",
    "CASE",
];

fn bytes(random: &mut Random) -> Vec<u8> {
    let length = random.below(400);
    (0..length).map(|_| u8::try_from(random.next() & 0xff).expect("a byte")).collect()
}

fn words(random: &mut Random) -> Vec<u8> {
    let length = random.below(120);
    (0..length).map(|_| WORDS[random.below(WORDS.len())]).collect::<Vec<_>>().join(" ").into_bytes()
}

/// Two examples of rules, cut at random places, repeated, put together.
fn mixed(random: &mut Random) -> Vec<u8> {
    let mut text = Vec::new();
    for _ in 0..=random.below(4) {
        let rule = RULES[random.below(RULES.len())];
        let source = if random.below(2) == 0 { rule.bad } else { rule.good }.as_bytes();
        let (a, b) = (random.below(source.len() + 1), random.below(source.len() + 1));
        let piece = &source[a.min(b)..a.max(b)];
        (0..=random.below(3)).for_each(|_| text.extend_from_slice(piece));
    }
    for _ in 0..random.below(4) {
        let at = random.below(text.len().max(1));
        if let Some(byte) = text.get_mut(at) {
            *byte = u8::try_from(random.next() & 0x7f).expect("a byte");
        }
    }
    text
}

const KINDS: &[fn(&mut Random) -> Vec<u8>] = &[bytes, words, mixed];

fn judge(before: &[u8], text: &[u8]) {
    let file = |name: &str, bytes: &[u8]| SourceFile { path: format!("migrations/{name}.sql"), bytes: bytes.to_vec() };
    let files = vec![file("0001_before", before), file("0002_judged", text)];
    let (set, found) = MigrationSet::from_readable_files(files, Numbering::Sequential);
    let scope = Scope { judged: None, lock_timeout: None, server_version: None, complete: found.is_empty() };
    drop(lint(&set, &scope));
}

fn run(seed: u64) {
    let mut random = Random(seed);
    let before = mixed(&mut random);
    let kind = random.below(KINDS.len());
    let text = KINDS[kind](&mut random);
    let start = Instant::now();
    let result = std::panic::catch_unwind(|| judge(&before, &text));
    assert!(result.is_ok(), "MIGRATE_FIRST_FUZZ_SEED={seed} panics on {:?}", String::from_utf8_lossy(&text));
    assert!(
        start.elapsed() < LONGEST,
        "MIGRATE_FIRST_FUZZ_SEED={seed} takes {:?} for {:?}",
        start.elapsed(),
        String::from_utf8_lossy(&text)
    );
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().and_then(|it| it.parse().ok())
}

#[test]
fn every_text_is_judged_without_panic_or_hang() {
    if let Some(seed) = number("MIGRATE_FIRST_FUZZ_SEED") {
        return run(seed);
    }
    let Some(seconds) = number("MIGRATE_FIRST_FUZZ_SECONDS") else { return (0..CASES * KINDS.len() as u64).for_each(run) };
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    let (start, first) = (Instant::now(), now.as_secs() << 24);
    let mut seed = first;
    while start.elapsed() < Duration::from_secs(seconds) {
        run(seed);
        seed += 1;
    }
    support::say(&format!("{} cases in {:?}, the first {first}", seed - first, start.elapsed()));
}

/// How long a linter may take for a text that is large or deep rather than wild.
fn bounded(what: &str, text: &str, limit: Duration) {
    let start = Instant::now();
    judge(b"CREATE TABLE account (id bigint PRIMARY KEY, n int);", text.as_bytes());
    let taken = start.elapsed();
    support::say(&format!("{what}: {taken:?}"));
    assert!(taken < limit, "{what} takes {taken:?}");
}

#[test]
fn the_large_and_the_deep_are_judged_in_time() {
    let limit = Duration::from_secs(300);
    bounded("100,000 statements", &"UPDATE account SET n = 1 WHERE id = 7;\n".repeat(100_000), limit);
    let row = ",(123456, 'some text that a row holds')";
    bounded("10 MB in one statement", &format!("INSERT INTO account VALUES (1, 'x'){};", row.repeat(10_000_000 / row.len())), limit);
    bounded("10 MB in one string", &format!("SELECT '{}';", "x".repeat(10_000_000)), limit);
    bounded("10 MB of comment", &format!("/*{}*/ SELECT 1;", "x".repeat(10_000_000)), limit);
    bounded("10 MB in one body", &format!("DO $$ BEGIN {} END $$;", "PERFORM 1;\n".repeat(900_000)), limit);
    bounded("50,000 terms", &format!("SELECT 1{};", "+1".repeat(50_000)), limit);
    bounded("9,000 terms", &format!("SELECT 1{};", "+1".repeat(9_000)), limit);
    bounded("50,000 terms in code", &format!("DO $$ DECLARE x int; BEGIN x := 1{}; END $$;", "+1".repeat(50_000)), limit);
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("ARRAY[", "]"),
        ("CASE WHEN true THEN ", " END"),
        ("NOT ", ""),
        ("- ", ""),
        ("(SELECT ", ")"),
        ("coalesce(", ")"),
    ] {
        for depth in [1_900, 20_000] {
            let text = format!("SELECT {}1{};", open.repeat(depth), close.repeat(depth));
            bounded(&format!("{depth} times `{open}`"), &text, limit);
            let code = format!("DO $$ DECLARE x int; BEGIN x := {}1{}; END $$;", open.repeat(depth), close.repeat(depth));
            bounded(&format!("{depth} times `{open}` in code"), &code, limit);
        }
    }
    let blocks = format!("DO $$ {} NULL; {} $$;", "BEGIN ".repeat(20_000), "END; ".repeat(20_000));
    bounded("20,000 nested blocks", &blocks, limit);
    let ifs = format!("DO $$ BEGIN {} NULL; {} END $$;", "IF true THEN ".repeat(20_000), "END IF; ".repeat(20_000));
    bounded("20,000 nested conditions", &ifs, limit);
    bounded("20,000 nested comments", &format!("{}{} SELECT 1;", "/*".repeat(20_000), "*/".repeat(20_000)), limit);
    bounded("20,000 joins", &format!("SELECT 1 FROM account{};", " JOIN account USING (id)".repeat(20_000)), limit);
    bounded("20,000 unions", &format!("SELECT 1{};", " UNION SELECT 1".repeat(20_000)), limit);
    bounded("20,000 casts", &format!("SELECT 1{};", "::int".repeat(20_000)), limit);
    bounded("20,000 dots", &format!("SELECT a{};", ".a".repeat(20_000)), limit);
    bounded("20,000 columns", &format!("CREATE TABLE t (a int{});", (0..20_000).map(|n| format!(", c{n} int")).collect::<String>()), limit);
    bounded("20,000 savepoints", &"SAVEPOINT s; CREATE TABLE t (a int); ROLLBACK TO s;\n".repeat(20_000), limit);
}
