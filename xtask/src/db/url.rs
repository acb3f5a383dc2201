//! Where a database is: libpq's URL and `key=value` forms and the `PG*` variables, as one value that never shows its password.
//!
//! The keywords and their meaning are libpq's: <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS>.

mod parse;

pub use parse::UrlError;
use std::collections::BTreeMap;
use std::fmt;

/// The keywords that are understood, with the environment variable that gives each when the URL does not.
pub const KEYWORDS: &[(&str, Option<&str>)] = &[
    ("application_name", Some("PGAPPNAME")),
    ("channel_binding", Some("PGCHANNELBINDING")),
    ("client_encoding", None),
    ("connect_timeout", Some("PGCONNECT_TIMEOUT")),
    ("dbname", Some("PGDATABASE")),
    ("fallback_application_name", None),
    ("gssencmode", None),
    ("host", Some("PGHOST")),
    ("hostaddr", Some("PGHOSTADDR")),
    ("keepalives", None),
    ("keepalives_count", None),
    ("keepalives_idle", None),
    ("keepalives_interval", None),
    ("load_balance_hosts", Some("PGLOADBALANCEHOSTS")),
    ("options", Some("PGOPTIONS")),
    ("passfile", Some("PGPASSFILE")),
    ("password", Some("PGPASSWORD")),
    ("port", Some("PGPORT")),
    ("sslcert", Some("PGSSLCERT")),
    ("sslkey", Some("PGSSLKEY")),
    ("sslmode", Some("PGSSLMODE")),
    ("sslnegotiation", Some("PGSSLNEGOTIATION")),
    ("sslrootcert", Some("PGSSLROOTCERT")),
    ("target_session_attrs", Some("PGTARGETSESSIONATTRS")),
    ("tcp_user_timeout", None),
    ("user", Some("PGUSER")),
];

/// A database's address: libpq's keywords and their values. Debug and Display hide the password.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Url {
    values: BTreeMap<&'static str, String>,
}

impl Url {
    /// Reads `postgres://…`, `postgresql://…` or `key=value …`.
    ///
    /// # Errors
    /// What does not parse and what to write instead. The text itself is never repeated, since it may hold a password.
    pub fn parse(text: &str) -> Result<Url, UrlError> {
        parse::parse(text)
    }

    /// The value of `keyword`, if it was given.
    #[must_use]
    pub fn get(&self, keyword: &str) -> Option<&str> {
        self.values.get(keyword).map(String::as_str)
    }

    /// Sets `keyword`, which must be one of [`KEYWORDS`].
    ///
    /// # Errors
    /// An unknown keyword, with the nearest known one.
    pub fn set(&mut self, keyword: &str, value: impl Into<String>) -> Result<(), UrlError> {
        let (known, _) = KEYWORDS.iter().find(|(known, _)| *known == keyword).ok_or_else(|| parse::unknown(keyword))?;
        self.values.insert(known, value.into());
        Ok(())
    }

    /// This address with `dbname` as its database.
    #[must_use]
    pub fn with_database(&self, dbname: &str) -> Url {
        let mut url = self.clone();
        url.values.insert("dbname", dbname.to_owned());
        url
    }

    /// This address without its password.
    #[must_use]
    pub fn without_password(&self) -> Url {
        let mut url = self.clone();
        url.values.remove("password");
        url
    }

    /// This address with what it leaves open taken from the environment, as libpq does.
    #[must_use]
    pub fn with_environment(&self, variable: impl Fn(&str) -> Option<String>) -> Url {
        let mut url = self.clone();
        for (keyword, name) in KEYWORDS {
            let value = || name.and_then(&variable).filter(|value| !value.is_empty());
            if !url.values.contains_key(keyword)
                && let Some(value) = value()
            {
                url.values.insert(keyword, value);
            }
        }
        url
    }

    /// The hosts, in the order in which they are tried; one that begins with `/` is a folder with a Unix socket. Empty: the default.
    #[must_use]
    pub fn hosts(&self) -> Vec<&str> {
        self.get("host").filter(|host| !host.is_empty()).map_or(Vec::new(), |host| host.split(',').collect())
    }

    /// Whether every host is this machine's own: a loopback address, `localhost` or a Unix socket. No host at all is the local socket.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let address = |text: &str| text.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
        let own = |host: &str| host.is_empty() || host.starts_with('/') || host == "localhost" || address(host);
        self.hosts().into_iter().all(own) && self.get("hostaddr").is_none_or(|addresses| addresses.split(',').all(address))
    }

    /// The whole address, password included: only for a process that connects, never for people.
    #[must_use]
    pub fn reveal(&self) -> String {
        self.render(parse::percent_encode)
    }

    fn render(&self, show_password: impl Fn(&str) -> String) -> String {
        let encode = |text: &str| parse::percent_encode(text);
        let user = self.get("user").map_or(String::new(), encode);
        let secret = self.get("password").map_or(String::new(), |password| format!(":{}", show_password(password)));
        let at = if user.is_empty() && secret.is_empty() { "" } else { "@" };
        let hosts = self.hosts();
        let ports: Vec<&str> = self.get("port").map_or(Vec::new(), |ports| ports.split(',').collect());
        let port = |index: usize| ports.get(index).or(ports.last()).map_or(String::new(), |port| format!(":{port}"));
        let host = |host: &str| if host.starts_with('/') { encode(host) } else { host.to_owned() };
        let mut hosts: Vec<String> = hosts.iter().enumerate().map(|(index, it)| format!("{}{}", host(it), port(index))).collect();
        if hosts.is_empty() {
            hosts.push(port(0));
        }
        let rest = self.values.iter().filter(|(keyword, _)| !["host", "port", "user", "password", "dbname"].contains(keyword));
        let query: Vec<String> = rest.map(|(keyword, value)| format!("{keyword}={}", encode(value))).collect();
        let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
        format!("postgres://{user}{secret}{at}{}/{}{query}", hosts.join(","), self.get("dbname").map_or(String::new(), encode))
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(|_| "***".to_owned()))
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Url({self})")
    }
}

#[cfg(test)]
mod tests;
