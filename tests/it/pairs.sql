-- Pairs of schemas of our own, one kind of object or change each, converted both ways on every server: `it pairs` reads this file.
-- A pair begins with its name, and the oldest server that knows all of it where that is not 14.

--# temporal keys (18)
CREATE EXTENSION btree_gist;
CREATE TABLE p (id int, valid daterange, PRIMARY KEY (id, valid));
CREATE TABLE c (id int, pid int, valid daterange);
--=>
CREATE EXTENSION btree_gist;
CREATE TABLE p (id int, valid daterange, PRIMARY KEY (id, valid WITHOUT OVERLAPS));
CREATE TABLE c (id int, pid int, valid daterange, FOREIGN KEY (pid, PERIOD valid) REFERENCES p (id, PERIOD valid));

--# long names
CREATE TABLE aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa (bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb int PRIMARY KEY, ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc text);
--=>
CREATE TABLE aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa (bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb serial PRIMARY KEY, ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc text NOT NULL UNIQUE CHECK (ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc <> ''));

--# long enum
CREATE TYPE eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee AS ENUM ('a', 'b', 'c');
CREATE TABLE t (e eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee DEFAULT 'a', x eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee[]);
--=>
CREATE TYPE eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee AS ENUM ('c', 'a', 'b');
CREATE TABLE t (e eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee DEFAULT 'a', x eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee[]);

--# weird names
CREATE SCHEMA "My Schema";
CREATE TABLE "My Schema"."Select ""x""" ("From" int, "ünïcödé" text, "a.b" int, "user" text);
--=>
CREATE SCHEMA "My Schema";
CREATE TYPE "My Schema"."Enum'q" AS ENUM ('a''b', 'c"d', 'e\f'); CREATE TABLE "My Schema"."Select ""x""" ("From" bigint NOT NULL, "ünïcödé" varchar(10) DEFAULT 'ü''s', "a.b" int CHECK ("a.b" > 0), "user" text, "New" "My Schema"."Enum'q" DEFAULT 'a''b');
CREATE INDEX "Idx ü" ON "My Schema"."Select ""x""" ("From", lower("user"));
COMMENT ON COLUMN "My Schema"."Select ""x"""."a.b" IS 'it''s \n';

--# transform
CREATE TABLE t (a int);
--=>
CREATE TABLE t (a int);
CREATE FUNCTION tf(internal) RETURNS internal LANGUAGE internal IMMUTABLE AS 'varchar_support';
CREATE TRANSFORM FOR varchar LANGUAGE sql (FROM SQL WITH FUNCTION tf(internal));

--# aggregate ordered
CREATE FUNCTION tr(int, int) RETURNS int LANGUAGE sql AS 'SELECT $1+$2' IMMUTABLE;
CREATE AGGREGATE ag(int) (SFUNC = tr, STYPE = int, INITCOND = '0');
CREATE TABLE t(a int);
CREATE VIEW v AS SELECT ag(a) FROM t;
--=>
CREATE FUNCTION tr(int, int) RETURNS int LANGUAGE sql AS 'SELECT $1+$2+0' IMMUTABLE STRICT;
CREATE AGGREGATE ag(int) (SFUNC = tr, STYPE = int, INITCOND = '1', PARALLEL = SAFE);
CREATE TABLE t(a int);
CREATE VIEW v AS SELECT ag(a) FROM t;
COMMENT ON AGGREGATE ag(int) IS 'x';
REVOKE ALL ON FUNCTION ag(int) FROM PUBLIC;

--# variadic default out
CREATE FUNCTION f(a int, VARIADIC b int[]) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION g(a int, OUT b int, OUT c text) LANGUAGE sql AS 'SELECT 1, ''x''';
CREATE PROCEDURE p(a int, INOUT b int DEFAULT 3) LANGUAGE sql AS 'SELECT 1';
--=>
CREATE FUNCTION f(x int, VARIADIC b int[] DEFAULT '{}') RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';
CREATE FUNCTION g(a int DEFAULT 1, OUT b int, OUT d text) LANGUAGE sql AS 'SELECT 1, ''x''';
CREATE PROCEDURE p(a int, INOUT c int DEFAULT 4) LANGUAGE sql AS 'SELECT 1';

--# returns table
CREATE TABLE t (a int, b text);
CREATE FUNCTION f() RETURNS TABLE (a int, b text) LANGUAGE sql AS 'SELECT a, b FROM t';
CREATE VIEW v AS SELECT * FROM f();
--=>
CREATE TABLE t (a bigint, b text, c int);
CREATE FUNCTION f() RETURNS TABLE (a bigint, b text, c int) LANGUAGE sql AS 'SELECT a, b, c FROM t';
CREATE VIEW v AS SELECT * FROM f();
GRANT SELECT ON v TO PUBLIC;

--# sqlbody
CREATE TABLE t (a int, b text);
CREATE FUNCTION f(x int) RETURNS text LANGUAGE sql STABLE BEGIN ATOMIC SELECT b FROM t WHERE a = x; END;
CREATE VIEW v AS SELECT f(a) FROM t;
--=>
CREATE TABLE t (a bigint, b varchar(20));
CREATE FUNCTION f(x int) RETURNS text LANGUAGE sql STABLE BEGIN ATOMIC SELECT b FROM t WHERE a = x; END;
CREATE VIEW v AS SELECT f(a::int) FROM t;

--# index kinds
CREATE TABLE t (a int, b text, c int[], d tsvector, e point);
CREATE INDEX i1 ON t USING hash (a);
CREATE INDEX i2 ON t USING gin (c);
CREATE INDEX i3 ON t (b text_pattern_ops DESC NULLS LAST) INCLUDE (a);
--=>
CREATE TABLE t (a int, b text, c int[], d tsvector, e point);
CREATE INDEX i1 ON t USING brin (a) WITH (pages_per_range = 16);
CREATE INDEX i2 ON t USING gin (c) WITH (fastupdate = off);
CREATE INDEX i3 ON t (b COLLATE "C" varchar_pattern_ops) INCLUDE (a, c) WITH (fillfactor = 70);
CREATE INDEX i4 ON t USING gist (e);
CREATE INDEX i5 ON t ((a + 1), (lower(b)));
ALTER INDEX i5 ALTER COLUMN 1 SET STATISTICS 500;
CREATE INDEX i6 ON t USING spgist (e);
COMMENT ON INDEX i4 IS 'gist';

--# exclusion nulls (15)
CREATE TABLE t (a int, r int4range, CONSTRAINT x EXCLUDE USING gist (r WITH &&));
CREATE TABLE u (a int, b int, UNIQUE (a, b));
--=>
CREATE TABLE t (a int, r int4range, CONSTRAINT x EXCLUDE USING gist (r WITH &&, int4range(a, a + 1) WITH =) WHERE (a > 0) DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE u (a int, b int, UNIQUE NULLS NOT DISTINCT (a, b));

--# fk actions (15)
CREATE TABLE p (a int, b int, PRIMARY KEY (a, b));
CREATE TABLE c (a int, b int, FOREIGN KEY (a, b) REFERENCES p);
--=>
CREATE TABLE p (a int, b int, PRIMARY KEY (a, b), UNIQUE (b, a));
CREATE TABLE c (a int, b int, FOREIGN KEY (a, b) REFERENCES p MATCH FULL ON DELETE SET NULL ON UPDATE CASCADE DEFERRABLE, FOREIGN KEY (b, a) REFERENCES p (b, a) ON DELETE SET DEFAULT (b) NOT VALID);

--# keys that refer to their own table change their type
CREATE TABLE t (id int PRIMARY KEY, parent int REFERENCES t);
CREATE TABLE u (t int REFERENCES t);
--=>
CREATE TABLE t (id bigint PRIMARY KEY, parent bigint REFERENCES t, code text UNIQUE);
CREATE TABLE u (t bigint REFERENCES t, code text REFERENCES t (code));

--# circular fk
CREATE TABLE x (z int);
--=>
CREATE TABLE a (id int PRIMARY KEY, b int);
CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a);
ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b;
CREATE TABLE x (z int REFERENCES a);

--# view chain types
CREATE TABLE t (a int, b numeric(5,2));
CREATE VIEW v1 AS SELECT a, b FROM t;
CREATE VIEW v2 AS SELECT a, sum(b) AS s FROM v1 GROUP BY a;
CREATE MATERIALIZED VIEW m AS SELECT * FROM v2;
CREATE UNIQUE INDEX mi ON m (a);
CREATE VIEW v3 WITH (security_barrier) AS SELECT * FROM m;
GRANT SELECT (a) ON v3 TO PUBLIC;
COMMENT ON COLUMN v2.s IS 'sum';
ALTER VIEW v1 ALTER COLUMN a SET DEFAULT 3;
--=>
CREATE TABLE t (a bigint, b numeric(10,4));
CREATE VIEW v1 AS SELECT a, b FROM t;
CREATE VIEW v2 AS SELECT a, sum(b) AS s FROM v1 GROUP BY a;
CREATE MATERIALIZED VIEW m AS SELECT * FROM v2;
CREATE UNIQUE INDEX mi ON m (a);
CREATE VIEW v3 WITH (security_barrier, check_option=local) AS SELECT a, 1 AS s FROM t;
GRANT SELECT (a) ON v3 TO PUBLIC;
COMMENT ON COLUMN v2.s IS 'sum';
ALTER VIEW v1 ALTER COLUMN a SET DEFAULT 4;

--# view to table and matview
CREATE TABLE t (a int);
CREATE VIEW v AS SELECT a FROM t;
CREATE MATERIALIZED VIEW m AS SELECT a FROM t;
CREATE TABLE x (a int);
--=>
CREATE TABLE t (a int);
CREATE TABLE v (a int);
CREATE VIEW m AS SELECT a FROM t;
CREATE MATERIALIZED VIEW x AS SELECT a FROM t WITH NO DATA;

--# recursive view trigger
CREATE TABLE t (id int, p int);
CREATE RECURSIVE VIEW r (id, d) AS SELECT id, 1 FROM t WHERE p IS NULL UNION ALL SELECT t.id, d + 1 FROM t JOIN r ON t.p = r.id;
CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER io INSTEAD OF INSERT ON r FOR EACH ROW EXECUTE FUNCTION tf();
--=>
CREATE TABLE t (id bigint, p bigint, n text);
CREATE RECURSIVE VIEW r (id, d, n) AS SELECT id, 1, n FROM t WHERE p IS NULL UNION ALL SELECT t.id, d + 1, t.n FROM t JOIN r ON t.p = r.id;
CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER io INSTEAD OF INSERT OR UPDATE ON r FOR EACH ROW EXECUTE FUNCTION tf();
COMMENT ON TRIGGER io ON r IS 'hm';

--# trigger kinds
CREATE TABLE t (a int, b int);
CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER a AFTER UPDATE OF a ON t FOR EACH ROW WHEN (old.a IS DISTINCT FROM new.a) EXECUTE FUNCTION tf('x');
CREATE CONSTRAINT TRIGGER c AFTER INSERT ON t DEFERRABLE FOR EACH ROW EXECUTE FUNCTION tf();
--=>
CREATE TABLE t (a bigint, b int);
CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER a AFTER UPDATE OF a, b ON t FOR EACH ROW WHEN (old.a IS DISTINCT FROM new.a) EXECUTE FUNCTION tf('y', 'z');
CREATE CONSTRAINT TRIGGER c AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION tf();
CREATE TRIGGER s AFTER INSERT ON t REFERENCING NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION tf();
ALTER TABLE t DISABLE TRIGGER s;
ALTER TABLE t ENABLE ALWAYS TRIGGER a;

--# domains
CREATE DOMAIN d AS text CHECK (VALUE <> '');
CREATE DOMAIN e AS d NOT NULL;
CREATE TABLE t (a d, b e DEFAULT 'x', c d[]);
INSERT INTO t VALUES ('a', 'b', '{c}');
--=>
CREATE DOMAIN d AS varchar(40) DEFAULT 'q' CHECK (VALUE <> '') CHECK (length(VALUE) < 30);
CREATE DOMAIN e AS d;
CREATE TABLE t (a d, b e DEFAULT 'x', c d[]);
COMMENT ON DOMAIN d IS 'dd';
COMMENT ON CONSTRAINT d_check ON DOMAIN d IS 'cc';
REVOKE ALL ON DOMAIN e FROM PUBLIC;

--# composite
CREATE TYPE c AS (a int, b text);
CREATE TABLE t (x c, y c[]);
CREATE FUNCTION f(c) RETURNS c LANGUAGE sql AS 'SELECT $1';
CREATE VIEW v AS SELECT (x).a FROM t;
--=>
CREATE TYPE c AS (a bigint, z int, b varchar(10));
CREATE TABLE t (x c, y c[]);
CREATE FUNCTION f(c) RETURNS c LANGUAGE sql AS 'SELECT $1';
CREATE VIEW v AS SELECT (x).a FROM t;
COMMENT ON COLUMN c.a IS 'aa';

--# range type
CREATE TYPE r AS RANGE (SUBTYPE = float8);
CREATE TABLE t (a r, b int);
--=>
CREATE TYPE r AS RANGE (SUBTYPE = numeric, MULTIRANGE_TYPE_NAME = rs);
CREATE TABLE t (a r, b int, c rs);

--# multi enum one table
CREATE TYPE a AS ENUM ('1','2');
CREATE TYPE b AS ENUM ('x','y','z');
CREATE TABLE t (a a DEFAULT '1', b b DEFAULT 'x', CHECK (a = '1' OR b = 'x')) ;
CREATE INDEX i ON t (a, b) WHERE b = 'y';
CREATE VIEW v AS SELECT * FROM t WHERE a = '1' AND b = 'y';
CREATE FUNCTION f(x a, y b[]) RETURNS a LANGUAGE sql AS 'SELECT $1';
INSERT INTO t VALUES ('1', 'x');
--=>
CREATE TYPE a AS ENUM ('2','1','0');
CREATE TYPE b AS ENUM ('y','x');
CREATE TABLE t (a a DEFAULT '0', b b DEFAULT 'x', CHECK (a = '1' OR b = 'x')) ;
CREATE INDEX i ON t (a, b) WHERE b = 'y';
CREATE VIEW v AS SELECT * FROM t WHERE a = '1' AND b = 'y';
CREATE FUNCTION f(x a, y b[]) RETURNS a LANGUAGE sql AS 'SELECT $1';

--# enum key fk
CREATE TYPE k AS ENUM ('a','b','c');
CREATE TABLE p (k k PRIMARY KEY);
CREATE TABLE c (k k REFERENCES p, UNIQUE (k));
INSERT INTO p VALUES ('a'),('b');
INSERT INTO c VALUES ('a');
--=>
CREATE TYPE k AS ENUM ('b','a');
CREATE TABLE p (k k PRIMARY KEY);
CREATE TABLE c (k k REFERENCES p, UNIQUE (k));

--# enum to text and back
CREATE TYPE k AS ENUM ('a','b');
CREATE TABLE p (k k DEFAULT 'a' NOT NULL, l k[]);
INSERT INTO p VALUES ('a', '{a,b}');
--=>
CREATE TABLE p (k text DEFAULT 'a' NOT NULL, l text[]);

--# enum swap types
CREATE TYPE k AS ENUM ('a','b');
CREATE TYPE m AS ENUM ('a','b','c');
CREATE TABLE p (k k DEFAULT 'a' NOT NULL);
INSERT INTO p VALUES ('a');
--=>
CREATE TYPE k AS ENUM ('a','b');
CREATE TYPE m AS ENUM ('a','b','c');
CREATE TABLE p (k m DEFAULT 'c' NOT NULL);

--# partitions deep
CREATE TABLE p (a int, b date NOT NULL, c text) PARTITION BY RANGE (b);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE pd PARTITION OF p DEFAULT;
CREATE INDEX pi ON p (a);
INSERT INTO p VALUES (1, '2020-02-02', 'x'), (2, '2022-02-02', 'y');
--=>
CREATE TABLE p (a bigint, b date NOT NULL, c text DEFAULT 'z') PARTITION BY RANGE (b);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2020-01-01') TO ('2021-01-01') PARTITION BY LIST (c);
CREATE TABLE p1x PARTITION OF p1 FOR VALUES IN ('x');
CREATE TABLE p1d PARTITION OF p1 DEFAULT;
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM ('2022-01-01') TO ('2023-01-01');
CREATE TABLE pd PARTITION OF p DEFAULT;
CREATE INDEX pi ON p (a, c);

--# partition key change
CREATE TABLE p (a int, b text) PARTITION BY LIST (a);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1, 2);
INSERT INTO p VALUES (1, 'x'), (2, 'y');
--=>
CREATE TABLE p (a int, b text) PARTITION BY HASH (a);
CREATE TABLE p1 PARTITION OF p FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE p2 PARTITION OF p FOR VALUES WITH (MODULUS 2, REMAINDER 1);

--# partition fk trigger policy
CREATE TABLE r (id int PRIMARY KEY);
CREATE TABLE p (a int, r int) PARTITION BY LIST (a);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
--=>
CREATE TABLE r (id int PRIMARY KEY);
CREATE TABLE p (a int, r int REFERENCES r, CHECK (r > 0), UNIQUE (a, r)) PARTITION BY LIST (a);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER tr BEFORE INSERT ON p FOR EACH ROW EXECUTE FUNCTION tf();
ALTER TABLE p ENABLE ROW LEVEL SECURITY;
CREATE POLICY po ON p USING (a = 1);
CREATE TABLE q (a int, r int, FOREIGN KEY (a, r) REFERENCES p (a, r));

--# sequences
CREATE SEQUENCE s;
CREATE TABLE t (a int DEFAULT nextval('s'), b serial, c int GENERATED ALWAYS AS IDENTITY);
ALTER SEQUENCE s OWNED BY t.a;
INSERT INTO t (a) VALUES (1), (2);
--=>
CREATE SEQUENCE s AS smallint START 5 INCREMENT 2 MAXVALUE 1000 CACHE 10 CYCLE;
CREATE TABLE t (a int, b int DEFAULT nextval('s'), c int GENERATED BY DEFAULT AS IDENTITY (START 100 INCREMENT 5));
ALTER SEQUENCE s OWNED BY NONE;
COMMENT ON SEQUENCE s IS 'free';
GRANT USAGE ON SEQUENCE s TO PUBLIC;

--# serial to identity
CREATE TABLE t (id serial PRIMARY KEY, b bigserial);
INSERT INTO t DEFAULT VALUES;
INSERT INTO t DEFAULT VALUES;
--=>
CREATE TABLE t (id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, b bigint GENERATED ALWAYS AS IDENTITY);

--# generated
CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a * 2) STORED, c int, d text);
INSERT INTO t (a) VALUES (1);
--=>
CREATE TABLE t (a bigint, b bigint GENERATED ALWAYS AS (a * 3) STORED, c int GENERATED ALWAYS AS (length(d)) STORED, d text);
CREATE INDEX i ON t (b);

--# generated virtual (18)
CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a * 2) STORED);
INSERT INTO t (a) VALUES (1);
--=>
CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a * 2) VIRTUAL, c int GENERATED ALWAYS AS (a + 1) VIRTUAL);

--# not enforced (18)
CREATE TABLE p (id int PRIMARY KEY);
CREATE TABLE t (a int CHECK (a > 0), b int REFERENCES p);
--=>
CREATE TABLE p (id int PRIMARY KEY);
CREATE TABLE t (a int CHECK (a > 0) NOT ENFORCED, b int REFERENCES p NOT ENFORCED);

--# not null named (18)
CREATE TABLE t (a int, b int NOT NULL, c int);
--=>
CREATE TABLE t (a int CONSTRAINT nn NOT NULL, b int CONSTRAINT bb NOT NULL NO INHERIT, c int);
ALTER TABLE t ADD CONSTRAINT cc NOT NULL c NOT VALID;
COMMENT ON CONSTRAINT nn ON t IS 'x';

--# fdw
CREATE TABLE x (a int);
--=>
CREATE TABLE x (a int);
CREATE EXTENSION postgres_fdw;
CREATE SERVER s TYPE 't' VERSION '1' FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'h', dbname 'd');
CREATE USER MAPPING FOR PUBLIC SERVER s OPTIONS (user 'u', password 'p');
CREATE FOREIGN TABLE f (a int OPTIONS (column_name 'q') NOT NULL, b text DEFAULT 'x', CHECK (a > 0)) SERVER s OPTIONS (table_name 'z');
COMMENT ON FOREIGN TABLE f IS 'ff';
GRANT SELECT ON f TO PUBLIC;
CREATE VIEW v AS SELECT * FROM f;
CREATE TRIGGER tr BEFORE INSERT ON f FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();

--# fdw alter
CREATE EXTENSION postgres_fdw;
CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'h', dbname 'd');
CREATE USER MAPPING FOR PUBLIC SERVER s OPTIONS (user 'u');
CREATE FOREIGN TABLE f (a int, b text) SERVER s OPTIONS (table_name 'z');
--=>
CREATE EXTENSION postgres_fdw;
CREATE SERVER s VERSION '2' FOREIGN DATA WRAPPER postgres_fdw OPTIONS (dbname 'e', port '5');
CREATE USER MAPPING FOR PUBLIC SERVER s OPTIONS (user 'v', password 'x');
CREATE FOREIGN TABLE f (a bigint OPTIONS (column_name 'c'), c text) SERVER s OPTIONS (schema_name 'z', table_name 'y');

--# publications (15)
CREATE TABLE a (id int PRIMARY KEY, b text);
CREATE TABLE b (id int PRIMARY KEY);
CREATE PUBLICATION p FOR TABLE a;
CREATE PUBLICATION q FOR ALL TABLES;
--=>
CREATE TABLE a (id int PRIMARY KEY, b text);
CREATE TABLE b (id int PRIMARY KEY);
CREATE SCHEMA s;
CREATE PUBLICATION p FOR TABLE a (id) WHERE (id > 5), b WITH (publish = 'insert, update', publish_via_partition_root);
CREATE PUBLICATION q FOR TABLES IN SCHEMA s;
COMMENT ON PUBLICATION p IS 'pp';

--# event trigger
CREATE FUNCTION e() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER et ON ddl_command_end EXECUTE FUNCTION e();
--=>
CREATE FUNCTION e() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN NULL; END';
CREATE EVENT TRIGGER et ON ddl_command_start WHEN TAG IN ('CREATE TABLE', 'DROP TABLE') EXECUTE FUNCTION e();
ALTER EVENT TRIGGER et DISABLE;
COMMENT ON EVENT TRIGGER et IS 'x';

--# default privs
CREATE SCHEMA s;
CREATE TABLE s.t (a int);
--=>
CREATE SCHEMA s;
ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT SELECT ON TABLES TO PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT USAGE ON SEQUENCES TO PUBLIC;
CREATE TABLE s.t (a int);
CREATE TABLE s.u (a serial);
CREATE FUNCTION s.f() RETURNS int LANGUAGE sql AS 'SELECT 1';

--# grants
CREATE TABLE t (a int, b int);
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE SCHEMA s;
GRANT SELECT ON t TO PUBLIC;
GRANT ALL ON SCHEMA s TO PUBLIC;
--=>
CREATE TABLE t (a int, b int);
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE SCHEMA s;
GRANT SELECT (a), UPDATE (b) ON t TO PUBLIC;
GRANT INSERT ON t TO pg_monitor WITH GRANT OPTION;
REVOKE ALL ON FUNCTION f() FROM PUBLIC;
GRANT USAGE ON SCHEMA s TO pg_monitor;

--# owners
CREATE TABLE t (a int);
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE SCHEMA s;
CREATE TYPE e AS ENUM ('a');
CREATE VIEW v AS SELECT 1 AS a;
CREATE SEQUENCE q;
--=>
CREATE TABLE t (a int);
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE SCHEMA s;
CREATE TYPE e AS ENUM ('a');
CREATE VIEW v AS SELECT 1 AS a;
CREATE SEQUENCE q;
ALTER TABLE t OWNER TO pg_database_owner;
ALTER FUNCTION f() OWNER TO pg_database_owner;
ALTER SCHEMA s OWNER TO pg_database_owner;
ALTER TYPE e OWNER TO pg_database_owner;
ALTER VIEW v OWNER TO pg_database_owner;
ALTER SEQUENCE q OWNER TO pg_database_owner;

--# policies
CREATE TABLE t (a int, o name);
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON t FOR SELECT USING (o = current_user);
--=>
CREATE TABLE t (a int, o text);
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
ALTER TABLE t FORCE ROW LEVEL SECURITY;
CREATE FUNCTION ok(text) RETURNS bool LANGUAGE sql STABLE AS 'SELECT true';
CREATE POLICY p ON t AS RESTRICTIVE FOR ALL TO pg_monitor USING (ok(o)) WITH CHECK (a IN (SELECT 1));
COMMENT ON POLICY p ON t IS 'pp';

--# rules
CREATE TABLE t (a int);
CREATE TABLE l (a int, at timestamptz DEFAULT now());
CREATE RULE r AS ON INSERT TO t DO ALSO INSERT INTO l VALUES (new.a);
--=>
CREATE TABLE t (a bigint);
CREATE TABLE l (a bigint, at timestamptz DEFAULT now(), k text);
CREATE RULE r AS ON INSERT TO t WHERE new.a > 0 DO ALSO (INSERT INTO l VALUES (new.a);
INSERT INTO l VALUES (new.a + 1));
CREATE RULE d AS ON DELETE TO t DO INSTEAD NOTHING;
ALTER TABLE t DISABLE RULE d;
COMMENT ON RULE d ON t IS 'no';

--# text search
CREATE TEXT SEARCH CONFIGURATION c (COPY = simple);
--=>
CREATE TEXT SEARCH DICTIONARY d (TEMPLATE = simple, STOPWORDS = 'english');
CREATE TEXT SEARCH CONFIGURATION c (COPY = english);
ALTER TEXT SEARCH CONFIGURATION c ALTER MAPPING FOR asciiword WITH d, english_stem;
ALTER TEXT SEARCH CONFIGURATION c DROP MAPPING FOR email;
CREATE TABLE t (x text, v tsvector GENERATED ALWAYS AS (to_tsvector('public.c', x)) STORED);
CREATE INDEX i ON t USING gin (v);
COMMENT ON TEXT SEARCH DICTIONARY d IS 'd';

--# stats
CREATE TABLE t (a int, b int, c int);
CREATE STATISTICS s (dependencies) ON a, b FROM t;
--=>
CREATE TABLE t (a bigint, b int, c int);
CREATE STATISTICS s (ndistinct, mcv) ON a, b, c FROM t;
CREATE STATISTICS x ON (a + b), (c * 2) FROM t;
ALTER STATISTICS x SET STATISTICS 200;
COMMENT ON STATISTICS s IS 's';
ALTER TABLE t ALTER a SET STATISTICS 300, ALTER b SET (n_distinct = -0.5);

--# storage options
CREATE TABLE t (a text, b text, c int) WITH (fillfactor = 80);
--=>
CREATE UNLOGGED TABLE t (a text COMPRESSION pglz, b text, c int NOT NULL) WITH (autovacuum_enabled = false, toast.autovacuum_enabled = false);
ALTER TABLE t ALTER a SET STORAGE EXTERNAL;
ALTER TABLE t ALTER b SET STORAGE MAIN;
CREATE UNIQUE INDEX u ON t (c);
ALTER TABLE t REPLICA IDENTITY USING INDEX u;
ALTER TABLE t CLUSTER ON u;

--# inheritance
CREATE TABLE a (x int, y text DEFAULT 'q');
CREATE TABLE b (z int) INHERITS (a);
CREATE TABLE c (x int, y text);
INSERT INTO b VALUES (1, 'a', 2);
INSERT INTO c VALUES (1, 'k');
--=>
CREATE TABLE a (x bigint NOT NULL, y text, w int CHECK (w > 0));
CREATE TABLE b (x bigint, y text, z int);
CREATE TABLE c () INHERITS (a);

--# of type
CREATE TYPE ct AS (a int, b text);
CREATE TABLE t OF ct (a NOT NULL, PRIMARY KEY (a));
INSERT INTO t VALUES (1, 'x');
--=>
CREATE TYPE ct AS (a int, b text, c date);
CREATE TABLE t OF ct (a NOT NULL, c DEFAULT now(), PRIMARY KEY (a));

--# casts ops
CREATE TYPE c AS (x int);
CREATE FUNCTION c2i(c) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT ($1).x';
CREATE CAST (c AS int) WITH FUNCTION c2i(c);
--=>
CREATE TYPE c AS (x int);
CREATE FUNCTION c2i(c) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT ($1).x';
CREATE CAST (c AS int) WITH FUNCTION c2i(c) AS IMPLICIT;
COMMENT ON CAST (c AS int) IS 'k';
CREATE FUNCTION lt(c, c) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT ($1).x < ($2).x';
CREATE OPERATOR <<< (FUNCTION = lt, LEFTARG = c, RIGHTARG = c, RESTRICT = scalarltsel);
CREATE OPERATOR !! (FUNCTION = c2i, RIGHTARG = c);
COMMENT ON OPERATOR !! (NONE, c) IS 'bang';

--# opclass
CREATE TABLE t (a int);
--=>
CREATE FUNCTION cmp(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT CASE WHEN $1 > $2 THEN -1 WHEN $1 < $2 THEN 1 ELSE 0 END';
CREATE OPERATOR FAMILY of USING btree;
CREATE OPERATOR CLASS oc FOR TYPE int USING btree FAMILY of AS OPERATOR 1 >, OPERATOR 2 >=, OPERATOR 3 =, OPERATOR 4 <=, OPERATOR 5 <, FUNCTION 1 cmp(int, int);
CREATE TABLE t (a int);
CREATE INDEX i ON t (a oc);
COMMENT ON OPERATOR CLASS oc USING btree IS 'o';

--# collation
CREATE COLLATION c (LOCALE = 'C');
CREATE TABLE t (a text COLLATE c, b text);
CREATE INDEX i ON t (b COLLATE c);
--=>
CREATE COLLATION c (LOCALE = 'POSIX');
CREATE COLLATION d FROM "C";
CREATE TABLE t (a text COLLATE c, b text COLLATE d);
CREATE INDEX i ON t (b COLLATE c);
CREATE DOMAIN e AS text COLLATE d;
COMMENT ON COLLATION c IS 'c';

--# schema moves
CREATE SCHEMA a;
CREATE TABLE a.t (x int);
CREATE FUNCTION a.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TYPE a.e AS ENUM ('x');
CREATE TABLE u (e a.e);
--=>
CREATE SCHEMA b AUTHORIZATION pg_database_owner;
CREATE TABLE b.t (x int);
CREATE FUNCTION b.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TYPE b.e AS ENUM ('x');
CREATE TABLE u (e b.e);
COMMENT ON SCHEMA b IS 'bb';

--# ext members
CREATE EXTENSION hstore;
CREATE TABLE t (h hstore);
CREATE INDEX i ON t USING gin (h);
CREATE EXTENSION pg_trgm;
--=>
CREATE SCHEMA x;
CREATE EXTENSION hstore SCHEMA x;
CREATE TABLE t (h x.hstore DEFAULT '');
CREATE INDEX i ON t USING gist (h x.gist_hstore_ops (siglen=32));
CREATE EXTENSION citext;
CREATE TABLE k (e citext UNIQUE);
COMMENT ON EXTENSION citext IS 'ci';

--# type change hard
CREATE TABLE t (a text, b text[], c int, d timestamp, e json, f bool, g varchar(5), h numeric, i bytea);
INSERT INTO t VALUES ('1', '{2}', 3, '2020-01-01', '{}', true, 'abc', 1.5, '\x00');
--=>
CREATE TABLE t (a int, b int[], c text, d timestamptz, e jsonb, f int, g char(3), h int, i text);

--# column default function
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TABLE t (a int DEFAULT f(), b int CHECK (b > f()));
--=>
CREATE FUNCTION f() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';
CREATE TABLE t (a int DEFAULT f(), b int CHECK (b > f()), c bigint GENERATED ALWAYS AS IDENTITY);

--# matview using
CREATE TABLE t (a int);
CREATE MATERIALIZED VIEW m WITH (fillfactor = 50) AS SELECT a FROM t;
CREATE INDEX i ON m (a);
--=>
CREATE TABLE t (a int);
CREATE MATERIALIZED VIEW m WITH (fillfactor = 60) AS SELECT a, 1 AS b FROM t;
CREATE INDEX i ON m (b);
COMMENT ON MATERIALIZED VIEW m IS 'm';
ALTER MATERIALIZED VIEW m ALTER a SET STATISTICS 100;
ALTER MATERIALIZED VIEW m CLUSTER ON i;

--# security invoker (15)
CREATE TABLE t (a int);
CREATE VIEW v WITH (security_invoker = on) AS SELECT a FROM t;
--=>
CREATE TABLE t (a int, b int);
CREATE VIEW v WITH (security_barrier) AS SELECT a, b FROM t WITH CASCADED CHECK OPTION;

--# tablespace am
CREATE TABLE t (a int, b text);
--=>
CREATE TABLE t (a int, b text) USING heap;
CREATE ACCESS METHOD h2 TYPE TABLE HANDLER heap_tableam_handler;
CREATE TABLE u (a int) USING h2;
COMMENT ON ACCESS METHOD h2 IS 'x';

--# table am change
CREATE ACCESS METHOD h2 TYPE TABLE HANDLER heap_tableam_handler;
CREATE TABLE u (a int PRIMARY KEY);
INSERT INTO u VALUES (1);
--=>
CREATE ACCESS METHOD h2 TYPE TABLE HANDLER heap_tableam_handler;
CREATE TABLE u (a int PRIMARY KEY) USING h2;

--# base type
CREATE TABLE t (a int);
--=>
CREATE TYPE bt;
CREATE FUNCTION bt_in(cstring) RETURNS bt LANGUAGE internal IMMUTABLE STRICT AS 'int4in';
CREATE FUNCTION bt_out(bt) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out';
CREATE TYPE bt (INPUT = bt_in, OUTPUT = bt_out, LIKE = int4);
CREATE TABLE t (a int, b bt);

--# conversion lang
CREATE TABLE t (a int);
--=>
CREATE TABLE t (a int);
CREATE CONVERSION myconv FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1;
COMMENT ON CONVERSION myconv IS 'c';
CREATE LANGUAGE pl2 HANDLER plpgsql_call_handler VALIDATOR plpgsql_validator;

--# func attrs
CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT a';
--=>
CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql IMMUTABLE LEAKPROOF STRICT SECURITY DEFINER PARALLEL SAFE COST 5 SET search_path = public, pg_temp SET work_mem = '8MB' AS 'SELECT a';
COMMENT ON FUNCTION f(int) IS 'ff';

--# window setof
CREATE FUNCTION w() RETURNS SETOF int LANGUAGE sql ROWS 5 AS 'SELECT 1';
--=>
CREATE FUNCTION w() RETURNS SETOF bigint LANGUAGE sql ROWS 50 AS 'SELECT 1::bigint';
CREATE VIEW v AS SELECT w FROM w();

--# func arg table type
CREATE TABLE t (a int);
CREATE FUNCTION f(t) RETURNS int LANGUAGE sql AS 'SELECT ($1).a';
CREATE VIEW v AS SELECT t.*, t.f FROM t;
--=>
CREATE TABLE t (a int, b int);
CREATE FUNCTION f(t) RETURNS int LANGUAGE sql AS 'SELECT ($1).b';
CREATE VIEW v AS SELECT t.a, t.f, t.b FROM t;

--# index on func
CREATE FUNCTION n(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower($1)';
CREATE TABLE t (a text);
CREATE INDEX i ON t (n(a));
CREATE STATISTICS s ON (n(a)), a FROM t;
--=>
CREATE FUNCTION n(text) RETURNS varchar LANGUAGE sql IMMUTABLE AS 'SELECT lower($1)';
CREATE TABLE t (a varchar(30));
CREATE INDEX i ON t (n(a));
CREATE STATISTICS s ON (n(a)), a FROM t;

--# drop everything
CREATE SCHEMA s;
CREATE TYPE s.e AS ENUM ('a');
CREATE DOMAIN s.d AS s.e;
CREATE TABLE s.t (a s.d PRIMARY KEY, b s.e);
CREATE VIEW s.v AS SELECT * FROM s.t;
CREATE FUNCTION s.f(s.t) RETURNS s.e LANGUAGE sql AS 'SELECT ($1).b';
CREATE AGGREGATE s.g(int) (SFUNC = int4pl, STYPE = int);
CREATE TABLE k (a s.d);
CREATE MATERIALIZED VIEW s.m AS SELECT * FROM s.v;
CREATE RULE r AS ON INSERT TO k DO ALSO SELECT s.f(t) FROM s.t;
CREATE POLICY p ON k USING (EXISTS (SELECT FROM s.v));
CREATE PUBLICATION p FOR TABLE k;
--=>
CREATE TABLE z (a int);

--# identity seq name
CREATE TABLE t (a int GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME foo));
--=>
CREATE TABLE t (a bigint GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME bar START 7));

--# column swap names
CREATE TABLE t (a int, b text);
CREATE INDEX i ON t (a);
CREATE VIEW v AS SELECT a, b FROM t;
--=>
CREATE TABLE t (a text, b int);
CREATE INDEX i ON t (b);
CREATE VIEW v AS SELECT b AS a, a AS b FROM t;

--# typed retype
CREATE TYPE ct AS (a int, b text);
CREATE TABLE t OF ct (b DEFAULT 'x');
CREATE VIEW v AS SELECT a FROM t;
INSERT INTO t VALUES (1, 'x');
--=>
CREATE TYPE ct AS (a bigint, b text);
CREATE TABLE t OF ct (a WITH OPTIONS NOT NULL UNIQUE, b DEFAULT 'y');
CREATE VIEW v AS SELECT a FROM t;
ALTER TABLE t ALTER b SET STATISTICS 5;

--# typed new
CREATE TYPE ct AS (a int, b text);
--=>
CREATE TYPE ct AS (a int, b text, c int);
CREATE TABLE t OF ct (a WITH OPTIONS NOT NULL, b WITH OPTIONS DEFAULT 'q' CHECK (b <> ''), c WITH OPTIONS UNIQUE);
COMMENT ON COLUMN t.a IS 'x';

--# typed used too
CREATE TYPE ct AS (a int, b text);
CREATE TABLE t OF ct;
CREATE TABLE u (c ct);
INSERT INTO t VALUES (1, 'x');
INSERT INTO u VALUES ('(1,x)');
--=>
CREATE TYPE ct AS (a bigint, b text, d int);
CREATE TABLE t OF ct (d DEFAULT 1);
CREATE TABLE u (c ct);

--# casts
CREATE TABLE t (a bool, b bool, c int, d numeric, e bit(8), f int, g timestamp, h interval, i uuid, j inet, k text, l "char");
INSERT INTO t VALUES (true, false, 1, 0, B'00000101', 5, '2020-01-01 10:00', '1 h', gen_random_uuid(), '1.2.3.4', '5', '7');
--=>
CREATE TABLE t (a int, b bigint, c bool, d bool, e int, f bit(8), g timestamptz, h text, i text, j cidr, k int, l int);

--# collation users
CREATE COLLATION c (LOCALE = 'C');
CREATE DOMAIN d AS text COLLATE c CHECK (VALUE > 'a' COLLATE c);
CREATE TYPE ct AS (x text COLLATE c);
CREATE TABLE t (a text COLLATE c DEFAULT 'q', b d, e ct);
CREATE INDEX i ON t (a);
CREATE VIEW v AS SELECT a COLLATE c AS z FROM t;
INSERT INTO t (a, b) VALUES ('x', 'y');
--=>
CREATE COLLATION c (LOCALE = 'POSIX');
CREATE DOMAIN d AS text COLLATE c CHECK (VALUE > 'a' COLLATE c);
CREATE TYPE ct AS (x text COLLATE c);
CREATE TABLE t (a text COLLATE c DEFAULT 'q', b d, e ct);
CREATE INDEX i ON t (a);
CREATE VIEW v AS SELECT a COLLATE c AS z FROM t;

--# base type that goes
CREATE TYPE bt;
CREATE FUNCTION bt_in(cstring) RETURNS bt LANGUAGE internal IMMUTABLE STRICT AS 'int4in';
CREATE FUNCTION bt_out(bt) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out';
CREATE TYPE bt (INPUT = bt_in, OUTPUT = bt_out, LIKE = int4);
COMMENT ON TYPE bt IS 'b';
COMMENT ON FUNCTION bt_in(cstring) IS 'i';
CREATE FUNCTION other(bt) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TABLE t (a int, b bt);
CREATE VIEW v AS SELECT b FROM t;
--=>
CREATE TABLE t (a int, b int);

--# ext schema both
CREATE SCHEMA x;
CREATE EXTENSION pg_trgm SCHEMA x;
CREATE TABLE t (a text);
CREATE INDEX i ON t USING gin (a x.gin_trgm_ops);
--=>
CREATE SCHEMA y;
CREATE EXTENSION pg_trgm SCHEMA y;
CREATE TABLE t (a text);
CREATE INDEX i ON t USING gin (a y.gin_trgm_ops);

--# inherit multi
CREATE TABLE a (x int);
CREATE TABLE b (y int);
CREATE TABLE c (z int) INHERITS (a, b);
INSERT INTO c VALUES (1, 2, 3);
--=>
CREATE TABLE a (x int, w text);
CREATE TABLE b (y bigint);
CREATE TABLE c (z int) INHERITS (b);
CREATE TABLE d (q int) INHERITS (c, a);

--# inherit leave all
CREATE TABLE a (x int, y int DEFAULT 3, CHECK (x > 0));
CREATE TABLE b () INHERITS (a);
CREATE TABLE c () INHERITS (b);
INSERT INTO c VALUES (1, 2);
--=>
CREATE TABLE a (y int);
CREATE TABLE b (x int);
CREATE TABLE c (x int, y int);

--# matview cols
CREATE TABLE t (a int, b text);
CREATE MATERIALIZED VIEW m AS SELECT a, b FROM t;
ALTER MATERIALIZED VIEW m ALTER a SET STATISTICS 50;
ALTER MATERIALIZED VIEW m ALTER b SET STORAGE EXTERNAL;
--=>
CREATE TABLE t (a int, b text);
CREATE MATERIALIZED VIEW m AS SELECT a, b FROM t;
ALTER MATERIALIZED VIEW m ALTER a SET (n_distinct = 5);
ALTER MATERIALIZED VIEW m ALTER b SET COMPRESSION pglz;

--# matview cols rebuilt
CREATE TABLE t (a int, b text);
CREATE MATERIALIZED VIEW m AS SELECT a, b FROM t;
ALTER MATERIALIZED VIEW m ALTER a SET STATISTICS 50;
COMMENT ON COLUMN m.a IS 'q';
--=>
CREATE TABLE t (a bigint, b text);
CREATE MATERIALIZED VIEW m AS SELECT a, b FROM t;
ALTER MATERIALIZED VIEW m ALTER a SET STATISTICS 50;
COMMENT ON COLUMN m.a IS 'q';

--# comments on NOT NULL (18)
CREATE TABLE p (a int NOT NULL, b int CONSTRAINT x NOT NULL);
COMMENT ON CONSTRAINT x ON p IS 'c1';
CREATE TABLE c () INHERITS (p);
--=>
CREATE TABLE p (a int NOT NULL, b int CONSTRAINT x NOT NULL);
COMMENT ON CONSTRAINT x ON p IS 'c2';
CREATE TABLE c () INHERITS (p);
CREATE TABLE n (a int CONSTRAINT q NOT NULL);
COMMENT ON CONSTRAINT q ON n IS 'new';
CREATE TABLE m (a int);
ALTER TABLE m ADD CONSTRAINT zz NOT NULL a NOT VALID;

--# statistics of an expression in an index
CREATE TABLE t (a int, b int);
CREATE INDEX i ON t ((a + b));
ALTER INDEX i ALTER COLUMN 1 SET STATISTICS 100;
--=>
CREATE TABLE t (a int, b int);
CREATE INDEX i ON t ((a + b));
ALTER INDEX i ALTER COLUMN 1 SET STATISTICS 200;
--# rows of a default partition
CREATE TABLE l (k text, n int) PARTITION BY LIST (k);
CREATE TABLE ld PARTITION OF l DEFAULT;
CREATE TABLE r (a int, b int) PARTITION BY RANGE (a, b);
CREATE TABLE rd PARTITION OF r DEFAULT;
INSERT INTO l VALUES ('x', 1), (NULL, 2), ('z', 3);
INSERT INTO r VALUES (1, 5), (2, 5), (9, 9);
--=>
CREATE TABLE l (k text, n int) PARTITION BY LIST (k);
CREATE TABLE lx PARTITION OF l FOR VALUES IN ('x', NULL);
CREATE TABLE ld PARTITION OF l DEFAULT;
CREATE TABLE r (a int, b int) PARTITION BY RANGE (a, b);
CREATE TABLE r1 PARTITION OF r FOR VALUES FROM (1, 1) TO (3, 1);
CREATE TABLE rd PARTITION OF r DEFAULT;

--# grants on rebuilt
CREATE TABLE t (a int, b text);
CREATE VIEW v AS SELECT a, b FROM t;
GRANT SELECT ON v TO pg_monitor;
GRANT UPDATE (b) ON v TO PUBLIC;
COMMENT ON VIEW v IS 'vv';
COMMENT ON COLUMN v.a IS 'va';
CREATE MATERIALIZED VIEW m AS SELECT a FROM v;
GRANT SELECT ON m TO PUBLIC;
CREATE FUNCTION f(v) RETURNS int LANGUAGE sql AS 'SELECT ($1).a';
GRANT EXECUTE ON FUNCTION f(v) TO pg_monitor;
REVOKE ALL ON FUNCTION f(v) FROM PUBLIC;
--=>
CREATE TABLE t (a bigint, b text);
CREATE VIEW v AS SELECT a, b FROM t;
GRANT SELECT ON v TO pg_monitor;
GRANT UPDATE (b) ON v TO PUBLIC;
COMMENT ON VIEW v IS 'vv';
COMMENT ON COLUMN v.a IS 'va';
CREATE MATERIALIZED VIEW m AS SELECT a FROM v;
GRANT SELECT ON m TO PUBLIC;
CREATE FUNCTION f(v) RETURNS int LANGUAGE sql AS 'SELECT ($1).a';
GRANT EXECUTE ON FUNCTION f(v) TO pg_monitor;
REVOKE ALL ON FUNCTION f(v) FROM PUBLIC;

--# sequence of two tables
CREATE SEQUENCE s;
CREATE TABLE a (i int DEFAULT nextval('s'));
CREATE TABLE b (i int DEFAULT nextval('s'));
INSERT INTO a DEFAULT VALUES;
--=>
CREATE SEQUENCE s2;
CREATE TABLE a (i bigint DEFAULT nextval('s2'));
CREATE TABLE b (i int DEFAULT nextval('s2') * 10);
ALTER SEQUENCE s2 OWNED BY a.i;

--# sequence gets another owner
CREATE TABLE a (i serial);
CREATE TABLE b (j int);
INSERT INTO a DEFAULT VALUES;
--=>
CREATE TABLE a (i int);
CREATE TABLE b (j int);
CREATE SEQUENCE a_i_seq AS int;
ALTER TABLE b ALTER j SET DEFAULT nextval('a_i_seq');
ALTER SEQUENCE a_i_seq OWNED BY b.j;

--# sequence below zero
CREATE SEQUENCE s;
CREATE TABLE t (a int);
--=>
CREATE SEQUENCE s MINVALUE -5 START -5 NO CYCLE;
CREATE UNLOGGED TABLE t (a int);

--# identity drop and type
CREATE TABLE t (i int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, x text);
INSERT INTO t (x) VALUES ('a'), ('b');
--=>
CREATE TABLE t (i smallint PRIMARY KEY, x text GENERATED ALWAYS AS ('k' || 'v') STORED);

--# function overloads
CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION f(text) RETURNS text LANGUAGE sql AS 'SELECT ''x''';
CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1';
CREATE TABLE t (a int DEFAULT f(1));
--=>
CREATE FUNCTION f(bigint) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION f(text, int DEFAULT 1) RETURNS text LANGUAGE sql AS 'SELECT ''x''';
CREATE FUNCTION p() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TABLE t (a int DEFAULT f(1::bigint));

--# function chain
CREATE FUNCTION a() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE FUNCTION b() RETURNS int LANGUAGE sql IMMUTABLE RETURN a() + 1;
CREATE TABLE t (x int CHECK (x > b()), y int GENERATED ALWAYS AS (b()) STORED);
CREATE INDEX i ON t ((x + b()));
CREATE VIEW v AS SELECT b() AS q;
--=>
CREATE FUNCTION a() RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT 1::bigint';
CREATE FUNCTION b() RETURNS bigint LANGUAGE sql IMMUTABLE RETURN a() + 1;
CREATE TABLE t (x int CHECK (x > b()), y int GENERATED ALWAYS AS (b()) STORED);
CREATE INDEX i ON t ((x + b()));
CREATE VIEW v AS SELECT b() AS q;

--# function rename args
CREATE FUNCTION f(a int, b text) RETURNS record LANGUAGE sql AS 'SELECT a, b';
COMMENT ON FUNCTION f(int, text) IS 'x';
CREATE VIEW v AS SELECT x FROM f(1, 'a') AS t(x int, y text);
--=>
CREATE FUNCTION f(b int, a text) RETURNS record LANGUAGE sql AS 'SELECT b, a';
COMMENT ON FUNCTION f(int, text) IS 'x';
CREATE VIEW v AS SELECT x FROM f(1, 'a') AS t(x int, y text);

--# trigger function dropped
CREATE TABLE t (a int);
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();
CREATE FUNCTION e() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
--=>
CREATE TABLE t (a int);
CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER x BEFORE INSERT OR DELETE OR TRUNCATE ON t FOR EACH STATEMENT EXECUTE FUNCTION g();

--# domain over enum array
CREATE TYPE e AS ENUM ('a', 'b', 'c');
CREATE DOMAIN d AS e CHECK (VALUE <> 'c');
CREATE DOMAIN da AS e[] CHECK (cardinality(VALUE) < 5);
CREATE TABLE t (x d DEFAULT 'a', y da DEFAULT '{a}', z d[]);
INSERT INTO t VALUES ('a', '{b}', '{a}');
CREATE VIEW v AS SELECT x::text, y[1] FROM t;
CREATE FUNCTION f(d, da) RETURNS d LANGUAGE sql AS 'SELECT $1';
GRANT USAGE ON TYPE e TO pg_monitor;
COMMENT ON TYPE e IS 'ee';
--=>
CREATE TYPE e AS ENUM ('c', 'b', 'a', 'z');
CREATE DOMAIN d AS e CHECK (VALUE <> 'c') NOT NULL;
CREATE DOMAIN da AS e[] CHECK (cardinality(VALUE) < 6);
CREATE TABLE t (x d DEFAULT 'a', y da DEFAULT '{a}', z d[]);
CREATE VIEW v AS SELECT x::text, y[1] FROM t;
CREATE FUNCTION f(d, da) RETURNS d LANGUAGE sql AS 'SELECT $1';
GRANT USAGE ON TYPE e TO pg_monitor;
COMMENT ON TYPE e IS 'ee';

--# enum in partition key
CREATE TYPE e AS ENUM ('a', 'b', 'c');
CREATE TABLE p (k e, v int) PARTITION BY LIST (k);
CREATE TABLE pa PARTITION OF p FOR VALUES IN ('a');
CREATE TABLE pb PARTITION OF p FOR VALUES IN ('b');
CREATE INDEX i ON p (k);
INSERT INTO p VALUES ('a', 1), ('b', 2);
--=>
CREATE TYPE e AS ENUM ('b', 'a');
CREATE TABLE p (k e, v int) PARTITION BY LIST (k);
CREATE TABLE pa PARTITION OF p FOR VALUES IN ('a');
CREATE TABLE pb PARTITION OF p FOR VALUES IN ('b');
CREATE INDEX i ON p (k);

--# enum everywhere
CREATE TYPE e AS ENUM ('a', 'b', 'c');
CREATE TYPE c AS (x e, y e[]);
CREATE TABLE t (k e PRIMARY KEY, cc c, g text GENERATED ALWAYS AS (CASE WHEN k = 'a' THEN 'q' END) STORED, EXCLUDE USING btree (k WITH =));
CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER tr BEFORE UPDATE ON t FOR EACH ROW WHEN (NEW.k = 'b') EXECUTE FUNCTION tf();
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE POLICY po ON t USING (k = 'a');
CREATE RULE ru AS ON DELETE TO t WHERE old.k = 'c' DO INSTEAD NOTHING;
CREATE AGGREGATE ag(e) (SFUNC = array_append, STYPE = e[]);
CREATE STATISTICS st ON (k = 'a'), g FROM t;
CREATE MATERIALIZED VIEW m AS SELECT k, count(*) FROM t GROUP BY k;
CREATE UNIQUE INDEX mi ON m (k);
--=>
CREATE TYPE e AS ENUM ('b', 'a', 'c');
CREATE TYPE c AS (x e, y e[]);
CREATE TABLE t (k e PRIMARY KEY, cc c, g text GENERATED ALWAYS AS (CASE WHEN k = 'a' THEN 'q' END) STORED, EXCLUDE USING btree (k WITH =));
CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER tr BEFORE UPDATE ON t FOR EACH ROW WHEN (NEW.k = 'b') EXECUTE FUNCTION tf();
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE POLICY po ON t USING (k = 'a');
CREATE RULE ru AS ON DELETE TO t WHERE old.k = 'c' DO INSTEAD NOTHING;
CREATE AGGREGATE ag(e) (SFUNC = array_append, STYPE = e[]);
CREATE STATISTICS st ON (k = 'a'), g FROM t;
CREATE MATERIALIZED VIEW m AS SELECT k, count(*) FROM t GROUP BY k;
CREATE UNIQUE INDEX mi ON m (k);

--# plain to partitioned
CREATE TABLE t (id int PRIMARY KEY, d date NOT NULL, x text);
CREATE INDEX i ON t (x);
CREATE VIEW v AS SELECT id FROM t;
CREATE TABLE r (t int REFERENCES t);
INSERT INTO t VALUES (1, '2020-01-05', 'a'), (2, '2021-01-05', 'b');
--=>
CREATE TABLE t (id int, d date NOT NULL, x text) PARTITION BY RANGE (d);
CREATE TABLE t20 PARTITION OF t FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE td PARTITION OF t DEFAULT;
CREATE INDEX i ON t (x);
CREATE VIEW v AS SELECT id FROM t;
CREATE TABLE r (t int);

--# partition bounds
CREATE TABLE t (a int, b text) PARTITION BY RANGE (a);
CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (10);
CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (10) TO (20);
INSERT INTO t VALUES (1, 'x'), (12, 'y'), (18, 'z');
--=>
CREATE TABLE t (a int, b text) PARTITION BY RANGE (a);
CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (15);
CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (15) TO (30);

--# partition subtree
CREATE TABLE t (a int, b int) PARTITION BY LIST (a);
CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1) PARTITION BY LIST (b);
CREATE TABLE t11 PARTITION OF t1 FOR VALUES IN (1);
INSERT INTO t VALUES (1, 1);
--=>
CREATE TABLE t (a int, b int, c int DEFAULT 5 NOT NULL) PARTITION BY LIST (a);
CREATE TABLE t1 (a int, b int, c int DEFAULT 6 NOT NULL) PARTITION BY LIST (b);
CREATE TABLE t11 PARTITION OF t1 FOR VALUES IN (1);
CREATE TABLE t2 PARTITION OF t FOR VALUES IN (2);

--# partition own index and constraint
CREATE TABLE t (a int, b int) PARTITION BY LIST (a);
CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1);
CREATE INDEX own ON t1 (b);
ALTER TABLE t1 ADD CHECK (b > 0);
ALTER TABLE t1 ADD PRIMARY KEY (b);
--=>
CREATE TABLE t (a int, b int, UNIQUE (a, b)) PARTITION BY LIST (a);
CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1, 2) WITH (fillfactor = 50);
ALTER TABLE t1 ADD CHECK (b > 1);
ALTER TABLE t1 ALTER b SET DEFAULT 7;
COMMENT ON TABLE t1 IS 'p1';

--# fk to partitioned
CREATE TABLE p (a int PRIMARY KEY) PARTITION BY RANGE (a);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9);
CREATE TABLE c (a int REFERENCES p);
--=>
CREATE TABLE p (a bigint PRIMARY KEY) PARTITION BY RANGE (a);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9);
CREATE TABLE c (a bigint REFERENCES p ON DELETE CASCADE, b bigint REFERENCES p) PARTITION BY HASH (a);
CREATE TABLE c0 PARTITION OF c FOR VALUES WITH (MODULUS 1, REMAINDER 0);

--# names that go round
CREATE TABLE a (x int);
CREATE TABLE b (y int);
CREATE INDEX i ON a (x);
CREATE SEQUENCE q;
--=>
CREATE TABLE i (x int);
CREATE INDEX a ON i (x);
CREATE VIEW b AS SELECT x FROM i;
CREATE TABLE q (z int);

--# constraint names swap
CREATE TABLE t (a int, b int, CONSTRAINT x CHECK (a > 0), CONSTRAINT y CHECK (b > 0), CONSTRAINT z UNIQUE (a));
--=>
CREATE TABLE t (a int, b int, CONSTRAINT y CHECK (a > 0), CONSTRAINT z CHECK (b > 0), CONSTRAINT x UNIQUE (a));

--# pk changes
CREATE TABLE t (a int PRIMARY KEY, b int NOT NULL, c int);
CREATE TABLE u (a int REFERENCES t ON DELETE CASCADE);
INSERT INTO t VALUES (1, 2, 3);
INSERT INTO u VALUES (1);
--=>
CREATE TABLE t (a int UNIQUE, b int NOT NULL, c int, CONSTRAINT key PRIMARY KEY (b) INCLUDE (c) WITH (fillfactor = 70));
CREATE TABLE u (a int REFERENCES t (a) ON DELETE SET NULL);
COMMENT ON CONSTRAINT key ON t IS 'k';

--# unique to index
CREATE TABLE t (a int, b int, CONSTRAINT u UNIQUE (a));
CREATE UNIQUE INDEX v ON t (b);
--=>
CREATE TABLE t (a int, b int, CONSTRAINT v UNIQUE (b) DEFERRABLE);
CREATE UNIQUE INDEX u ON t (a) WHERE a > 0;

--# replica and cluster
CREATE TABLE t (a int NOT NULL, b int);
CREATE UNIQUE INDEX i ON t (a);
ALTER TABLE t REPLICA IDENTITY USING INDEX i;
ALTER TABLE t CLUSTER ON i;
--=>
CREATE TABLE t (a bigint NOT NULL, b int);
CREATE UNIQUE INDEX i ON t (a, b);
ALTER TABLE t REPLICA IDENTITY FULL;
CREATE TABLE u (a int PRIMARY KEY);
ALTER TABLE u CLUSTER ON u_pkey;
ALTER TABLE u REPLICA IDENTITY USING INDEX u_pkey;

--# view columns reordered
CREATE TABLE t (a int, b int, c int);
CREATE VIEW v AS SELECT a, b FROM t;
CREATE VIEW w AS SELECT * FROM v;
CREATE FUNCTION f() RETURNS SETOF v LANGUAGE sql AS 'SELECT * FROM v';
CREATE RULE r AS ON INSERT TO v DO INSTEAD INSERT INTO t VALUES (new.a);
GRANT ALL ON v TO PUBLIC;
--=>
CREATE TABLE t (a int, b int, c int);
CREATE VIEW v AS SELECT b, a, c FROM t;
CREATE VIEW w AS SELECT * FROM v;
CREATE FUNCTION f() RETURNS SETOF v LANGUAGE sql AS 'SELECT * FROM v';
CREATE RULE r AS ON INSERT TO v DO INSTEAD INSERT INTO t VALUES (new.a);
GRANT ALL ON v TO PUBLIC;

--# schema grants defaults
CREATE SCHEMA s;
ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT SELECT ON TABLES TO pg_monitor;
ALTER DEFAULT PRIVILEGES FOR ROLE postgres GRANT EXECUTE ON FUNCTIONS TO pg_monitor;
CREATE TABLE s.a (x int);
REVOKE ALL ON s.a FROM pg_monitor;
--=>
CREATE SCHEMA s;
ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT INSERT ON TABLES TO pg_monitor WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES REVOKE ALL ON TYPES FROM PUBLIC;
CREATE TABLE s.a (x int);
CREATE TABLE s.b (x int);
REVOKE ALL ON s.b FROM pg_monitor;
CREATE TYPE s.e AS ENUM ('a');
GRANT USAGE ON TYPE s.e TO PUBLIC;

--# privileges taken from the owner
CREATE TABLE t (a int);
CREATE SEQUENCE s;
REVOKE ALL ON t FROM postgres;
CREATE SCHEMA x;
--=>
CREATE TABLE t (a int);
CREATE SEQUENCE s;
REVOKE INSERT, UPDATE ON t FROM postgres;
REVOKE ALL ON SEQUENCE s FROM postgres;
CREATE SCHEMA x;
REVOKE CREATE ON SCHEMA x FROM postgres;
REVOKE ALL ON SCHEMA public FROM PUBLIC;

--# comments all
CREATE TABLE t (a int PRIMARY KEY CHECK (a > 0));
CREATE INDEX i ON t (a);
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();
COMMENT ON TABLE t IS 'a';
COMMENT ON INDEX i IS 'b';
COMMENT ON CONSTRAINT t_pkey ON t IS 'c';
COMMENT ON INDEX t_pkey IS 'pi';
--=>
CREATE TABLE t (a int PRIMARY KEY CHECK (a > 0));
CREATE INDEX i ON t (a);
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();
COMMENT ON COLUMN t.a IS 'x';
COMMENT ON CONSTRAINT t_a_check ON t IS 'y';
COMMENT ON TRIGGER tr ON t IS 'z';
COMMENT ON FUNCTION f() IS 'f';
COMMENT ON SCHEMA public IS 'mine';

--# kinds of aggregates
CREATE AGGREGATE s1(int) (SFUNC = int4pl, STYPE = int);
CREATE AGGREGATE s2(*) (SFUNC = int8inc, STYPE = int8, INITCOND = '0');
--=>
CREATE AGGREGATE s1(int) (SFUNC = int4pl, STYPE = int, MSFUNC = int4pl, MINVFUNC = int4mi, MSTYPE = int, COMBINEFUNC = int4pl, PARALLEL = SAFE);
CREATE AGGREGATE s2(*) (SFUNC = int8inc, STYPE = int8, INITCOND = '1');
CREATE AGGREGATE mx(int) (SFUNC = int4larger, STYPE = int, SORTOP = >);
CREATE AGGREGATE pct(float8 ORDER BY float8) (SFUNC = ordered_set_transition, STYPE = internal, FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA);
ALTER AGGREGATE mx(int) OWNER TO pg_database_owner;

--# array types
CREATE TYPE c AS (a int);
CREATE TABLE t (x c[], y int[][], z varchar(5)[]);
--=>
CREATE TYPE c AS (a int, b int);
CREATE TABLE t (x c[], y bigint[], z varchar(9)[] DEFAULT ARRAY['q'::varchar]);

--# numeric details
CREATE TABLE t (a numeric(10,2), b varchar(10), c char(5), d timestamp(3), e interval, f bit varying(5), g time);
INSERT INTO t VALUES (1.25, 'abc', 'x', '2020-01-01 10:00:00.123', '1 day', '101', '10:00');
--=>
CREATE TABLE t (a numeric(12,4), b varchar, c char(8), d timestamptz(6), e interval day to second(3), f bit varying(9), g timetz);

--# text search dictionary in use
CREATE TEXT SEARCH DICTIONARY d (TEMPLATE = simple);
CREATE TEXT SEARCH CONFIGURATION c (PARSER = "default");
ALTER TEXT SEARCH CONFIGURATION c ADD MAPPING FOR word, asciiword WITH d;
CREATE TABLE t (x text);
CREATE INDEX i ON t USING gin (to_tsvector('c', x));
--=>
CREATE TEXT SEARCH DICTIONARY d (TEMPLATE = simple, ACCEPT = false);
CREATE TEXT SEARCH CONFIGURATION c (PARSER = "default");
ALTER TEXT SEARCH CONFIGURATION c ADD MAPPING FOR word, asciiword WITH d, simple;
CREATE TABLE t (x text);
CREATE INDEX i ON t USING gin (to_tsvector('c', x));

--# policy on column change
CREATE TABLE t (a int, b text);
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON t USING (a > 0) WITH CHECK (b <> '');
CREATE VIEW v AS SELECT * FROM t;
CREATE POLICY q ON t FOR DELETE USING (EXISTS (SELECT FROM v WHERE v.a = t.a));
--=>
CREATE TABLE t (a bigint, b varchar(9));
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON t USING (a > 0) WITH CHECK (b <> '');
CREATE VIEW v AS SELECT * FROM t;
CREATE POLICY q ON t FOR DELETE USING (EXISTS (SELECT FROM v WHERE v.a = t.a));

--# publication cols type (15)
CREATE TABLE t (a int PRIMARY KEY, b int);
CREATE PUBLICATION p FOR TABLE t (a) WHERE (a > 3);
--=>
CREATE TABLE t (a bigint PRIMARY KEY, c text);
CREATE PUBLICATION p FOR TABLE t (a, c) WHERE (a > 3);

--# operator in use
CREATE FUNCTION eq(int, text) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE OPERATOR === (FUNCTION = eq, LEFTARG = int, RIGHTARG = text);
CREATE TABLE t (a int, b text, CHECK (a === b));
CREATE VIEW v AS SELECT a === b AS c FROM t;
--=>
CREATE FUNCTION eq(int, text) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT false';
CREATE OPERATOR === (FUNCTION = eq, LEFTARG = int, RIGHTARG = text, RESTRICT = eqsel, JOIN = eqjoinsel);
CREATE TABLE t (a int, b text, CHECK (a === b));
CREATE VIEW v AS SELECT a === b AS c, 1 AS d FROM t;

--# extension that goes
CREATE EXTENSION citext;
CREATE TABLE t (a citext, b text);
--=>
CREATE TABLE t (a text, b text);

--# materialized views on each other
CREATE TABLE t (a int);
CREATE MATERIALIZED VIEW m1 AS SELECT a FROM t;
CREATE MATERIALIZED VIEW m2 AS SELECT a FROM m1;
CREATE VIEW v AS SELECT a FROM m2;
CREATE INDEX i ON m1 (a);
CREATE UNIQUE INDEX j ON m2 (a);
--=>
CREATE TABLE t (a int);
CREATE MATERIALIZED VIEW m1 AS SELECT a, a + 1 AS b FROM t;
CREATE MATERIALIZED VIEW m2 AS SELECT a FROM m1;
CREATE VIEW v AS SELECT a FROM m2;
CREATE INDEX i ON m1 (a, b);
CREATE UNIQUE INDEX j ON m2 (a);

--# generated column becomes plain
CREATE TABLE t (a int, b int, c int GENERATED ALWAYS AS (a + b) STORED, CHECK (c > 0));
CREATE INDEX i ON t (c);
CREATE VIEW v AS SELECT c FROM t;
INSERT INTO t VALUES (1, 2);
--=>
CREATE TABLE t (a int, c int, CHECK (c > 0));
CREATE INDEX i ON t (c);
CREATE VIEW v AS SELECT c FROM t;

--# table to view
CREATE TABLE t (a int);
CREATE TABLE u (b int);
CREATE VIEW w AS SELECT a FROM t;
INSERT INTO t VALUES (1);
--=>
CREATE TABLE u (b int);
CREATE VIEW t AS SELECT b AS a FROM u;
CREATE VIEW w AS SELECT a FROM t;

--# names that need quotes
CREATE SCHEMA "A.b";
CREATE TABLE "A.b"."t""x" ("sel ect" int PRIMARY KEY, "c'd" text DEFAULT 'it''s'); CREATE TYPE "A.b"."E!" AS ENUM ('x y', 'it''s', 'a,b'); CREATE TABLE "A.b".u ("E" "A.b"."E!"[] DEFAULT '{"a,b"}', "r" int REFERENCES "A.b"."t""x"); CREATE FUNCTION "A.b"."F g"("P q" int) RETURNS int LANGUAGE sql AS 'SELECT 1';
--=>
CREATE SCHEMA "A.b";
CREATE TABLE "A.b"."t""x" ("sel ect" bigint PRIMARY KEY, "c'd" text DEFAULT 'it''s too'); CREATE TYPE "A.b"."E!" AS ENUM ('it''s', 'a,b', 'n"w'); CREATE TABLE "A.b".u ("E" "A.b"."E!"[] DEFAULT '{"a,b"}', "r" bigint REFERENCES "A.b"."t""x", "Z z" int GENERATED BY DEFAULT AS IDENTITY); CREATE FUNCTION "A.b"."F g"("P q" int) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'; CREATE INDEX "I""J" ON "A.b".u (("Z z" + 1)); COMMENT ON FUNCTION "A.b"."F g"(int) IS 'q''';
