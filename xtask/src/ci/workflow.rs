//! GitHub's workflow files, from the table of steps. Pure.

use super::{Step, Workflow};
use crate::config::Config;
use crate::exit::Failure;

/// The versions of PostgreSQL that migrations are checked on.
const VERSIONS: &str = "[14, 15, 16, 17, 18]";

/// What a workflow of ours begins with: nothing else is ever overwritten.
pub const MARK: &str = "# Written by `cargo xtask ci --write-workflow`";

const NOTE: &str = " from its table of steps; not to be edited by hand.\n";

/// What the workflows need to know of a repository.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The steps that it has chosen.
    pub steps: Vec<Step>,
    /// What a change must touch for its migrations to be checked: paths, folders with `/**`.
    pub watched: Vec<String>,
    /// The branch that others are merged into.
    pub branch: String,
    /// A command that comes before the steps that are not about migrations; empty for none.
    pub setup: String,
}

impl Facts {
    /// What `config` says.
    ///
    /// # Errors
    /// It names a step that is none.
    pub fn of(config: &Config) -> Result<Facts, Failure> {
        let folder = |key: &str| format!("{}/**", config.text(key).trim_end_matches('/'));
        let watched = ["migrations.dir", "schema.dir"].map(folder).into_iter();
        let fixed = ["xtask.toml", "xtask/**"].map(str::to_owned);
        let own = [folder("migrations.tests"), ".github/workflows/**".to_owned()];
        Ok(Facts {
            steps: super::steps(&config.list("ci.steps"))?,
            watched: watched.chain(fixed).chain(own).collect(),
            branch: config.text("migrations.base").trim_start_matches("origin/").to_owned(),
            setup: config.text("ci.setup").to_owned(),
        })
    }
}

/// The files by name, those that have a step.
#[must_use]
pub fn files(facts: &Facts) -> Vec<(&'static str, String)> {
    let setup =
        if facts.setup.is_empty() { String::new() } else { format!("      - name: what the tests need\n        run: {}\n", facts.setup) };
    let ci = CI.replace("BRANCH", &facts.branch) + &SOURCE.replace("JOB", "ci") + &setup;
    let check = CHECK.replace("VERSIONS", VERSIONS).replace("WATCHED", &facts.watched.join(", ")) + &SOURCE.replace("JOB", "check") + BUILD;
    let all = [(Workflow::Ci, "ci.yml", ci, ""), (Workflow::MigrationCheck, "migration-check.yml", check, REPORT)];
    let has_step = |workflow| facts.steps.iter().any(|it| it.workflow == workflow);
    let written = all.into_iter().filter(|(workflow, ..)| has_step(*workflow));
    written.map(|(workflow, name, head, end)| (name, format!("{MARK}{NOTE}{head}{}{end}", steps(facts, workflow)))).collect()
}

fn steps(facts: &Facts, workflow: Workflow) -> String {
    facts.steps.iter().filter(|step| step.workflow == workflow).map(as_yaml).collect()
}

fn as_yaml(step: &Step) -> String {
    // What one step finds does not hide what the next one would.
    format!(
        "      - name: {} ({})\n        if: success() || failure()\n        run: cargo xtask ci --only {}\n",
        step.name, step.about, step.name
    )
}

/// The first steps of either job: the repository, and what an earlier run of the job has built.
const SOURCE: &str = r"      - uses: actions/checkout@v4
        with:
          fetch-depth: 0
      - uses: actions/cache@v4
        with:
          path: |
            ~/.cargo/registry
            ~/.cargo/git
            target
            xtask/target
          key: ${{ runner.os }}-JOB-${{ hashFiles('Cargo.lock', 'xtask/Cargo.lock') }}
";

const CI: &str = r"name: ci
on:
  push:
    branches: [BRANCH]
  pull_request:

permissions:
  contents: read

concurrency:
  group: ci-${{ github.ref }}
  cancel-in-progress: true

jobs:
  ci:
    runs-on: ubuntu-24.04
    timeout-minutes: 45
    steps:
";

const CHECK: &str = r"name: migration-check
on:
  pull_request:
    paths: [WATCHED]

permissions:
  contents: read
  pull-requests: write
  security-events: write

concurrency:
  group: migration-check-${{ github.ref }}
  cancel-in-progress: true

jobs:
  check:
    runs-on: ubuntu-24.04
    timeout-minutes: 30
    strategy:
      fail-fast: false
      matrix:
        postgres: VERSIONS
    services:
      postgres:
        image: postgres:${{ matrix.postgres }}-alpine
        env:
          POSTGRES_PASSWORD: check
        ports: ['5432:5432']
        options: >-
          --health-cmd 'pg_isready --host=127.0.0.1'
          --health-interval 1s
          --health-retries 60
    env:
      DATABASE_URL: postgres://postgres:check@127.0.0.1:5432/postgres
      XTASK_DB_BASE: origin/${{ github.base_ref }}
    steps:
";

const BUILD: &str = r"      - name: build
        run: cargo xtask --version
";

/// Once a pull request, not once a version. A fork's token may neither comment nor upload: its findings stand in the log.
const REPORT: &str = r#"      - name: findings
        if: (success() || failure()) && matrix.postgres == 18
        run: |
          cargo xtask db check --format sarif >findings.sarif || true
          cargo xtask db check --format markdown >comment.md || true
      - uses: github/codeql-action/upload-sarif@v3
        if: (success() || failure()) && matrix.postgres == 18 && github.event.pull_request.head.repo.full_name == github.repository
        with:
          sarif_file: findings.sarif
      - name: comment
        if: (success() || failure()) && matrix.postgres == 18 && github.event.pull_request.head.repo.full_name == github.repository
        env:
          GH_TOKEN: ${{ github.token }}
          PULL_REQUEST: ${{ github.event.pull_request.number }}
        run: gh pr comment "$PULL_REQUEST" --edit-last --create-if-none --body-file comment.md
"#;

#[cfg(test)]
mod tests {
    use super::super::STEPS;
    use super::*;

    #[test]
    fn every_step_is_in_one_workflow() {
        let facts =
            |steps: &[Step]| Facts { steps: steps.to_vec(), watched: vec!["m/**".into()], branch: "trunk".into(), setup: String::new() };
        let all = files(&facts(STEPS));
        for step in STEPS {
            let n = all.iter().filter(|(_, text)| text.contains(&format!("--only {}\n", step.name))).count();
            assert_eq!(n, 1, "{}", step.name);
        }
        assert!(all[0].1.contains("branches: [trunk]") && all[1].1.contains("paths: [m/**]"));
        let few: Vec<&str> = files(&facts(&STEPS[1..3])).iter().map(|it| it.0).collect();
        assert_eq!(few, ["migration-check.yml"], "a workflow without a step is none");
    }
    #[test]
    fn a_repository_that_chooses_nothing_has_every_step_about_migrations() {
        let config = Config::of_file(std::path::Path::new("/"), "").expect("it is empty");
        let chosen: Vec<&str> = Facts::of(&config).expect("steps that there are").steps.iter().map(|it| it.name).collect();
        let migrations: Vec<&str> = STEPS.iter().filter(|it| it.workflow == Workflow::MigrationCheck).map(|it| it.name).collect();
        assert_eq!(chosen, migrations);
    }
}
