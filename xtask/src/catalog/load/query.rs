//! The queries: files of SQL whose first lines say what the columns mean.
//!
//! `--@ class 1259` is the catalog that the ids are of, `--@ attributes a b c` names the columns after the eighth, `--@ since 15` says
//! where the catalog exists at all, `--@ when pg_policy WHERE …` that there is nothing to ask for unless that has rows. A line that ends in `--@17+`, `--@<17` or `--@15-16` is for those servers only.

/// A query for objects.
pub(super) struct Query {
    /// What it reads.
    pub name: &'static str,
    /// The oid of the catalog that the ids are of.
    pub class: u32,
    /// The oldest server that has it.
    pub since: u32,
    /// What has rows wherever there is something to read; empty where that is so in every database.
    when: &'static str,
    /// What the columns after the eighth hold.
    pub attributes: Vec<&'static str>,
    sql: &'static str,
}

pub(super) const ALIASES: &str = include_str!("../queries/aliases.sql");
pub(super) const COMMENTS: &str = include_str!("../queries/comments.sql");
pub(super) const DEPENDENCIES: &str = include_str!("../queries/dependencies.sql");
pub(super) const UNREAD: &str = include_str!("../queries/unread.sql");
pub(super) const LABELS: &str = include_str!("../queries/labels.sql");

macro_rules! queries {
    ($($name:literal)*) => { &[$(($name, include_str!(concat!("../queries/", $name, ".sql")))),*] };
}

const OBJECTS: &[(&str, &str)] = queries!["schema" "extension" "language" "foreign_data_wrapper" "server" "user_mapping" "collation"
    "type" "function" "aggregate" "operator" "operator_family" "operator_class" "access_method" "cast" "transform" "conversion"
    "text_search_parser" "text_search_template" "text_search_dictionary" "text_search_configuration" "sequence" "relation" "column"
    "default" "sequence_owner" "constraint" "index" "partition" "index_partition" "statistics" "rule" "trigger" "policy" "publication"
    "publication_table" "publication_schema" "subscription" "event_trigger" "default_privileges"];

/// The schemas that are looked at: not the server's own, and not ours.
const OURS: &str = "(n.nspname <> 'information_schema' AND n.nspname <> 'xtask' AND n.nspname !~ '^pg_')";

/// The queries for objects.
pub(super) fn objects() -> impl Iterator<Item = Query> {
    OBJECTS.iter().map(|(name, sql)| {
        let header = |key: &str| sql.lines().find_map(|line| line.strip_prefix("--@ ")?.strip_prefix(key)).unwrap_or_default();
        Query {
            name,
            class: header("class ").parse().expect("each query names its class"),
            since: header("since ").parse().unwrap_or_default(),
            when: header("when "),
            attributes: header("attributes ").split_whitespace().collect(),
            sql,
        }
    })
}

/// One statement that names the queries for which there is something to read: most databases have no operators of their own, and to plan
/// a query takes longer than to look.
pub(super) fn due() -> String {
    let rows = objects().map(|Query { name, when, .. }| match when {
        "" => format!("SELECT '{name}'"),
        when => format!("SELECT '{name}' WHERE EXISTS (SELECT FROM {when})"),
    });
    rows.collect::<Vec<_>>().join(" UNION ALL ")
}

impl Query {
    /// The text for a server of this version.
    pub(super) fn text(&self, version: u32) -> String {
        plain(self.sql, version)
    }
}

/// `sql` with the lines that a server of this version understands.
pub(super) fn plain(sql: &str, version: u32) -> String {
    let lines = sql.lines().filter(|line| !line.starts_with("--"));
    let lines = lines.filter_map(|line| match line.rsplit_once("--@") {
        Some((line, versions)) => is_for(versions, version).then_some(line),
        None => Some(line),
    });
    lines.collect::<Vec<_>>().join("\n").replace("{ours}", OURS)
}

fn is_for(versions: &str, version: u32) -> bool {
    let number = |text: &str| text.parse::<u32>().expect("a line's versions are numbers");
    match (versions.strip_prefix('<'), versions.strip_suffix('+'), versions.split_once('-')) {
        (Some(below), _, _) => version < number(below),
        (_, Some(from), _) => version >= number(from),
        (_, _, Some((from, to))) => (number(from)..=number(to)).contains(&version),
        _ => version == number(versions),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_for_their_versions() {
        let sql = "-- said\na\nb --@17+\nc --@<17\nd --@15-16";
        assert_eq!(plain(sql, 14), "a\nc ");
        assert_eq!(plain(sql, 16), "a\nc \nd ");
        assert_eq!(plain(sql, 18), "a\nb ");
        assert!(objects().all(|query| query.class > 0));
    }
}
