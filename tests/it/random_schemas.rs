//! Two random schemas, both ways: the diff turns one into the other on tables that hold rows.
//!
//! `MIGRATE_FIRST_RANDOM=1000` tries that many pairs, `MIGRATE_FIRST_RANDOM_FROM=50` starts at that one.

use migrate_first::catalog::{Delivery, Precision};
use support::pair::Pair;
use support::{chance, each_server};

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().and_then(|it| it.parse().ok()).unwrap_or(default)
}

#[test]
fn random_schemas_become_one_another() {
    let (start, count) = (number("MIGRATE_FIRST_RANDOM_FROM", 1), number("MIGRATE_FIRST_RANDOM", 4));
    each_server(|server| {
        let mut failed = Vec::new();
        for seed in start..start + count {
            let pair = Pair {
                delivery: [Delivery::Script, Delivery::Files, Delivery::Online][usize::try_from(seed % 3).unwrap_or_default()],
                precision: if seed % 2 == 0 { Precision::Exact } else { Precision::Practical },
                ..Pair::new(&chance::schema(2 * seed), &chance::schema(2 * seed + 1))
            };
            for (way, pair) in [("there", pair.reversed()), ("back", pair)] {
                if let Err(error) = pair.converges(server) {
                    failed.push(format!("pair {seed} {way}: {error}"));
                }
            }
        }
        support::say(&format!("PostgreSQL {}: {} of {} random diffs converge", server.major, 2 * count as usize - failed.len(), 2 * count));
        assert!(failed.is_empty(), "{}", failed.join("\n\n"));
    });
}
