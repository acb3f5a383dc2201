//! `cargo xtask db lint`: `check --offline`, and what each rule is about.

use super::db_check;
use crate::cli::db::{Check, Lint};
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::exit::{Exit, Failure};
use crate::lint;

pub(super) fn run(ctx: &Context, args: &Lint) -> anyhow::Result<Exit> {
    match &args.explain {
        Some(rule) => explain(ctx, rule),
        None => db_check::run(ctx, &Check { scope: args.scope.clone(), offline: true, ..Check::default() }),
    }
}

fn explain(ctx: &Context, word: &str) -> anyhow::Result<Exit> {
    let rule = lint::find(word).ok_or_else(|| {
        let known: Vec<&str> = lint::RULES.iter().map(|rule| rule.id).collect();
        let hint = format!("name one of {}", known.join(", "));
        Failure::new(Exit::Usage, Diagnostic::error("no-such-rule", format!("there is no rule `{word}`")).hint(hint))
    })?;
    ctx.ui.data(lint::explain(rule).trim_end());
    Ok(Exit::Done)
}
