//! `~/.pgpass`: <https://www.postgresql.org/docs/current/libpq-pgpass.html>.

/// The password that the file's `text` gives for one host, port, database and user; the first line that fits wins.
pub(super) fn lookup(text: &str, wanted: [&str; 4]) -> Option<String> {
    let lines = text.lines().map(str::trim_end).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(fields).find_map(|fields| {
        let [host, port, database, user, password] = <[String; 5]>::try_from(fields).ok()?;
        let fits = [host, port, database, user].iter().zip(wanted).all(|(field, wanted)| field == "*" || field == wanted);
        fits.then_some(password)
    })
}

/// The five fields of a line; `\` keeps a `:` or `\` in a field, and the password takes the rest.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        let last = fields.len();
        let field = &mut fields[last - 1];
        match character {
            '\\' => field.extend(characters.next()),
            ':' if last < 5 => fields.push(String::new()),
            other => field.push(other),
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_fitting_line_wins() {
        let text = "# comment\nother:5432:*:*:no\ndb:5432:*:app:s\\:e\\\\c:ret\n*:*:*:*:last\n";
        assert_eq!(lookup(text, ["db", "5432", "shop", "app"]).as_deref(), Some("s:e\\c:ret"));
        assert_eq!(lookup(text, ["db", "5432", "shop", "me"]).as_deref(), Some("last"));
        assert_eq!(lookup("db:5432", ["db", "5432", "shop", "me"]), None);
    }
}
