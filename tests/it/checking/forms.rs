//! One report, four forms.

use support::{Sandbox, expect};

fn sandbox() -> Sandbox {
    Sandbox::new().migration("0001_a.sql", "CREATE TABLE a (n int PRIMARY KEY);\n").migration("0002_b.sql", "-- x\nDROP TABLE b;\n")
}

#[test]
fn json_is_one_document() {
    let sandbox = Sandbox::new().migration("0001_a.sql", "");
    sandbox.run(["db", "check", "--offline", "--format", "json"]).code(0).stdout(expect![[r#"
        {"diagnostics":[{"column":1,"effect":null,"end_column":1,"end_line":1,"file":"migrations/0001_a.sql","hazard":[],"hint":"write its SQL before it is merged, or remove the file: once it is applied, it cannot be filled any more","level":"warning","line":1,"message":"`0001_a` holds no statement","notes":[],"rule":"empty-file","sqlstate":null},{"column":null,"effect":null,"end_column":null,"end_line":null,"file":null,"hazard":[],"hint":"run it in a clone of the repository (`git init` makes one) to have them compared","level":"info","line":null,"message":"the migrations are in no git repository: nothing is compared with origin/main","notes":[],"rule":"no-base","sqlstate":null}],"type":"check"}
    "#]]);
}

#[test]
fn sarif_names_every_rule() {
    let outcome = sandbox().run(["db", "check", "--offline", "2", "--format", "sarif"]).code(1);
    let log = outcome.raw_stdout();
    for part in [
        r#""version": "2.1.0""#,
        r#""uri": "migrations/0002_b.sql""#,
        r#""startLine": 2"#,
        r#""ruleId": "missing-object""#,
        r#""shortDescription""#,
    ] {
        assert!(log.contains(part), "{part} is not in:\n{log}");
    }
}

#[test]
fn github_gets_annotations_by_itself() {
    let sandbox = sandbox().env("GITHUB_ACTIONS", "true");
    let annotation = "::error file=migrations/0002_b.sql,line=2,endLine=2,col=";
    sandbox.run(["db", "check", "--offline", "2"]).code(1).prints(&[annotation]).says(&["error[missing-object]"]);
    let human = sandbox.run(["db", "check", "--offline", "2", "--format", "human"]).code(1);
    assert_eq!(human.raw_stdout(), "");
}

#[test]
fn forms_of_findings_are_for_commands_that_find() {
    for form in ["sarif", "github"] {
        sandbox().run(["db", "new", "x", "--format", form]).code(2).stderr(expect![[r#"
            error[bad-format]: this command reports no findings: it has no form `sarif` or `github`
              = hint: use `--format human` or `--format json`, or run `cargo xtask db check`
        "#]]);
    }
}
