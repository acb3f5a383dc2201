//! The name of a migration: `NNNN_words.sql`.

use std::fmt;

/// A migration's number and its full name without `.sql`; ordered by number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    /// The leading digits as a number; a timestamp is one too.
    pub number: u64,
    /// The file's name without `.sql`, digits included.
    pub stem: String,
}

impl Name {
    /// Reads a file name; nothing where it is not `digits_words.sql`.
    #[must_use]
    pub fn parse(file_name: &str) -> Option<Name> {
        let stem = file_name.strip_suffix(".sql")?;
        let (digits, title) = stem.split_once('_')?;
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let is_plain = !title.is_empty() && !title.chars().any(char::is_control);
        (is_number && is_plain).then_some(Name { number: digits.parse().ok()?, stem: stem.to_owned() })
    }

    /// Reads a name as a user types it: the number, the full name, or the file's name.
    #[must_use]
    pub fn is_meant_by(&self, word: &str) -> bool {
        let word = word.rsplit('/').next().unwrap_or(word);
        let word = word.strip_suffix(".sql").unwrap_or(word);
        word == self.stem || word.parse() == Ok(self.number)
    }

    /// The part behind the number.
    #[must_use]
    pub fn title(&self) -> &str {
        self.stem.split_once('_').map_or("", |(_, title)| title)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.stem)
    }
}

#[cfg(test)]
mod tests {
    use super::Name;

    #[test]
    fn names() {
        let check = |file: &str, expected: Option<u64>| assert_eq!(Name::parse(file).map(|name| name.number), expected, "of {file}");
        check("0001_init.sql", Some(1));
        check("20261122120000_add-users.v2.sql", Some(20_261_122_120_000));
        check("10000_x.sql", Some(10_000));
        check("1.sql", None);
        check("init.sql", None);
        check("0001_.sql", None);
        check("0001_init.SQL", None);
        check("V1__init.sql", None);
        check("99999999999999999999999_x.sql", None);
        let name = Name::parse("0010_enhance.sql").expect("parses");
        assert!(["10", "0010", "0010_enhance", "migrations/0010_enhance.sql"].iter().all(|word| name.is_meant_by(word)));
        assert!(!name.is_meant_by("1"));
    }
}
