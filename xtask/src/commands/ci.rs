//! `cargo xtask ci`: the steps of [`crate::ci::STEPS`] as processes, timed, the first failure last.

use crate::ci::workflow::{self, Facts};
use crate::ci::{Step, steps};
use crate::cli::Format;
use crate::cli::ci::Ci;
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::exit::{Exit, Failure};
use crate::ui::style::Style;
use crate::ui::table;
use crate::units::show_duration;
use anyhow::Context as _;
use serde_json::json;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How much of a failed step's output is shown again where other steps ran behind it.
const SHOWN_AGAIN: usize = 60;

/// A step that ran.
struct Ran {
    step: Step,
    code: i32,
    took: Duration,
    said: String,
}

pub(super) fn run(ctx: &Context, args: &Ci) -> anyhow::Result<Exit> {
    if args.write_workflow {
        return write_workflow(ctx, args.check);
    }
    let steps = chosen(ctx, &args.only)?;
    if args.list {
        list(ctx, &steps);
        return Ok(Exit::Done);
    }
    // Asked before the first step: one that builds this program anew leaves the running one without a path.
    let program = std::env::current_exe().context("failed to find this program")?;
    let (mut ran, n_steps) = (Vec::new(), steps.len());
    for step in steps {
        let done = run_step(ctx, step, &program)?;
        let failed = done.code != 0;
        ran.push(done);
        if failed && !args.keep_going {
            break;
        }
    }
    Ok(report(ctx, &ran, n_steps))
}

/// The named steps of the whole table, or else those that this repository has chosen.
fn chosen(ctx: &Context, only: &[String]) -> Result<Vec<Step>, Failure> {
    if only.is_empty() { steps(&ctx.config.list("ci.steps")) } else { steps(only) }
}

fn list(ctx: &Context, steps: &[Step]) {
    if ctx.ui.format == Format::Human {
        let rows: Vec<Vec<String>> = steps.iter().map(|it| [it.name, it.command, it.about].map(str::to_owned).to_vec()).collect();
        table(&rows).iter().for_each(|line| ctx.ui.data(line));
    } else {
        steps.iter().for_each(|it| ctx.ui.json(&json!({"type": "step", "step": it.name, "command": it.command, "about": it.about})));
    }
}

fn run_step(ctx: &Context, step: Step, program: &Path) -> anyhow::Result<Ran> {
    let on_github = std::env::var_os("GITHUB_ACTIONS").is_some();
    ctx.ui.say(&if on_github {
        format!("::group::{}", step.name)
    } else {
        ctx.ui.paint(&format!("== {}: {}", step.name, step.command), Style::Dim)
    });
    let began = Instant::now();
    let (code, said) = execute(ctx, step, program)?;
    let took = began.elapsed();
    if on_github {
        ctx.ui.say("::endgroup::");
    }
    if ctx.ui.format != Format::Human {
        let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        ctx.ui.json(&json!({"type": "step", "step": step.name, "passed": code == 0, "code": code, "duration_ms": ms}));
    }
    Ok(Ran { step, code, took, said })
}

/// Runs the step's command; what it says is shown and kept.
fn execute(ctx: &Context, step: Step, program: &Path) -> anyhow::Result<(i32, String)> {
    let mut child = command(ctx, step, program).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let child = child.as_mut().map_err(|error| anyhow::anyhow!("failed to run `{}`: {error}", step.command))?;
    let said = Mutex::new(String::new());
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    std::thread::scope(|threads| {
        threads.spawn(|| follow(ctx, stdout, &said));
        follow(ctx, stderr, &said);
    });
    let status = child.wait().with_context(|| format!("failed to wait for `{}`", step.command))?;
    Ok((status.code().unwrap_or(130), said.into_inner().unwrap_or_else(PoisonError::into_inner)))
}

fn follow(ctx: &Context, stream: Option<impl Read>, said: &Mutex<String>) {
    // A stream ends with its process; half a line is better than none.
    for piece in stream.map(|it| BufReader::new(it).split(b'\n')).into_iter().flatten().map_while(Result::ok) {
        let line = String::from_utf8_lossy(&piece);
        ctx.ui.say(&line);
        let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
        said.push_str(&line);
        said.push('\n');
    }
}

/// `cargo xtask …` is this very program: what is checked is what was built.
fn command(ctx: &Context, step: Step, program: &Path) -> Command {
    let words: Vec<&str> = step.command.split(' ').collect();
    let mut command = match words.as_slice() {
        ["cargo", "xtask", rest @ ..] => {
            let mut command = Command::new(program);
            command.args(rest);
            command
        }
        _ => {
            let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
            command.args(&words[1..]);
            // What cargo says of this package to whom it runs is not true of what is built now, and would make it build everything anew.
            let of_package = |name: &str| ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"].iter().any(|prefix| name.starts_with(prefix));
            std::env::vars().filter(|(name, _)| of_package(name)).for_each(|(name, _)| {
                command.env_remove(name);
            });
            command
        }
    };
    if ctx.ui.colour {
        command.env("CARGO_TERM_COLOR", "always");
    }
    command.current_dir(&ctx.config.root);
    command
}

/// How long each step took, and the first failure with the command that repeats it.
fn report(ctx: &Context, ran: &[Ran], n_steps: usize) -> Exit {
    let first = ran.iter().position(|it| it.code != 0);
    if let Some(index) = first.filter(|index| index + 1 < ran.len()) {
        let lines: Vec<&str> = ran[index].said.lines().collect();
        ctx.ui.say(&format!("== {} said:", ran[index].step.name));
        lines.iter().skip(lines.len().saturating_sub(SHOWN_AGAIN)).for_each(|line| ctx.ui.say(line));
    }
    let row =
        |it: &Ran| vec![format!("  {}", if it.code == 0 { "passed" } else { "failed" }), it.step.name.to_owned(), show_duration(it.took)];
    table(&ran.iter().map(row).collect::<Vec<_>>()).iter().for_each(|line| ctx.ui.say(line));
    let Some(failed) = first.map(|index| &ran[index]) else { return Exit::Done };
    let message = format!("the step `{}` failed with exit code {}", failed.step.name, failed.code);
    let diagnostic = Diagnostic::error("step-failed", message).note(format!("it makes sure that {}", failed.step.about));
    let diagnostic =
        if ran.len() < n_steps { diagnostic.note("the steps behind it were not run; `--keep-going` runs them") } else { diagnostic };
    ctx.ui.diagnostic(&diagnostic.hint(format!("run `{}` to repeat it", failed.step.command)));
    Exit::No
}

fn write_workflow(ctx: &Context, check: bool) -> anyhow::Result<Exit> {
    let folder = ctx.config.root.join(".github/workflows");
    let mut exit = Exit::Done;
    for (name, text) in workflow::files(&Facts::of(&ctx.config)?) {
        let (path, shown) = (folder.join(name), format!(".github/workflows/{name}"));
        let old = std::fs::read_to_string(&path).unwrap_or_default();
        if old == text {
            continue;
        }
        if !old.is_empty() && !old.starts_with(workflow::MARK) {
            return Err(foreign(&shown).into());
        }
        if check {
            let diagnostic = Diagnostic::error("old-workflow", format!("`{shown}` is not what the table of steps makes"));
            ctx.ui.diagnostic(&diagnostic.hint("run `cargo xtask ci --write-workflow`"));
            exit = Exit::No;
            continue;
        }
        std::fs::create_dir_all(&folder)
            .and_then(|()| std::fs::write(&path, text))
            .with_context(|| format!("failed to write `{shown}`"))?;
        ctx.ui.data(&shown);
    }
    Ok(exit)
}

/// A workflow of the repository's own by one of our names.
fn foreign(shown: &str) -> Failure {
    let diagnostic = Diagnostic::error("foreign-workflow", format!("`{shown}` is there and not written by this tool"));
    let hint = "give it another name, or take the steps that go into it out of `[ci] steps` in xtask.toml";
    Failure::new(Exit::Usage, diagnostic.note("it was left as it is").hint(hint))
}
