//! Knows how to run a program within a time limit, and how to tell what it said when it failed.
use std::io::{ErrorKind, Read, Write as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};

/// Long enough for a slow machine, short enough for an engine that hangs.
pub(super) const SHORT: Duration = Duration::from_secs(20);

/// Runs `command` and returns what it wrote to standard output, trimmed.
pub(super) fn run(command: impl Into<Command>, limit: Duration) -> Result<String> {
    supervise(&mut command.into(), limit, "", &mut |_| ()).map(|it| it.0)
}

/// As [`run`], with what it wrote to standard error too: `docker logs` keeps the two apart.
pub(super) fn run_both(command: impl Into<Command>, limit: Duration) -> Result<String> {
    let (stdout, stderr) = supervise(&mut command.into(), limit, "", &mut |_| ())?;
    Ok(format!("{stdout}\n{stderr}").trim().to_owned())
}

/// As [`run`], with `input` on standard input: what must not be seen in a list of processes goes this way.
pub(super) fn feed(command: impl Into<Command>, limit: Duration, input: &str) -> Result<String> {
    supervise(&mut command.into(), limit, input, &mut |_| ()).map(|it| it.0)
}

/// As [`run`], and calls `beat` with the time that has passed, so that somebody can be told that it goes on.
pub(super) fn watch(command: impl Into<Command>, limit: Duration, beat: &mut dyn FnMut(Duration)) -> Result<String> {
    supervise(&mut command.into(), limit, "", beat).map(|it| it.0)
}

fn supervise(command: &mut Command, limit: Duration, input: &str, beat: &mut dyn FnMut(Duration)) -> Result<(String, String)> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| cannot_run(command, &error))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that ends without reading tells by its exit status what it missed.
        let _ = stdin.write_all(input.as_bytes());
    }
    let (stdout, stderr) = (drain(child.stdout.take()), drain(child.stderr.take()));
    let Some(status) = wait(&mut child, limit, beat)? else {
        bail!("`{}` did not end within {} s", shown(command), limit.as_secs());
    };
    let said = |text: JoinHandle<Vec<u8>>| String::from_utf8_lossy(&text.join().unwrap_or_default()).trim().to_owned();
    let (stdout, stderr) = (said(stdout), said(stderr));
    if !status.success() {
        let said = if stderr.is_empty() { &stdout } else { &stderr };
        bail!("`{}` failed: {}", shown(command), last_lines(said, 6));
    }
    Ok((stdout, stderr))
}

/// None: the limit was reached and the program was ended.
fn wait(child: &mut Child, limit: Duration, beat: &mut dyn FnMut(Duration)) -> Result<Option<ExitStatus>> {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().context("failed to wait for a program")? {
            return Ok(Some(status));
        }
        if begun.elapsed() > limit {
            child.kill().and_then(|()| child.wait()).context("failed to end a program")?;
            return Ok(None);
        }
        beat(begun.elapsed());
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn drain(stream: Option<impl Read + Send + 'static>) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stream {
            // Half of what was said is better than nothing.
            let _ = stream.read_to_end(&mut bytes);
        }
        bytes
    })
}

fn cannot_run(command: &Command, error: &std::io::Error) -> anyhow::Error {
    let program = command.get_program().display();
    match error.kind() {
        ErrorKind::NotFound => anyhow!("`{program}` is not installed"),
        _ => anyhow!("failed to run `{program}`: {error}"),
    }
}

/// The command line as a person would write it. Secrets travel by environment and standard input, never here.
fn shown(command: &Command) -> String {
    std::iter::once(command.get_program()).chain(command.get_args()).map(|it| it.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// The last lines of what a program wrote: the cause is at the end.
pub(super) fn last_lines(text: &str, n: usize) -> String {
    let lines: Vec<&str> = text.trim().lines().collect();
    lines[lines.len().saturating_sub(n)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn returns_what_was_said() {
        assert_eq!(run(shell("echo one; echo two"), SHORT).expect("it runs"), "one\ntwo");
        assert_eq!(feed(shell("cat"), SHORT, "fed").expect("it runs"), "fed");
    }

    #[test]
    fn a_failure_shows_the_command_and_its_last_words() {
        let error = run(shell("echo why >&2; exit 3"), SHORT).expect_err("it fails").to_string();
        assert_eq!(error, "`sh -c echo why >&2; exit 3` failed: why");
    }

    #[test]
    fn a_program_that_hangs_is_ended() {
        let begun = Instant::now();
        let mut beats = 0;
        let error = watch(shell("exec sleep 30"), Duration::from_millis(60), &mut |_| beats += 1);
        assert!(error.expect_err("it hangs").to_string().contains("did not end"));
        assert!(begun.elapsed() < Duration::from_secs(5) && beats > 1);
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = run(Command::new("no-such-program"), SHORT).expect_err("it is missing");
        assert_eq!(error.to_string(), "`no-such-program` is not installed");
    }

    #[test]
    fn keeps_the_last_lines() {
        assert_eq!(last_lines("a\nb\nc\n", 2), "b\nc");
        assert_eq!(last_lines("", 2), "");
    }
}
