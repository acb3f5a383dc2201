//! Owns what a test process starts: one folder, whose contents a small shell removes once the process is gone.
//!
//! Statics are never dropped, and a killed process drops nothing at all. The shell reads from a pipe that only this process holds:
//! its end is the end of the process, whether it returned, panicked or was killed.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// The label of containers; its value is the number of the process that started them.
pub const LABEL: &str = "migrate-first.tests";

const PREFIX: &str = "migrate-first-tests-";

/// Ends and removes what belongs to the folder `$1` of the process `$2`. A number is only sent a signal while its process still names the
/// folder: after a restart of the machine it may be another's.
const CLEAN_UP: &str = r#"
for file in "$1"/*/process.pid "$1"/*/data/postmaster.pid; do
    [ -f "$file" ] || continue
    pid=$(head -n 1 "$file")
    ps -ww -o args= -p "$pid" | grep -qF "$1" || continue
    kill -QUIT "$pid"
    n=0
    while kill -0 "$pid" 2>/dev/null && [ $n -lt 100 ]; do sleep 0.1; n=$((n + 1)); done
done
for folder in "$1"/*/mount; do [ -d "$folder" ] && umount "$folder"; done
if command -v docker >/dev/null; then
    docker ps --all --quiet --filter "label=migrate-first.tests=$2" | while read -r id; do docker rm --force --volumes "$id"; done
    for kind in network volume image; do docker $kind prune --force $([ $kind = network ] || echo --all) --filter "label=migrate-first.tests=$2"; done
fi
rm -rf "$1"
"#;

struct Home {
    path: PathBuf,
    /// Its standard input is never written to: it closes with this process.
    _reaper: Child,
}

/// The folder of this process; everybody may enter it, as the server's user must.
pub fn home() -> &'static Path {
    static HOME: OnceLock<Home> = OnceLock::new();
    &HOME.get_or_init(make).path
}

fn make() -> Home {
    sweep();
    let path = std::env::temp_dir().join(format!("{PREFIX}{}", std::process::id()));
    fs::create_dir_all(&path).expect("a writable folder for temporary files");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("the folder is ours");
    let script = format!("cat >/dev/null\n[ -e \"$1/keep\" ] && exit\n{CLEAN_UP}");
    let mut reaper = clean_up(&script, &path, std::process::id());
    // A process group of its own, so that Ctrl-C on the test run does not end it.
    let reaper = reaper.stdin(Stdio::piped()).process_group(0).spawn().expect("sh is there");
    if std::env::var_os("MIGRATE_FIRST_TEST_KEEP").is_some() {
        fs::write(path.join("keep"), "").expect("the folder is ours");
    }
    Home { _reaper: reaper, path }
}

fn clean_up(script: &str, folder: &Path, pid: u32) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script, "migrate-first-tests"]).arg(folder).arg(pid.to_string());
    command.stdout(Stdio::null()).stderr(Stdio::null()).current_dir("/");
    command
}

/// Removes what earlier processes left although they had a shell for it: a machine that went down, or `keep`.
fn sweep() {
    for entry in fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.parse::<u32>().ok()) else { continue };
        let is_alive = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw).map(rustix::process::test_kill_process);
        if is_alive.is_none_or(|it| it.is_err()) {
            say(&format!("removing what test process {pid} left"));
            drop(clean_up(CLEAN_UP, &entry.path(), pid).stdin(Stdio::null()).status());
        }
    }
}

/// A folder below [`home`] that goes away when it is dropped.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// A new, empty one.
    pub fn new(label: &str) -> Folder {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let path = home().join(format!("{label}-{}", NUMBER.fetch_add(1, Ordering::Relaxed)));
        fs::create_dir_all(&path).expect("the folder of the tests can be written to");
        Folder(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed now goes with the process.
        drop(fs::remove_dir_all(&self.0));
    }
}

/// Says something that must be seen although the test passes: the test harness only swallows what is printed by macro.
pub fn say(text: &str) {
    drop(writeln!(std::io::stderr(), "[tests] {text}"));
}
