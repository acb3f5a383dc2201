//! The layers, and what is wrong with a file.

use super::*;

#[test]
fn each_layer_wins_over_the_next() {
    let folder = std::env::temp_dir().join(format!("migrate-first-config-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("xtask.toml"), "[migrations]\nretries = 3\nlock_timeout = \"5s\"\nwait = \"9s\"\n").expect("a file");
    let flags = |flag: &str| (flag == "--lock-timeout").then(|| "1s".to_owned());
    let variable = |name: &str| matches!(name, "XTASK_DB_LOCK_TIMEOUT" | "XTASK_DB_RETRIES").then(|| "7".to_owned());
    let config = Config::load(&folder, &flags, &variable).expect("loads");
    let show = |key| format!("{} from {}", config.text(key), config.origin(key));
    assert_eq!(show("migrations.lock_timeout"), "1s from flag --lock-timeout");
    assert_eq!(show("migrations.retries"), "7 from environment XTASK_DB_RETRIES");
    assert_eq!(show("migrations.wait"), "9s from xtask.toml:4");
    assert_eq!(show("migrations.dir"), "migrations from default");
    std::fs::remove_dir_all(folder).expect("removed");
}

fn check(text: &str, expected: &str) {
    let actual = match file::parse(text) {
        Ok(file) => format!("{:?} {:?}", file.values, file.targets),
        Err(found) => found
            .iter()
            .map(|it| {
                format!("{}: {} ({})", it.location.as_ref().map_or(0, |at| at.start.line), it.message, it.hint.clone().unwrap_or_default())
            })
            .collect::<Vec<_>>()
            .join("; "),
    };
    assert_eq!(actual, expected);
}

#[test]
fn files() {
    check("[server]\nimage = \"postgres:17\"\n", "{\"server.image\": (\"postgres:17\", 2)} {}");
    check(
        "[targets.production]\nurl = \"${PRODUCTION_URL}\"\nprotected = true\nonline = true\n",
        "{} {\"production\": Target { url: \"${PRODUCTION_URL}\", protected: true, online: true }}",
    );
    check("[migrations]\nlock_timout = \"2s\"\n", "2: unknown key `migrations.lock_timout` (did you mean `migrations.lock_timeout`?)");
    check("retries = 3\n", "1: `retries` stands outside of a section (write it below `[migrations]` or `[server]`)");
    check("[targets.x]\nprotected = true\n", "1: target `x` has no url (write `url = \"${PRODUCTION_URL}\"`)");
    check("[migrations]\nretries = \n", "2: string values must be quoted, expected literal string ()");
}
