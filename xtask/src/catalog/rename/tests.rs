//! Names in, names out.

use super::text::{Column, Names, rewrite, without_labels};
use super::{bare, schema};

fn names(pairs: &[(&str, &str)]) -> Names {
    Names { qualified: pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect(), ..Names::default() }
}

fn check(text: &str, names: &Names, columns: &[(&str, &str, &str)], expected: &str) {
    let columns: Vec<Column<'_>> = columns.iter().map(|(table, from, to)| Column { table, from, to }).collect();
    assert_eq!(rewrite(text, names, &columns), expected);
}

#[test]
fn a_table_is_renamed_wherever_it_is_named() {
    let names = names(&[("public.t", "public.u"), ("public.t_id_seq", "public.u_id_seq")]);
    check(
        "SELECT t.a FROM (public.t JOIN public.s ON ((t.a = s.t)))",
        &names,
        &[],
        "SELECT u.a FROM (public.u JOIN public.s ON ((u.a = s.t)))",
    );
    check("SELECT x.a FROM public.t x", &names, &[], "SELECT x.a FROM public.u x");
    check("nextval('public.t_id_seq'::regclass)", &names, &[], "nextval('public.u_id_seq'::regclass)");
    check("'public.t'::text", &names, &[], "'public.t'::text");
    check("FOREIGN KEY (t) REFERENCES public.t(t)", &names, &[], "FOREIGN KEY (t) REFERENCES public.u(t)");
}

#[test]
fn a_column_is_renamed_where_it_is_meant() {
    let none = Names::default();
    let text = [("public.t", "text", "body")];
    check("CHECK ((lower(text) <> ''::text))", &none, &text, "CHECK ((lower(body) <> ''::text))");
    check("SELECT t.text, s.text FROM public.t, public.s", &none, &text, "SELECT t.body, s.text FROM public.t, public.s");
    check("public.t.text", &none, &text, "public.t.body");
}

#[test]
fn a_value_is_renamed_where_it_is_of_that_type() {
    let names = Names { labels: vec![("public.mood".into(), "'a'".into(), "'b'".into())], ..Names::default() };
    check("'a'::public.mood, 'a'::text, 'a'::public.moods", &names, &[], "'b'::public.mood, 'a'::text, 'a'::public.moods");
}

#[test]
fn a_schema_is_renamed_before_a_dot() {
    let names = Names { schemas: [("app".to_owned(), "core".to_owned())].into(), ..Names::default() };
    check("app.f(app) + \"x\".app", &names, &[], "core.f(app) + \"x\".app");
}

#[test]
fn labels_are_left_out_of_the_comparison() {
    assert_eq!(without_labels(" SELECT b AS a\n   FROM public.t"), without_labels("SELECT b FROM public.t"));
}

#[test]
fn names_have_parts() {
    assert_eq!((schema("public.f(a.b)"), bare("public.f(a.b)")), ("public", "f"));
    assert_eq!((schema("\"a.b\".\"c d\""), bare("\"a.b\".\"c d\"")), ("\"a.b\"", "\"c d\""));
    assert_eq!((schema("t"), bare("t")), ("", "t"));
}
