//! Servers on hosts of their own, each in a private network, and one of them dies in the middle.

use support::compose::{IMAGE, Project, docker, label, possible};
use support::until;

const HOSTS: [&str; 3] = ["one", "three", "two"];

/// The hosts, and the runner in the one place that reaches them all.
struct Place {
    project: Project,
}

impl Place {
    fn new() -> Place {
        let migrations = [
            ("0001_orders.sql", "CREATE TABLE orders (id int PRIMARY KEY);\n"),
            ("0002_slow.sql", "SELECT pg_sleep(8);\nCREATE TABLE slow (n int);\n"),
            ("0003_total.sql", "ALTER TABLE orders ADD total int;\n"),
        ];
        let project = Project::new(&migrations);
        let target = |host: &&str| format!("[targets.{host}]\nurl = \"postgres://postgres:secret@{host}/postgres?connect_timeout=5\"\n");
        project.sandbox.write("xtask.toml", HOSTS.iter().map(target).collect::<String>());
        project.sandbox.run(["docker", "build"]).code(0);
        let place = Place { project };
        HOSTS.iter().for_each(|host| place.start(host));
        HOSTS.iter().for_each(|host| until(&format!("{host} answers"), || place.sql(host, "SELECT 1").is_ok()));
        place
    }

    fn name(&self, what: &str) -> String {
        format!("{}-{what}", self.project.name)
    }

    /// A server in a network that leads nowhere else.
    fn start(&self, host: &str) {
        let (name, label) = (self.name(host), label());
        docker(&["network", "create", "--internal", "--label", &label, &name]).expect("a network");
        let words = ["run", "--detach", "--name", &name, "--label", &label, "--network", &name, "--network-alias", host];
        docker(&[&words[..], &["--env", "POSTGRES_PASSWORD=secret", IMAGE]].concat()).expect("a server");
    }

    fn sql(&self, host: &str, sql: &str) -> Result<String, String> {
        let url = "postgres://postgres:secret@127.0.0.1/postgres";
        docker(&["exec", &self.name(host), "psql", "--no-psqlrc", "-At", "-d", url, "-c", sql])
    }

    /// Begins `db migrate --all-targets` in a container with a foot in each network.
    fn begin(&self, runner: &str) -> String {
        let (name, label, image) = (self.name(runner), label(), format!("{}:latest", self.project.name));
        let words = ["create", "--name", &name, "--label", &label, "--network", &self.name(HOSTS[0])];
        docker(&[&words[..], &["--env", "XTASK_DB_RETRIES=1", &image, "migrate", "--all-targets"]].concat()).expect("a runner");
        HOSTS[1..].iter().for_each(|host| drop(docker(&["network", "connect", &self.name(host), &name]).expect("a network of ours")));
        docker(&["start", &name]).expect("it starts");
        name
    }

    /// The runner's exit code, and what it said.
    fn end(runner: &str) -> (String, String) {
        let code = docker(&["wait", runner]).expect("it ends");
        let said = std::process::Command::new("docker").args(["logs", runner]).output().expect("the engine answers");
        (code, String::from_utf8_lossy(&said.stderr).into_owned())
    }
}

#[test]
fn a_host_that_dies_in_the_middle_stops_none_of_the_others() {
    if !possible() {
        return;
    }
    let place = Place::new();
    let runner = place.begin("first");
    let active = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
    until("two is in the middle", || place.sql("two", active).is_ok_and(|n| n == "1"));
    docker(&["kill", &place.name("two")]).expect("it dies");
    let (code, said) = Place::end(&runner);
    assert_eq!(code, "3", "{said}");
    let lines = |word: &str| said.lines().filter(|line| line.starts_with(word)).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(lines("  failed   two").len(), 1, "{said}");
    assert_eq!(lines("  applied  ").len(), 2, "{said}");
    assert!(said.contains("2 of 3 migrated, 0 current before, 1 failed") && said.contains("= in two"), "{said}");
    let history = "SELECT string_agg(name, ' ' ORDER BY position) FROM xtask.history WHERE finished_at IS NOT NULL";
    for host in ["one", "three"] {
        assert_eq!(place.sql(host, history).as_deref(), Ok("0001_orders 0002_slow 0003_total"));
    }
    docker(&["start", &place.name("two")]).expect("it comes back");
    until("two answers", || place.sql("two", "SELECT 1").is_ok());
    // What was committed in the moment before may be lost with it; never half of a migration.
    let kept = place.sql("two", history).expect("its history");
    assert!(["", "0001_orders"].contains(&kept.as_str()), "{kept}");
    let (code, said) = Place::end(&place.begin("second"));
    assert!(code == "0" && said.contains("1 of 3 migrated, 2 current before, 0 failed"), "{code} {said}");
    assert_eq!(place.sql("two", history).as_deref(), Ok("0001_orders 0002_slow 0003_total"));
}
