//! One crash: a run that ends in the middle, a second one, and what they leave against what one run leaves.

use super::stories::Story;
use std::fmt;
use support::database::rows;
use support::dump::{Contents, contents};
use support::{Database, Proxy, Sandbox, Server, Signal, until};

/// How the first run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crash {
    /// The network goes.
    Cut,
    /// The network goes, and the tool may try again by itself.
    CutAndRetry,
    /// The tool is killed.
    Kill,
    /// The server ends the session.
    Terminate,
}

impl fmt::Display for Crash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Crash::Cut => "cut",
            Crash::CutAndRetry => "cut and retried",
            Crash::Kill => "SIGKILL",
            Crash::Terminate => "terminated",
        })
    }
}

/// What a run without a crash does.
pub struct Reference {
    /// How many messages it exchanges.
    pub messages: usize,
    contents: Contents,
}

impl Reference {
    pub fn of(server: &'static Server, story: &Story) -> Reference {
        let (database, proxy) = (Database::new(server), Proxy::new(server.port));
        story.sandbox(Sandbox::through(&proxy, &database)).migrate().code(0);
        Reference { messages: proxy.messages(), contents: contents(&database) }
    }
}

/// Crashes a run after message `k`, runs again, and compares.
pub fn try_point(server: &'static Server, story: &Story, crash: Crash, k: usize, reference: &Reference) -> Result<(), String> {
    let (database, proxy) = (Database::new(server), Proxy::new(server.port));
    let sandbox = story.sandbox(Sandbox::through(&proxy, &database));
    let code = crash_once(&database, &proxy, &sandbox, crash, k);
    let expected: &[i32] = match crash {
        // The last messages are a goodbye that nobody waits for.
        Crash::Cut | Crash::Terminate => &[0, 3],
        Crash::CutAndRetry => &[0],
        Crash::Kill => &[0, 137],
    };
    if !expected.contains(&code) {
        return Err(format!("the first run ended with {code}, not one of {expected:?}"));
    }
    let again = sandbox.at(&database.url()).migrate();
    if again.exit_code() != 0 {
        return Err(format!("the second run ended with {}:\n{}", again.exit_code(), again.raw_stderr()));
    }
    match reference.contents.difference(&contents(&database)) {
        None => Ok(()),
        Some(difference) => Err(format!("the database has {difference}")),
    }
}

fn crash_once(database: &Database, proxy: &Proxy, sandbox: &Sandbox, crash: Crash, k: usize) -> i32 {
    match crash {
        Crash::Cut => {
            proxy.cut_after(k);
            sandbox.run(["db", "migrate", "--retries", "0"]).exit_code()
        }
        Crash::CutAndRetry => {
            proxy.cut_after(k);
            sandbox.run(["db", "migrate", "--wait", "20s"]).exit_code()
        }
        Crash::Kill | Crash::Terminate => {
            proxy.hold_after(k);
            let mut running = sandbox.spawn(["db", "migrate", "--retries", "0"]);
            until("the message passes", || proxy.is_holding() || !running.is_running());
            if crash == Crash::Kill {
                running.signal(Signal::KILL);
                proxy.cut();
            } else {
                terminate(database);
                proxy.release();
            }
            running.wait().exit_code()
        }
    }
}

fn terminate(database: &Database) {
    let sql = format!(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{}' AND application_name = 'migrate-first'",
        database.name
    );
    rows(&mut database.server.admin(), &sql);
}
