//! The pairs of schemas from other projects, where `../shared` holds them: its judge runs `db diff` on a sample of each suite, or on
//! as many cases of each as `MIGRATE_FIRST_DIFF_CASES` says.

use std::path::Path;
use std::process::Command;
use support::{Folder, each_server, sandbox, say};

#[test]
fn the_pairs_of_other_projects_converge() {
    let judge = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/diff-cases");
    let judge = [judge, Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/diff-cases")].into_iter().find(|it| it.exists());
    let Some(judge) = judge else { return say("../shared/diff-cases is not here: its cases were not tried") };
    let sample = std::env::var("MIGRATE_FIRST_DIFF_CASES").unwrap_or_else(|_| "4".to_owned());
    each_server(|server| {
        let pg_dump = server.pg_dump();
        let Some(programs) = Path::new(pg_dump.get_program()).parent().filter(|it| it.join("psql").exists()) else {
            return say(&format!("PostgreSQL {} is in a container: the judge needs its psql and pg_dump here", server.major));
        };
        let folder = Folder::new("exam");
        let mut command = Command::new("python3");
        command.arg(judge.join("converge.py")).arg("run").arg("--cases").arg(judge.join("cases")).arg("--bin").arg(programs);
        command
            .args(["--port", &server.port.to_string(), "--sample", &sample, "--jobs", "2", "--kinds", "--tag", "t", "--work"])
            .arg(folder.path());
        command.args(["--tool", &format!("{} db diff --from {{from}} --to {{to}}", sandbox::xtask().display())]);
        let output = command.env("PGPASSWORD", &server.password).output().expect("python3 can be started");
        let text = String::from_utf8_lossy(&output.stdout);
        let complaint = String::from_utf8_lossy(&output.stderr);
        let figures: Vec<&str> = text.lines().find(|line| line.starts_with("ALL ")).unwrap_or_default().split_whitespace().collect();
        let [_, _, _, run, converged, _, strictly, ..] = figures.as_slice() else { panic!("{text}\n{complaint}") };
        say(&format!("PostgreSQL {}: {converged} of {run} cases converge, {strictly} % strictly", server.major));
        assert!(strictly.parse::<f64>().is_ok_and(|it| it >= 99.0), "{text}");
    });
}
