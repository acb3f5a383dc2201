//! Reading the two forms. Errors say what is wrong and where in words; they never repeat the text.

use super::{KEYWORDS, Url};
use std::fmt;

/// Why an address does not parse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrlError {
    /// What is wrong, without any part of the address that may be secret.
    pub message: String,
    /// What to write instead, starting with a verb.
    pub hint: String,
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for UrlError {}

const ENCODE: &str = "percent-encode it: `@` is %40, `:` %3A, `/` %2F, `#` %23, `?` %3F, `%` %25; or leave it out and set PGPASSWORD";

pub(super) fn parse(text: &str) -> Result<Url, UrlError> {
    let text = text.trim();
    match text.strip_prefix("postgres://").or_else(|| text.strip_prefix("postgresql://")) {
        Some(rest) => parse_url(rest),
        None if text.contains("://") => Err(error("this is no PostgreSQL URL", "begin it with `postgres://`")),
        None => parse_pairs(text),
    }
}

/// `[user[:password]@][host[:port],…][/dbname][?keyword=value&…]`
fn parse_url(rest: &str) -> Result<Url, UrlError> {
    let (authority, tail) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let (path, query) = tail.split_once('?').unwrap_or((tail, ""));
    // An `@` behind the first slash or question mark can only be the one before the host: the password holds the other sign.
    if !authority.contains('@') && tail.contains('@') {
        let sign = &tail[..1];
        return Err(error(&format!("the password holds `{sign}`"), ENCODE));
    }
    if tail.contains('#') {
        return Err(error("the URL holds `#`, which ends a URL", ENCODE));
    }
    let mut url = Url::default();
    let hosts = match authority.rsplit_once('@') {
        Some((credentials, hosts)) => {
            parse_credentials(&mut url, credentials)?;
            hosts
        }
        None => authority,
    };
    parse_hosts(&mut url, hosts)?;
    let dbname = path.strip_prefix('/').unwrap_or(path);
    if !dbname.is_empty() {
        url.set("dbname", decode(dbname, "the database's name")?)?;
    }
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        parse_option(&mut url, pair)?;
    }
    Ok(url)
}

fn parse_option(url: &mut Url, pair: &str) -> Result<(), UrlError> {
    let (keyword, value) =
        pair.split_once('=').ok_or_else(|| error("an option behind `?` has no value", "write `?keyword=value&keyword=value`"))?;
    let keyword = decode(keyword, "an option's name")?;
    let value = decode(value, "an option's value")?;
    match (keyword.as_str(), value.as_str()) {
        ("ssl", "true") => url.set("sslmode", "require"),
        // Other tools' own options, which libpq would refuse: they mean nothing here and do no harm.
        ("pgbouncer" | "connection_limit" | "pool_timeout" | "schema" | "supa", _) => Ok(()),
        _ => url.set(&keyword, value),
    }
}

fn parse_credentials(url: &mut Url, credentials: &str) -> Result<(), UrlError> {
    let (user, password) = match credentials.split_once(':') {
        Some((user, password)) => (user, Some(password)),
        None => (credentials, None),
    };
    if let Some(password) = password {
        if let Some(sign) = password.chars().find(|sign| "@:/#?".contains(*sign)) {
            return Err(error(&format!("the password holds `{sign}`"), ENCODE));
        }
        url.set("password", decode(password, "the password")?)?;
    }
    if user.contains('@') {
        return Err(error("the user's name holds `@`", ENCODE));
    }
    if !user.is_empty() {
        url.set("user", decode(user, "the user's name")?)?;
    }
    Ok(())
}

fn parse_hosts(url: &mut Url, hosts: &str) -> Result<(), UrlError> {
    let (mut names, mut ports) = (Vec::new(), Vec::new());
    for host in hosts.split(',') {
        let (name, port) = host_and_port(host)?;
        names.push(decode(name, "the host")?);
        ports.push(port);
    }
    if names.iter().any(|name| !name.is_empty()) {
        url.set("host", names.join(","))?;
    }
    if ports.iter().any(|port| !port.is_empty()) {
        let ports: Vec<&str> = ports.into_iter().map(|port| if port.is_empty() { "5432" } else { port }).collect();
        url.set("port", ports.join(","))?;
    }
    Ok(())
}

/// `name:port`, `[v6]:port`; a port must be a number.
fn host_and_port(host: &str) -> Result<(&str, &str), UrlError> {
    let (name, port) = match host.strip_prefix('[') {
        Some(rest) => {
            let (name, rest) = rest.split_once(']').ok_or_else(|| error("an IPv6 address lacks its `]`", "write `[::1]:5432`"))?;
            (name, rest.strip_prefix(':').unwrap_or(rest))
        }
        None => host.split_once(':').unwrap_or((host, "")),
    };
    if port.is_empty() || port.parse::<u16>().is_ok_and(|port| port > 0) {
        return Ok((name, port));
    }
    // What stands here may be the rest of a password whose signs were not encoded: it is not repeated.
    Err(error("the port is no number from 1 to 65535", &format!("write `host:5432`; if this is part of the password, {ENCODE}")))
}

/// `keyword = value` pairs, values in single quotes where they hold blanks, `\` before a quote or backslash.
fn parse_pairs(text: &str) -> Result<Url, UrlError> {
    let mut url = Url::default();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (keyword, behind) = rest
            .split_once('=')
            .ok_or_else(|| error("this is neither a URL nor `key=value` pairs", "write `postgres://user@host:5432/dbname`"))?;
        let (value, behind) = pair_value(behind.trim_start())?;
        url.set(keyword.trim(), value)?;
        rest = behind.trim_start();
    }
    Ok(url)
}

fn pair_value(text: &str) -> Result<(String, &str), UrlError> {
    let (quoted, text) = text.strip_prefix('\'').map_or((false, text), |rest| (true, rest));
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((index, character)) = characters.next() {
        match character {
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            '\'' if quoted => return Ok((value, &text[index + 1..])),
            blank if !quoted && blank.is_whitespace() => return Ok((value, &text[index..])),
            other => value.push(other),
        }
    }
    if quoted { Err(error("a value's quote is never closed", "close it with `'`")) } else { Ok((value, "")) }
}

pub(super) fn unknown(keyword: &str) -> UrlError {
    let nearest = KEYWORDS.iter().map(|(known, _)| (strsim::jaro_winkler(known, keyword), known)).max_by(|a, b| a.0.total_cmp(&b.0));
    let hint = match nearest {
        Some((score, known)) if score > 0.8 => format!("write `{known}`"),
        _ => "look the keyword up in PostgreSQL's documentation, section libpq, Parameter Key Words".to_owned(),
    };
    // A keyword that is no plain word may be a piece of a password.
    let is_word = !keyword.is_empty() && keyword.chars().all(|it| it.is_ascii_lowercase() || it == '_');
    let shown = if is_word { format!(" `{keyword}`") } else { String::new() };
    UrlError { message: format!("unknown connection keyword{shown}"), hint }
}

fn error(message: &str, hint: &str) -> UrlError {
    UrlError { message: message.to_owned(), hint: hint.to_owned() }
}

fn decode(text: &str, what: &str) -> Result<String, UrlError> {
    let bad = || error(&format!("{what} holds a `%` without two hexadecimal digits"), "write `%25` for a `%`");
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16)).ok_or_else(bad);
            let (high, low) = (digit(rest.next())?, digit(rest.next())?);
            bytes.push(u8::try_from(high * 16 + low).expect("two hexadecimal digits make a byte"));
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).map_err(|_| error(&format!("{what} is not UTF-8 once decoded"), "encode its UTF-8 bytes"))
}

pub(super) fn percent_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}
