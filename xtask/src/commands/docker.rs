//! `cargo xtask docker …`: the repository's containers, by Compose.

use crate::cli::Format;
use crate::cli::docker::{Build, Docker};
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::docker::{Compose, Ended, engine, trouble};
use crate::exit::{Exit, Failure};
use serde_json::json;

pub(super) fn run(ctx: &Context, verb: &Docker) -> anyhow::Result<Exit> {
    let compose = Compose::new(&ctx.config.root)?;
    let mut say = |line: &str| ctx.ui.say(&format!("  {line}"));
    match verb {
        Docker::Build(args) => return build(ctx, compose, args),
        Docker::Up { build } => return up(ctx, &compose, *build),
        Docker::Down { volumes } => return down(ctx, &compose, *volumes),
        Docker::Logs { follow, services } => {
            let follow = follow.then_some("--follow");
            let arguments: Vec<&str> = ["logs"].into_iter().chain(follow).chain(services.iter().map(String::as_str)).collect();
            compose.run(&arguments, &mut say)?;
        }
        Docker::Migrate { arguments } => return migrate(ctx, &compose, arguments),
    }
    Ok(Exit::Done)
}

fn build(ctx: &Context, compose: Compose, args: &Build) -> anyhow::Result<Exit> {
    let compose = compose.with("BUILDER_IMAGE", args.builder.as_ref()).with("BASE_IMAGE", args.base.as_ref());
    compose.run(&["build", "migrate"], &mut |line| ctx.ui.say(&format!("  {line}")))?;
    let image = compose.image("migrate").unwrap_or_default();
    let size: Option<u64> = engine(&["image", "inspect", "--format", "{{.Size}}", &image]).and_then(|size| size.parse().ok());
    match (ctx.ui.format, size) {
        (Format::Human, Some(bytes)) => ctx.ui.data(&format!("built {image}: {}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10)),
        (Format::Human, None) => ctx.ui.data(&format!("built {image}")),
        (_, size) => ctx.ui.json(&json!({"type": "image", "image": image, "bytes": size})),
    }
    Ok(Exit::Done)
}

/// Compose's own exit code says little, and in old versions nothing, about a migration that failed: its container is asked.
fn up(ctx: &Context, compose: &Compose, build: bool) -> anyhow::Result<Exit> {
    let arguments: Vec<&str> = ["up", "--detach"].into_iter().chain(build.then_some("--build")).collect();
    let (code, said) = compose.exit_code(&arguments, &mut |line| ctx.ui.say(&format!("  {line}")))?;
    match compose.ended("migrate") {
        Ended::With(0) if code == 0 => {
            ctx.ui.say("the database has every migration; `cargo xtask docker logs` shows what was said");
            Ok(Exit::Done)
        }
        Ended::With(failed) if failed != 0 => {
            ctx.ui.say(&compose.read(&["logs", "--no-color", "migrate"]).unwrap_or_default());
            let message = format!("the migrations ended with exit code {failed}, and the application was not started");
            let diagnostic = Diagnostic::error("container-failed", message)
                .note("the database runs on, with what `migrate` said above that it kept")
                .hint("correct the migration and run `cargo xtask docker up --build`");
            Err(Failure::new(exit_of(failed), diagnostic).into())
        }
        // What made the database's container end stands in its own log.
        _ if compose.ended("postgres") != Ended::Not => {
            let log = compose.read(&["logs", "--no-color", "postgres"]).unwrap_or_default();
            ctx.ui.say(&log);
            Err(trouble::explain("compose up", code, &format!("{said}\n{log}")).into())
        }
        _ => Err(trouble::explain("compose up", code, &said).into()),
    }
}

fn down(ctx: &Context, compose: &Compose, volumes: bool) -> anyhow::Result<Exit> {
    if volumes && ctx.ui.confirm("Remove the containers' data too?") != Some(true) {
        let diagnostic = Diagnostic::error("not-confirmed", "nothing was stopped or removed");
        return Err(Failure::new(Exit::Usage, diagnostic.hint("answer y, or give --yes")).into());
    }
    let arguments: Vec<&str> = ["down"].into_iter().chain(volumes.then_some("--volumes")).collect();
    compose.run(&arguments, &mut |line| ctx.ui.say(&format!("  {line}")))?;
    Ok(Exit::Done)
}

fn migrate(ctx: &Context, compose: &Compose, arguments: &[String]) -> anyhow::Result<Exit> {
    let words = ["run", "--rm", "migrate", "migrate"].into_iter().chain(arguments.iter().map(String::as_str));
    let words: Vec<&str> = words.collect();
    let (code, said) = compose.exit_code(&words, &mut |line| ctx.ui.say(line))?;
    match code {
        0 => Ok(Exit::Done),
        // What `db migrate` has to say it has said; these codes are its own. Compose's own failure is 1, which it never ends with.
        2..=5 | 130 => Ok(exit_of(code)),
        _ => Err(trouble::explain("compose run migrate", code, &said).into()),
    }
}

/// A container's exit code as ours.
fn exit_of(code: i32) -> Exit {
    let all = [Exit::No, Exit::Usage, Exit::NoServer, Exit::Failed, Exit::LockBusy, Exit::Interrupted];
    all.into_iter().find(|exit| i32::from(exit.code()) == code).unwrap_or(Exit::Failed)
}
