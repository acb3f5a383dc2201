//! Small catalogs in, SQL out.

use super::super::acl::Acl;
use super::super::model::{Catalog, Id, Kind, Object};
use super::{Options, Precision, diff};
use expect_test::{Expect, expect};

/// An object in few words; its needs are ids.
struct Sketch {
    object: Object,
    needs: Vec<Id>,
}

fn sketch(kind: Kind, of: &str, name: &str, attributes: &[(&'static str, &str)]) -> Sketch {
    let grants = kind.info().grants;
    let object = Object {
        id: Id::new(kind, of, name),
        schema: if kind == Kind::Schema { String::new() } else { "public".to_owned() },
        attributes: attributes.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(),
        owner: None,
        acl: grants.map_or_else(Acl::default, |grants| Acl::initial(grants, 15)),
        comment: None,
        labels: Vec::new(),
        position: 0,
        needs: Vec::new(),
        parent: None,
    };
    Sketch { object, needs: Vec::new() }
}

impl Sketch {
    fn needs(mut self, kind: Kind, of: &str, name: &str) -> Sketch {
        self.needs.push(Id::new(kind, of, name));
        self
    }

    fn comment(mut self, text: &str) -> Sketch {
        self.object.comment = Some(text.to_owned());
        self
    }

    fn granted(mut self, acl: &str) -> Sketch {
        self.object.acl.add(&Acl::parse(acl, "owner"));
        self
    }
}

fn column(table: &str, position: u32, name: &str, kind: &str, more: &[(&'static str, &str)]) -> Sketch {
    let attributes: Vec<_> = [("type", kind), ("category", "S")].into_iter().chain(more.iter().copied()).collect();
    let mut column = sketch(Kind::Column, table, name, &attributes);
    column.object.position = position;
    column
}

fn table(name: &str, columns: &[(&str, &str)]) -> Vec<Sketch> {
    let columns = columns.iter().zip(1..).map(|((column_name, kind), at)| column(name, at, column_name, kind, &[]));
    std::iter::once(sketch(Kind::Table, "", name, &[])).chain(columns).collect()
}

fn catalog(sketches: impl IntoIterator<Item = Sketch>) -> Catalog {
    let mut sketches: Vec<Sketch> = sketches.into_iter().collect();
    sketches.sort_by(|a, b| a.object.id.cmp(&b.object.id));
    let ids: Vec<Id> = sketches.iter().map(|it| it.object.id.clone()).collect();
    let find = |id: &Id| ids.iter().position(|it| it == id).expect("what is needed is there");
    let parent = |object: &Object| ids.iter().position(|it| it.name == object.id.of && it.of.is_empty());
    let objects = sketches.into_iter().map(|Sketch { mut object, needs }| {
        object.parent = parent(&object);
        object.needs = needs.iter().map(find).chain(object.parent).collect();
        object
    });
    Catalog::new(15, "owner".to_owned(), objects.collect())
}

fn check_with(options: &Options, from: Vec<Sketch>, to: Vec<Sketch>, sql: &Expect) {
    sql.assert_eq(&super::super::render(&diff(&catalog(from), &catalog(to), options)));
}

fn check(from: Vec<Sketch>, to: Vec<Sketch>, sql: &Expect) {
    check_with(&Options::default(), from, to, sql);
}

fn with(mut first: Vec<Sketch>, more: Vec<Sketch>) -> Vec<Sketch> {
    first.extend(more);
    first
}

fn mood(labels: &str) -> Vec<Sketch> {
    let user = column("public.t", 1, "m", "public.mood", &[]);
    let mut user = user.needs(Kind::Enum, "", "public.mood");
    user.object.attributes[1].1 = "e".to_owned();
    vec![sketch(Kind::Enum, "", "public.mood", &[("labels", labels)]), sketch(Kind::Table, "", "public.t", &[]), user]
}

#[test]
fn what_is_the_same_needs_nothing() {
    check(table("public.t", &[("a", "text")]), table("public.t", &[("a", "text")]), &expect![""]);
}

#[test]
fn a_new_table_has_its_columns_comment_and_grants() {
    let mut to = table("public.t", &[("a", "text"), ("b", "integer")]);
    to[0] = sketch(Kind::Table, "", "public.t", &[]).comment("it's").granted("{reader=r/owner}");
    check(
        vec![],
        to,
        &expect![[r#"
        CREATE TABLE public.t (
            a text,
            b integer
        );
        GRANT SELECT ON TABLE public.t TO reader;
        COMMENT ON TABLE public.t IS 'it''s';
    "#]],
    );
}

#[test]
fn a_view_in_the_way_of_a_type_comes_back_as_it_was() {
    let state = |kind: &str| {
        let view = sketch(Kind::View, "", "public.v", &[("definition", " SELECT a FROM public.t;"), ("columns", kind)]);
        let view = view.comment("seen").granted("{reader=r/owner}").needs(Kind::Column, "public.t", "a");
        with(table("public.t", &[("a", kind)]), vec![view])
    };
    check(
        state("character varying(5)"),
        state("text"),
        &expect![[r#"
        DROP VIEW public.v;

        ALTER TABLE public.t ALTER COLUMN a TYPE text;

        CREATE VIEW public.v AS
         SELECT a FROM public.t;
        GRANT SELECT ON TABLE public.v TO reader;
        COMMENT ON VIEW public.v IS 'seen';
    "#]],
    );
}

#[test]
fn enum_values_are_added_in_place() {
    check(
        mood("'a', 'c'"),
        mood("'a', 'b', 'c', 'd'"),
        &expect![[r#"
        ALTER TYPE public.mood ADD VALUE 'b' AFTER 'a';
        ALTER TYPE public.mood ADD VALUE 'd';
    "#]],
    );
}

#[test]
fn an_enum_whose_new_value_is_used_at_once_is_swapped() {
    let default = sketch(Kind::Default, "public.t", "m", &[("expression", "'b'::public.mood")]);
    let default = default.needs(Kind::Column, "public.t", "m").needs(Kind::Enum, "", "public.mood");
    check(
        mood("'a'"),
        with(mood("'a', 'b'"), vec![default]),
        &expect![[r#"
        ALTER TYPE public.mood RENAME TO mood__old;
        CREATE TYPE public.mood AS ENUM ('a', 'b');

        ALTER TABLE public.t ALTER COLUMN m TYPE public.mood USING m::text::public.mood;

        ALTER TABLE ONLY public.t ALTER COLUMN m SET DEFAULT 'b'::public.mood;

        DROP TYPE public.mood__old;
    "#]],
    );
}

#[test]
fn a_removed_value_is_guarded_or_mapped() {
    check(
        mood("'a', 'b'"),
        mood("'a'"),
        &expect![[r#"
        DO $guard$
        #variable_conflict use_column
        DECLARE place text; held text; n bigint;
        BEGIN
            FOR place, held, n IN
                SELECT 'public.t.m', m::text, count(*) FROM public.t WHERE m::text IN ('b') GROUP BY 2
            LOOP
                RAISE EXCEPTION '% rows of % hold %, which public.mood is to lose', n, place, quote_literal(held)
                    USING HINT = 'change these rows, or say what the value becomes';
            END LOOP;
        END
        $guard$;

        ALTER TYPE public.mood RENAME TO mood__old;
        CREATE TYPE public.mood AS ENUM ('a');

        ALTER TABLE public.t ALTER COLUMN m TYPE public.mood USING m::text::public.mood;

        DROP TYPE public.mood__old;
    "#]],
    );
    let values = [(("public.mood".to_owned(), "'b'".to_owned()), "'a'".to_owned())].into();
    check_with(
        &Options { values, ..Options::default() },
        mood("'a', 'b'"),
        mood("'a'"),
        &expect![[r#"
        ALTER TYPE public.mood RENAME TO mood__old;
        CREATE TYPE public.mood AS ENUM ('a');

        ALTER TABLE public.t ALTER COLUMN m TYPE public.mood USING CASE m::text WHEN 'b' THEN 'a' ELSE m::text END::public.mood;

        DROP TYPE public.mood__old;
    "#]],
    );
}

#[test]
fn the_order_of_columns_is_kept_or_matched() {
    let from = || table("public.t", &[("a", "text"), ("c", "text")]);
    let to = || table("public.t", &[("a", "text"), ("b", "text"), ("c", "text")]);
    check(
        from(),
        to(),
        &expect![[r#"
        ALTER TABLE public.t ADD COLUMN b text;
    "#]],
    );
    let exact = Options { precision: Precision::Exact, ..Options::default() };
    check_with(
        &exact,
        from(),
        to(),
        &expect![[r#"
        ALTER TABLE public.t RENAME TO t__old;
        CREATE TABLE public.t (
            a text,
            b text,
            c text
        );

        INSERT INTO public.t (a, c) OVERRIDING SYSTEM VALUE SELECT a, c FROM ONLY public.t__old;
        DROP TABLE public.t__old;
    "#]],
    );
}

#[test]
fn tables_that_refer_to_each_other_are_parted_first() {
    let key = |of: &str, to: &str| sketch(Kind::Constraint, of, "fk", &[("kind", "f")]).needs(Kind::Column, to, "a");
    let from = with(table("public.t", &[("a", "text")]), table("public.u", &[("a", "text")]));
    check(
        with(from, vec![key("public.t", "public.u"), key("public.u", "public.t")]),
        vec![],
        &expect![[r#"
        ALTER TABLE public.t DROP CONSTRAINT fk;

        ALTER TABLE public.u DROP CONSTRAINT fk;

        -- loses the rows of public.t
        DROP TABLE public.t;

        -- loses the rows of public.u
        DROP TABLE public.u;
    "#]],
    );
}
