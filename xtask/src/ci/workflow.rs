//! GitHub's workflow files, from the table of steps. Pure.

use super::{STEPS, Step, Workflow};

/// The versions of PostgreSQL that migrations are checked on.
const VERSIONS: &str = "[14, 15, 16, 17, 18]";

const NOTE: &str = "# Written by `cargo xtask ci --write-workflow` from the table in xtask/src/ci/mod.rs; not to be edited by hand.\n";

/// The files, by name.
#[must_use]
pub fn files() -> Vec<(&'static str, String)> {
    vec![
        ("ci.yml", format!("{NOTE}{CI}{}", steps(Workflow::Ci))),
        ("migration-check.yml", format!("{NOTE}{}{}{REPORT}", CHECK.replace("VERSIONS", VERSIONS), steps(Workflow::MigrationCheck))),
    ]
}

fn steps(workflow: Workflow) -> String {
    STEPS.iter().filter(|step| step.workflow == workflow).map(as_yaml).collect()
}

fn as_yaml(step: &Step) -> String {
    // What one step finds does not hide what the next one would.
    format!(
        "      - name: {} ({})\n        if: success() || failure()\n        run: cargo xtask ci --only {}\n",
        step.name, step.about, step.name
    )
}

const CI: &str = r"name: ci
on:
  push:
    branches: [main]
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
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0
      - uses: actions/cache@v4
        with:
          path: |
            ~/.cargo/registry
            target
          key: ${{ runner.os }}-ci-${{ hashFiles('Cargo.lock') }}
      - name: servers that the tests use
        run: sudo apt-get update -qq && sudo apt-get install -y -qq postgresql pgbouncer
";

const CHECK: &str = r"name: migration-check
on:
  pull_request:
    paths: [migrations/**, schema/**, xtask.toml, xtask/**, tests/data/**, .github/workflows/migration-check.yml]

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
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0
      - uses: actions/cache@v4
        with:
          path: |
            ~/.cargo/registry
            target
          key: ${{ runner.os }}-check-${{ hashFiles('Cargo.lock') }}
      - name: build
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
    use super::*;

    #[test]
    fn every_step_is_in_one_workflow() {
        let files = files();
        for step in STEPS {
            let n = files.iter().filter(|(_, text)| text.contains(&format!("--only {}\n", step.name))).count();
            assert_eq!(n, 1, "{}", step.name);
        }
    }
}
