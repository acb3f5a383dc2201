//! Addresses as data: what is read, or why not.

use super::*;

fn check(text: &str, expected: &str) {
    let actual = match Url::parse(text) {
        Ok(url) => url.values.iter().map(|(keyword, value)| format!("{keyword}={value}")).collect::<Vec<_>>().join(" "),
        Err(error) => format!("error: {error}"),
    };
    assert_eq!(actual, expected, "of {text:?}");
}

#[test]
fn urls() {
    check("postgres://app:s%40cret@db:6432/shop", "dbname=shop host=db password=s@cret port=6432 user=app");
    check("postgresql:///shop?host=/run/pg&user=me", "dbname=shop host=/run/pg user=me");
    check("postgres://", "");
    check("postgres://a@h1,h2:5433/d", "dbname=d host=h1,h2 port=5432,5433 user=a");
    check("postgres://[::1]:5433/d?sslmode=verify-full", "dbname=d host=::1 port=5433 sslmode=verify-full");
    check("postgres://%2Frun%2Fpg/d", "dbname=d host=/run/pg");
}

#[test]
fn pairs() {
    check("host=db port=5433 password='it\\'s \\\\ x' dbname = shop", "dbname=shop host=db password=it's \\ x port=5433");
    check("", "");
}

#[test]
fn errors_never_repeat_the_password() {
    check("postgres://app:p@ss@db/shop", "error: the password holds `@`");
    check("postgres://app:p:ss@db/shop", "error: the password holds `:`");
    check("postgres://app:p/ss@db/shop", "error: the password holds `/`");
    check("postgres://app:p#ss@db/shop", "error: the password holds `#`");
    check("postgres://app:p?ss@db/shop", "error: the password holds `?`");
    check("postgres://app:p%ss@db/shop", "error: the password holds a `%` without two hexadecimal digits");
    check("postgres://app@db:port/shop", "error: the port is no number from 1 to 65535");
    check("postgres://app@db:99999/shop", "error: the port is no number from 1 to 65535");
    check("mysql://db", "error: this is no PostgreSQL URL");
    check("hunter2", "error: this is neither a URL nor `key=value` pairs");
    check("sslmod=require", "error: unknown connection keyword `sslmod`");
    check("postgres://db/shop?Hunter2=1", "error: unknown connection keyword");
}

#[test]
fn shown_without_the_password_and_read_back() {
    for text in ["postgres://app:s%40cret@db:6432/shop?sslmode=require", "postgres:///d", "postgres://a:b@%2Frun%2Fpg:5433/d"] {
        let url = Url::parse(text).expect("parses");
        assert_eq!(Url::parse(&url.reveal()), Ok(url.clone()), "of {text}");
        assert!(!format!("{url} {url:?}").contains("s%40cret"));
    }
    let url = Url::parse("postgres://app:secret@db:5432/shop").expect("parses");
    assert_eq!(url.to_string(), "postgres://app:***@db:5432/shop");
}

#[test]
fn environment_fills_what_is_open() {
    let variable = |name: &str| matches!(name, "PGHOST" | "PGUSER").then(|| name.to_lowercase());
    let url = Url::parse("postgres://me@/d").expect("parses").with_environment(variable);
    assert_eq!((url.get("user"), url.get("host")), (Some("me"), Some("pghost")));
}

#[test]
fn loopback_is_this_machine() {
    let check = |text: &str, expected| assert_eq!(Url::parse(text).expect("parses").is_loopback(), expected, "of {text}");
    check("postgres://127.0.0.1/d", true);
    check("postgres://localhost/d", true);
    check("postgres:///d?host=/tmp", true);
    check("postgres://[::1]/d", true);
    check("postgres://localhost,db/d", false);
    check("postgres://db.example.com/d", false);
    check("host=localhost hostaddr=10.0.0.1", false);
}
