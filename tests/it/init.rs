//! Putting migrate-first into another repository.

use std::process::Command;
use support::{Database, Sandbox, compose, expect, program, server};

/// A git repository in which nothing is ours yet.
fn foreign() -> Sandbox {
    let sandbox = Sandbox::new();
    std::fs::remove_dir(sandbox.path("migrations")).expect("it is empty");
    program::output(Command::new("git").args(["init", "--quiet"]).current_dir(sandbox.path("")));
    sandbox
}

const INIT: [&str; 4] = ["init", ".", "--library", "0.1.0"];

#[test]
fn files_are_shown_then_written_and_the_second_time_nothing_changes() {
    let sandbox = foreign();
    sandbox.run([&INIT[..], &["--dry-run"]].concat()).code(0).stdout(expect![[r#"
        would write  .cargo/config.toml
        would write  Cargo.toml
        would write  .gitignore
        would write  xtask/Cargo.toml
        would write  xtask/src/main.rs
        would write  xtask.toml
        would write  migrations/migrations.lock
        would write  schema/.gitkeep
        would write  docker-compose.yml
        would write  xtask/Dockerfile
        would write  xtask/Dockerfile.dockerignore
        would write  .github/hooks/pre-commit
        would write  .github/hooks/pre-merge-commit
        would write  .github/workflows/migration-check.yml
    "#]]);
    assert!(!sandbox.path("xtask").exists(), "a dry run writes nothing");
    sandbox.run(INIT).code(0).stderr(expect![[r#"
        next: `cargo xtask hooks install` lets git check migrations before each commit
              `cargo xtask db new create_something`, or with what there is: `cargo xtask db adopt DIR`, `cargo xtask db baseline`
              `cargo xtask ci` runs what a change must pass
    "#]]);
    sandbox.run(INIT).code(0).stderr(expect![[r#"
        nothing to do: everything is there
    "#]]);
}

#[test]
fn what_is_there_stays_as_it_is() {
    let sandbox = foreign()
        .file("Cargo.toml", "[package]\nname = \"shop\"\nversion = \"1.0.0\"\nedition = \"2024\"\n")
        .file(".cargo/config.toml", "[build]\njobs = 2\n")
        .file("xtask.toml", "[migrations]\ndir = \"migrations\"\n");
    sandbox
        .run(INIT)
        .code(0)
        .stdout(expect![[r#"
            stays        .cargo/config.toml
            writes       .gitignore
            writes       xtask/Cargo.toml
            writes       xtask/src/main.rs
            is there     xtask.toml
            writes       migrations/migrations.lock
            writes       schema/.gitkeep
            writes       docker-compose.yml
            writes       xtask/Dockerfile
            writes       xtask/Dockerfile.dockerignore
            writes       .github/hooks/pre-commit
            writes       .github/hooks/pre-merge-commit
            writes       .github/workflows/migration-check.yml
        "#]])
        .stderr(expect![[r#"
            .cargo/config.toml stays as it is; put this below its [alias]: xtask = "run --quiet --manifest-path xtask/Cargo.toml --"
            next: `cargo xtask hooks install` lets git check migrations before each commit
                  `cargo xtask db new create_something`, or with what there is: `cargo xtask db adopt DIR`, `cargo xtask db baseline`
                  `cargo xtask ci` runs what a change must pass
        "#]]);
    let kept = std::fs::read_to_string(sandbox.path(".cargo/config.toml")).expect("it is there");
    assert_eq!(kept, "[build]\njobs = 2\n");
}

#[test]
fn mistakes_leave_everything_as_it_was() {
    let taken = foreign().file("xtask/Cargo.toml", "[package]\nname = \"xtask\"\n").file("xtask/src/main.rs", "fn main() {}\n");
    taken.run(INIT).code(2).stderr(expect![[r#"
        error[has-xtask]: this repository has an xtask of its own: xtask/Cargo.toml, xtask/src/main.rs
          = nothing was written
          = hint: add `migrate-first` to its dependencies and call `migrate_first::main_with`, which takes its commands beside ours
    "#]]);
    assert!(!taken.path("xtask.toml").exists());
    foreign().file("sub/a", "").run(["init", "sub"]).code(2).stderr(expect![[r#"
        error[no-repository]: `sub` is not the root of its git repository
          = hint: name the root: `cargo xtask init [folder]`
    "#]]);
    foreign().run(["init", "nowhere"]).code(2).says(&["failed to enter `nowhere`"]);
    foreign().run(["init", ".", "--library", "."]).code(2).stderr(expect![[r#"
        error[no-library]: `.` does not hold the package migrate-first
          = hint: name the folder of its Cargo.toml, a git address or a version with `--library`
    "#]]);
    Sandbox::new().run(INIT).code(2).says(&["is no git repository", "run `git init` there first"]);
}

#[test]
fn folders_and_files_of_other_tools_stay_alone() {
    let sandbox = foreign()
        .file("migrations/20240101_a.sql", "SELECT 1;\n")
        .file("schema/api.graphql", "type Query\n")
        .file("compose.yaml", "services: {}\n")
        .file(".gitignore", "node_modules\n");
    sandbox.run(INIT).code(0).stdout(expect![[r#"
        writes       .cargo/config.toml
        writes       Cargo.toml
        stays        .gitignore
        writes       xtask/Cargo.toml
        writes       xtask/src/main.rs
        writes       xtask.toml
        writes       db/migrations/migrations.lock
        writes       db/schema/.gitkeep
        stays        compose.yaml
        writes       xtask/Dockerfile
        writes       xtask/Dockerfile.dockerignore
        writes       .github/hooks/pre-commit
        writes       .github/hooks/pre-merge-commit
        writes       .github/workflows/migration-check.yml
    "#]]).stderr(expect![[r#"
        .gitignore stays as it is; put this into it, for what cargo builds: target
        your Compose file stays as it is; for `cargo xtask docker` it needs a service `migrate` as docs/adopting.md of migrate-first shows it, and the name docker-compose.yml
        next: `cargo xtask hooks install` lets git check migrations before each commit
              `cargo xtask db new create_something`, or with what there is: `cargo xtask db adopt DIR`, `cargo xtask db baseline`
              `cargo xtask ci` runs what a change must pass
    "#]]);
    let settings = std::fs::read_to_string(sandbox.path("xtask.toml")).expect("it was written");
    assert!(settings.contains("dir = \"db/migrations\"") && settings.contains("dir = \"db/schema\""), "{settings}");
    let hook = std::fs::read_to_string(sandbox.path(".github/hooks/pre-commit")).expect("it was written");
    assert!(hook.contains("-- db/migrations db/schema xtask.toml"), "{hook}");
    sandbox.run(INIT).code(0).says(&["nothing to do: everything is there"]);
}

#[test]
fn the_hooks_and_the_workflow_are_those_of_the_commands() {
    let sandbox = foreign();
    sandbox.run(INIT).code(0);
    sandbox.git(".", ["status", "--short", "--untracked-files=all"]).code(0).prints(&["?? .github/hooks/pre-commit\n"]);
    sandbox.run(["hooks", "install"]).code(0);
    sandbox.run(["ci", "--write-workflow", "--check"]).code(0);
    sandbox.run(INIT).code(0).says(&["nothing to do: everything is there"]);
    sandbox.run(["db", "new", "create_things"]).code(0);
    sandbox.write("migrations/0001_create_things.sql", "CREATE TABLE things (n int);\n");
    sandbox.run(INIT).code(0).says(&["nothing to do: everything is there"]);
}

#[test]
fn the_compose_file_serves_an_application() {
    if !compose::possible() {
        return;
    }
    let sandbox = foreign();
    sandbox.run(INIT).code(0);
    sandbox.write("Cargo.lock", "");
    sandbox.write("migrations/0001_create_things.sql", "CREATE TABLE things (n int);\n");
    let app = format!(
        "  app:\n    image: {}\n    {}\n    command: [\"true\"]\n    depends_on: {{ migrate: {{ condition: service_completed_successfully }} }}\n",
        compose::IMAGE,
        compose::labels_line()
    );
    let project = compose::Project::of(sandbox, &app);
    project.sandbox.run(["docker", "build"]).code(0).prints(&[&format!("built {}:latest", project.name)]);
    project.sandbox.run(["docker", "up"]).code(0).says(&["the database has every migration"]);
    assert_eq!(project.sql("SELECT string_agg(name, ' ') FROM xtask.history"), "0001_create_things");
    project.sandbox.run(["docker", "migrate", "--", "--dry-run"]).code(0).says(&["1 applied, 0 pending"]);
}

/// What a user writes; the database that it asks for has the migrations of the repository around it.
const SHOP_TEST: &str = r#"//! On a database of their own each.

use migrate_first::db::{Url, connect};
use migrate_first::testing::TestDatabase;

fn count() -> String {
    assert!(std::env::var("XTASK_TEST_URL").is_ok(), "cargo xtask test names the server");
    let database = TestDatabase::new().expect("a database");
    let mut session = connect(&Url::parse(database.url()).expect("an address")).expect("it answers");
    session.execute("INSERT INTO things VALUES (1)").expect("the table is there");
    session.rows("SELECT count(*) FROM things").expect("a row")[0].text(0)
}

#[test]
fn passes() {
    assert_eq!(count(), "1");
}

#[test]
fn fails() {
    let _kept = TestDatabase::new().expect("a database");
    assert_eq!(count(), "2");
}
"#;

/// The real thing: cargo builds what was written, and its commands work in the new repository.
#[test]
fn the_new_xtask_builds_and_runs() {
    let database = Database::new(server::servers().next().expect("a server"));
    let sandbox = foreign();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace");
    let library = root.join("xtask").display().to_string();
    sandbox.run(["init", ".", "--library", &library]).code(0);
    std::fs::copy(root.join("Cargo.lock"), sandbox.path("Cargo.lock")).expect("the lock file can be copied");
    let command = |arguments: &[&str]| {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        // Beside this workspace's own, whose lock the other tests' builds need; it stays, so that the next run compiles little.
        cargo.arg("xtask").args(arguments).current_dir(sandbox.path("")).env("CARGO_TARGET_DIR", root.join("target/other-repository"));
        // Nothing of this test's package is about theirs.
        let of_package = |name: &str| ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"].iter().any(|prefix| name.starts_with(prefix));
        for (name, _) in std::env::vars().filter(|(name, _)| of_package(name)) {
            cargo.env_remove(name);
        }
        cargo.env("DATABASE_URL", database.url().reveal());
        cargo
    };
    let xtask = |arguments: &[&str]| program::output(&mut command(arguments));
    xtask(&["db", "new", "create_things"]);
    let table = "CREATE TABLE things (id bigint PRIMARY KEY);\n";
    sandbox.write("migrations/0001_create_things.sql", format!("-- What the shop is about.\n\n{table}"));
    sandbox.write("schema/10_things.sql", table);
    xtask(&["db", "check", "--write", "--only", "files"]);
    xtask(&["db", "migrate"]);
    assert_eq!(database.sql("SELECT count(*) FROM things"), "0");
    // Every step that a new repository has.
    let said = xtask(&["ci", "--format", "json"]);
    let passed: Vec<&str> = said.split(r#""step":""#).skip(1).filter_map(|it| it.split('"').next()).collect();
    assert_eq!(passed, ["files", "lint", "replay", "upgrade", "drift", "trace", "rerun", "data", "workflows"], "{said}");
    // The tests of a crate of theirs: one passes, and one that fails keeps its database.
    sandbox.write("Cargo.toml", "[workspace]\nmembers = [\"shop\", \"xtask\"]\nresolver = \"3\"\n");
    let dependency = format!("[dev-dependencies]\nmigrate-first = {{ path = \"{library}\" }}\n");
    sandbox.write("shop/Cargo.toml", format!("[package]\nname = \"shop\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n{dependency}"));
    sandbox.write("shop/src/lib.rs", "//! Sells things.\n");
    sandbox.write("shop/tests/things.rs", SHOP_TEST);
    let said = xtask(&["test", "--package", "shop", "--", "passes"]);
    assert!(said.contains("test passes ... ok") && said.contains("1 passed"), "{said}");
    let failed = command(&["test", "--package", "shop", "fails"]).output().expect("cargo runs");
    let said = format!("{}{}", String::from_utf8_lossy(&failed.stdout), String::from_utf8_lossy(&failed.stderr));
    assert_eq!(failed.status.code(), Some(1), "{said}");
    assert!(said.contains("kept the test's database for a week: postgres://"), "{said}");
}
