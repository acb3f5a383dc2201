//! Splitting as data: the statements of a text joined by ` | `, or the error.

use super::*;

fn check(text: &str, expected: &str) {
    let actual = match split(text) {
        Ok(script) => script.statements.iter().map(|it| show(text, it)).collect::<Vec<_>>().join(" | "),
        Err(error) => format!("error at {}: {}", error.span.start, error.message),
    };
    assert_eq!(actual, expected, "of {text:?}");
}

fn show(text: &str, statement: &Statement) -> String {
    let data = statement.copy.as_ref().map_or(String::new(), |data| format!(" <{}>", &text[data.span.clone()]));
    format!("{}{data}", &text[statement.span.clone()])
}

#[test]
fn semicolons_end_statements() {
    check("a; b;\n-- c;\nd", "a | b | d");
    check("", "");
    check(";;  ; -- nothing\n", "");
    check("select 1 -- no newline, no semicolon", "select 1");
    check("\u{feff}select 1;", "select 1");
}

#[test]
fn semicolons_inside_do_not() {
    check("select ';', \"a;b\", $$ ; $$, $x$ $$;$$ $x$, e'\\';'; b", "select ';', \"a;b\", $$ ; $$, $x$ $$;$$ $x$, e'\\';' | b");
    check("/* ; /* nested ; */ ; */ a; b", "a | b");
    check(
        "create rule r as on insert to t do (delete from a; delete from b); c",
        "create rule r as on insert to t do (delete from a; delete from b) | c",
    );
}

#[test]
fn atomic_bodies_stay_whole() {
    let body = "create or replace function f() returns int begin atomic select case when true then 1 end; select 2; end";
    check(&format!("{body}; x"), &format!("{body} | x"));
    check("begin; select 1; end; x", "begin | select 1 | end | x");
    check("create table begin_log (a int); b", "create table begin_log (a int) | b");
}

#[test]
fn copy_takes_its_lines() {
    check("copy t from stdin;\n1\t;\n\\.\nselect 1;", "copy t from stdin <1\t;\n> | select 1");
    check(
        "COPY public.t (a, b) FROM STDIN WITH (FORMAT csv);\r\n'\n\\.\r\nx;",
        "COPY public.t (a, b) FROM STDIN WITH (FORMAT csv) <'\n> | x",
    );
    check("copy t from stdin;\n\\.", "copy t from stdin <>");
    check("copy t from '/tmp/x'; copy (select 1) to stdout;", "copy t from '/tmp/x' | copy (select 1) to stdout");
    check("copy t from stdin;\n1\n", "error at 0: COPY … FROM stdin without its data");
    check("x; copy t from stdin;", "error at 3: COPY … FROM stdin without its data");
}

#[test]
fn commands_of_psql() {
    check("\\restrict abc\nselect 1;\n\\unrestrict abc\n", "select 1");
    check("select 1;\n\\connect db\n", "error at 10: `\\connect` is a command of psql's, not SQL");
    check("\\copy t from 'x'\n", "error at 0: `\\copy` is a command of psql's, not SQL");
}

#[test]
fn what_is_never_closed() {
    check("select 'a", "error at 7: this quote is never closed");
    check("select $x$ a $$", "error at 7: this dollar quote is never closed");
    check("a; /* b", "error at 3: this comment is never closed");
    check("select \"a", "error at 7: this quoted name is never closed");
    check("a\0b", "error at 1: a NUL byte, which PostgreSQL cannot read");
}
