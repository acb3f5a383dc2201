//! Drizzle. Up to 0.x a journal says which files there are and when each was made, and the history knows them by that time alone; from 1.0 on each
//! has a folder whose name is in the history too.

use super::{Tool, nothing};
use crate::adopt::hash::sha256;
use crate::adopt::{Entry, Files, Foreign, Row, column};
use crate::diagnostic::{Diagnostic, Location};

pub(super) const TOOL: Tool = Tool {
    name: "drizzle",
    tables: &["__drizzle_migrations"],
    columns: &["id", "hash", "created_at"],
    more_columns: &["name", "applied_at"],
    order: "id",
    claims: |files| files.0.contains_key(JOURNAL) || (!files.0.contains_key("migration_lock.toml") && folders(files).next().is_some()),
    read,
    entries: |rows, foreign| entries(rows, foreign),
};

const JOURNAL: &str = "meta/_journal.json";

fn read(files: &Files) -> Result<Vec<Foreign>, Diagnostic> {
    if files.0.contains_key(JOURNAL) { from_journal(files) } else { from_folders(files) }
}

/// Folders `20260102030405_name` with a `migration.sql`.
fn folders(files: &Files) -> impl Iterator<Item = &str> {
    files.folders_with("migration.sql").filter(|folder| {
        let digits = folder.split('_').next().unwrap_or_default();
        digits.len() == 14 && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

fn from_folders(files: &Files) -> Result<Vec<Foreign>, Diagnostic> {
    let foreign: Vec<Foreign> = folders(files)
        .map(|folder| {
            let file = format!("{folder}/migration.sql");
            let title = folder.split_once('_').map_or("", |(_, title)| title);
            Foreign { checksums: vec![sha256(files.bytes(&file))], ..Foreign::sql(folder, title, &file, files) }
        })
        .collect();
    if foreign.is_empty() { Err(nothing(files, "`meta/_journal.json` and no folder with a `migration.sql`")) } else { Ok(foreign) }
}

fn from_journal(files: &Files) -> Result<Vec<Foreign>, Diagnostic> {
    let bad = |message: String| {
        Diagnostic::error("bad-journal", message)
            .at(Location::file(JOURNAL))
            .hint("bring the journal back as drizzle-kit wrote it, from git")
    };
    let journal: serde_json::Value =
        serde_json::from_slice(files.bytes(JOURNAL)).map_err(|error| bad(format!("the journal is no JSON: {error}")))?;
    let entries = journal.get("entries").and_then(|it| it.as_array()).ok_or_else(|| bad("the journal has no `entries`".to_owned()))?;
    let mut foreign = Vec::new();
    for entry in entries {
        let (tag, when) = (column(entry, "tag"), column(entry, "when"));
        let (Some(tag), Some(when)) = (tag, when) else { return Err(bad(format!("an entry lacks `tag` or `when`: {entry}"))) };
        let file = format!("{tag}.sql");
        if !files.0.contains_key(&file) {
            let hint = "bring the file back from git, or take its entry out of the journal";
            return Err(Diagnostic::error("missing-file", format!("the journal lists `{tag}`, but there is no `{file}`")).hint(hint));
        }
        let title = tag.split_once('_').map_or(tag.as_str(), |(_, title)| title);
        foreign.push(Foreign { checksums: vec![sha256(files.bytes(&file))], ..Foreign::sql(when, title, &file, files) });
    }
    let strays: Vec<&str> = files.top().filter(|path| path.ends_with(".sql") && !foreign.iter().any(|it| it.file == **path)).collect();
    foreign.extend(strays.iter().map(|file| {
        let tag = file.trim_end_matches(".sql");
        Foreign { listed: false, ..Foreign::sql(tag, tag.split_once('_').map_or(tag, |(_, title)| title), file, files) }
    }));
    Ok(foreign)
}

fn entries(rows: &[Row], foreign: &[Foreign]) -> Vec<Entry> {
    rows.iter()
        .map(|row| {
            let hash = column(row, "hash").unwrap_or_default();
            let created = column(row, "created_at").unwrap_or_default();
            let known = |key: &str| foreign.iter().any(|it| it.listed && it.key == key);
            let same_second =
                |it: &&Foreign| it.key.split('_').next().is_some_and(|digits| digits.len() == 14 && in_utc(&created) == digits);
            let by_name = column(row, "name").filter(|name| known(name));
            let key = by_name
                .or_else(|| Some(created.clone()).filter(|key| known(key)))
                .or_else(|| foreign.iter().find(same_second).map(|it| it.key.clone()))
                .or_else(|| foreign.iter().find(|it| it.listed && it.checksums.contains(&hash)).map(|it| it.key.clone()));
            // The hash of a row that was found by it alone fits by itself.
            let key = key.unwrap_or_else(|| column(row, "name").unwrap_or(created));
            Entry { checksum: Some(hash), ..Entry::applied(key, column(row, "applied_at")) }
        })
        .collect()
}

/// Milliseconds since 1970 as the fourteen digits of a time in UTC.
fn in_utc(milliseconds: &str) -> String {
    let Ok(milliseconds) = milliseconds.parse::<i64>() else { return String::new() };
    let seconds = milliseconds.div_euclid(1000);
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // The calendar repeats every 400 years of 146,097 days; years begin in March, so that the leap day is the last one.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let (day, month) = (day_of_year - (153 * shifted_month + 2) / 5 + 1, (shifted_month + 2) % 12 + 1);
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    format!("{year:04}{month:02}{day:02}{:02}{:02}{:02}", second / 3600, second / 60 % 60, second % 60)
}

#[cfg(test)]
mod tests {
    use super::in_utc;

    #[test]
    fn times() {
        assert_eq!(in_utc("0"), "19700101000000");
        assert_eq!(in_utc("1713262741218"), "20240416101901");
        assert_eq!(in_utc("1709164800000"), "20240229000000");
    }
}
