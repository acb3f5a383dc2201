//! `migrations.lock` and the commands that keep it.

use support::{Database, Sandbox, each_server, expect};

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new().migration("0001_a.sql", "SELECT 1;\n").migration("0002_b.sql", "SELECT 2;\n");
    sandbox.run(["db", "check", "--only", "files", "--write"]).code(0);
    sandbox
}

fn lines(sandbox: &Sandbox) -> String {
    let text = std::fs::read_to_string(sandbox.path("migrations/migrations.lock")).expect("the lock");
    text.lines().filter(|it| !it.starts_with('#')).filter_map(|it| it.split(' ').next()).collect::<Vec<_>>().join(" ")
}

#[test]
fn each_bad_line_is_found_and_written_anew() {
    let sandbox = sandbox();
    let path = sandbox.path("migrations/migrations.lock");
    let text = std::fs::read_to_string(&path).expect("the lock");
    let check = |text: &str, expected: &str| {
        sandbox.write("migrations/migrations.lock", text);
        sandbox.run(["db", "check", "--only", "files"]).code(1).says(&[expected]);
    };
    check(&text.replace("sha256:", "sha256:0"), "error[lock-stale]: `0001_a` was edited after its line in migrations.lock was written");
    check(&text.replace("0002_b ", "0003_b "), "error[lock-stale]: there is no migration `0003_b`");
    check(&text.replace("0002_b ", "# 0002_b "), "error[lock-stale]: migrations.lock has no line for `0002_b`");
    check(&format!("{text}what\n"), "error[lock-unreadable]: this is no migration's name and checksum");
    check(&format!("<<<<<<< ours\n{text}>>>>>>> theirs\n"), "error[lock-conflict]: migrations.lock is in conflict");
    check(&format!("{text}{}", text.lines().nth(2).expect("a line")), "error[lock-stale]: the lines of migrations.lock are doubled");
    sandbox.run(["db", "check", "--only", "files", "--write"]).code(0);
    assert_eq!(std::fs::read_to_string(&path).expect("the lock"), text);
}

#[test]
fn commands_that_change_files_keep_it() {
    let sandbox = sandbox();
    sandbox.run(["db", "new", "third"]).code(0);
    assert_eq!(lines(&sandbox), "0001_a 0002_b 0003_third");
    sandbox.run(["db", "check", "--only", "files"]).code(0).stderr(expect![[r#"
        warning[empty-file]: `0003_third` holds no statement
         --> migrations/0003_third.sql
          = hint: write its SQL before it is merged, or remove the file: once it is applied, it cannot be filled any more
        info[no-base]: the migrations are in no git repository: nothing is compared with origin/main
          = hint: run it in a clone of the repository (`git init` makes one) to have them compared
        3 migrations judged: 0 errors, 1 warning, 1 note
    "#]]);
    sandbox.run(["db", "check", "--staged", "--write"]).code(2);
}

/// What takes over or puts together writes migrations too, and nobody has to run `db check --write` behind it.
#[test]
fn commands_that_take_over_keep_it() {
    each_server(|server| {
        let [live, other] = [(); 2].map(|()| Database::new(server));
        live.sql("CREATE TABLE a (n int)");
        let sandbox = Sandbox::on(&live).file("migrations/migrations.lock", "").file("schema", "in the way");
        sandbox.run(["db", "baseline"]).code(2).says(&["error[unwritable-file]: failed to write `schema/", "nothing was kept"]);
        assert!(lines(&sandbox).is_empty() && !sandbox.path("migrations/0001_baseline.sql").exists());
        assert_eq!(live.sql("SELECT count(*) FROM xtask.history"), "0");
        std::fs::remove_file(sandbox.path("schema")).expect("ours");
        sandbox.run(["db", "baseline"]).code(0);
        assert_eq!(lines(&sandbox), "0001_baseline");
        sandbox.run(["db", "check", "--only", "files"]).code(0);

        other.sql("CREATE TABLE schema_migrations (version varchar PRIMARY KEY); INSERT INTO schema_migrations VALUES ('1')");
        let sandbox = Sandbox::on(&other)
            .file("old/1_a.sql", "-- migrate:up\nCREATE TABLE a (n int);\n")
            .file("old/2_b.sql", "-- migrate:up\nCREATE TABLE b (n int);\n")
            .file("migrations/migrations.lock", "");
        sandbox.run(["db", "adopt", "old", "--dry-run"]).code(0);
        assert!(lines(&sandbox).is_empty());
        sandbox.run(["db", "adopt", "old"]).code(0);
        assert_eq!(lines(&sandbox), "0001_a 0002_b");
        sandbox.run(["db", "new", "third"]).code(0);
        sandbox.git(".", ["init", "--quiet"]).code(0);
        sandbox.git(".", ["add", "."]).code(0);
        sandbox.git(".", ["commit", "--quiet", "--message", "all"]).code(0);
        let sandbox = sandbox.env("GIT_COMMITTER_NAME", "tester").env("GIT_COMMITTER_EMAIL", "tester@desk");
        sandbox.run(["db", "squash", "--to", "2"]).code(0);
        assert_eq!(lines(&sandbox), "0002_squashed 0003_third");
        sandbox.run(["db", "check", "--only", "files"]).code(0);
    });
}
