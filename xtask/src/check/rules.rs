//! What a finding of the check means, by its rule: the linter's records, and those of the other sources in one table.

use crate::diagnostic::RuleText;
use crate::lint;

/// Name, title, effect, cure.
type Record = (&'static str, &'static str, &'static str, &'static str);

const RULES: &[Record] = &[
    ("bad-name", "A file that is no migration", "It would never be applied", "Name it `NNNN_words.sql`, or move it elsewhere"),
    ("not-utf8", "A file that is not UTF-8", "The server would refuse it, or read other letters", "Save it as UTF-8"),
    ("unreadable-sql", "Text that cannot be cut into statements", "Nothing of the file can be applied", "Close the quote or comment"),
    ("bad-directive", "A directive that is not understood", "The file would run otherwise than was meant", "Write one that there is"),
    ("unbalanced-transaction", "BEGIN and COMMIT do not add up", "The migration's own transaction would break", "Remove or balance them"),
    ("number-taken", "Two migrations with one number", "Which comes first would be chance", "Run `cargo xtask db renumber`"),
    ("number-gap", "A number is left out", "A file is missing, here or elsewhere", "Bring it back, or run `cargo xtask db renumber`"),
    (
        "empty-file",
        "A migration without statements",
        "Once it is applied, it cannot be filled any more",
        "Write its SQL, or remove the file",
    ),
    (
        "edited-on-branch",
        "An edit of a merged migration",
        "Databases that have it will not get the edit",
        "Undo it and write a new migration",
    ),
    (
        "removed-on-branch",
        "A merged migration was removed",
        "Databases that have it stay as they are",
        "Bring it back; undo it by another one",
    ),
    ("behind-base", "A new migration before a merged one", "Databases that have the merged one refuse it", "Run `cargo xtask db renumber`"),
    ("no-base", "The base branch is not known", "Edits of merged migrations cannot be seen", "Fetch it, or name another with `--base`"),
    ("no-lock", "No migrations.lock", "Two branches with a migration each merge in silence", "Run `cargo xtask db check --write`"),
    ("lock-stale", "migrations.lock is not up to date", "A conflict or an edit would not be seen", "Run `cargo xtask db check --write`"),
    ("lock-unreadable", "A line of migrations.lock cannot be read", "Its migration is not guarded", "Run `cargo xtask db check --write`"),
    ("lock-conflict", "migrations.lock is in conflict", "Two branches added a migration", "Run `cargo xtask db renumber`"),
    ("migration-failed", "A migration does not apply", "It would fail everywhere else as well", "Correct it"),
    ("not-replayed", "A migration was not replayed", "Nothing is known of what it does", "Correct the file before it"),
    ("not-idempotent", "A second run does something", "A run that was interrupted cannot go on", "Leave the schema `xtask` alone"),
    (
        "drift",
        "Migrations and desired state differ",
        "Databases are not what the code was written for",
        "Run `cargo xtask db generate NAME`",
    ),
    ("drift-dump", "pg_dump sees a difference", "The comparison of catalogs has overlooked something", "Compare the lines that are shown"),
    ("no-desired-state", "There is no desired state", "Drift cannot be judged", "Describe the schema as plain SQL in `schema/`"),
    ("no-pg-dump", "There is no fitting pg_dump", "Drift has no second opinion", "Install the server's client programs"),
    ("not-compared", "Something is not compared", "A difference in it is not seen", "Look at it by hand"),
    (
        "observed-block",
        "Work while others wait",
        "They wait as long as the work takes",
        "Do the work without the lock, or in a migration of its own",
    ),
    ("observed-lock", "A strong lock for a moment", "It waits for running queries, and new ones behind it", "Keep a lock_timeout in force"),
    ("observed-failure", "A statement fails", "The migration stops here", "Correct the statement, or mend the rows first"),
    ("observed-loss", "Data is destroyed", "Only a backup brings it back", "Keep a copy, or say why it may go"),
    (
        "observed-break",
        "Something that programs use is gone",
        "They fail from this moment on",
        "Keep the old name until no program uses it",
    ),
    ("observed-leak", "A setting is left changed", "What runs next in the session runs under it", "Write SET LOCAL"),
    ("not-observed", "Something could not be observed", "It is not known what it does", "Judge it by hand"),
    ("no-server", "There is no server", "What needs one was not looked at", "Start one, or check with `--offline`"),
];

/// What is known about the rule `id`; one that nobody describes is called by its name.
#[must_use]
pub fn text(id: &str) -> RuleText {
    if let Some(rule) = lint::find(id) {
        let effect = rule.effect.to_owned();
        return RuleText { title: rule.title.to_owned(), effect, help: lint::render_page(rule) };
    }
    match RULES.iter().find(|(it, ..)| *it == id) {
        Some((_, title, effect, cure)) => RuleText { title: (*title).into(), effect: (*effect).into(), help: format!("{cure}.") },
        None => RuleText { title: id.replace('-', " "), effect: String::new(), help: String::new() },
    }
}
