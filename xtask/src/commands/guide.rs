//! `db new` without a name: the questions, whose answers are what the flags would have said.

use super::{db_new, enum_change};
use crate::cli::db::{New, NewKind};
use crate::context::Context;
use crate::diagnostic::Diagnostic;
use crate::exit::{Exit, Failure};

/// The kinds, as they are offered.
const KINDS: &[(NewKind, &str)] = &[
    (NewKind::Schema, "from what schema/ says"),
    (NewKind::Plain, "SQL that I write"),
    (NewKind::Enum, "other values for an enum"),
    (NewKind::Data, "rows that change, with a test"),
    (NewKind::Reverse, "undo another migration"),
];

/// The same with a name and all that its kind needs.
pub(super) fn complete(ctx: &Context, args: &New) -> anyhow::Result<New> {
    if !ctx.ui.can_ask() {
        return Err(db_new::incomplete("what the migration is called", "NAME").into());
    }
    let is_told = args.kind.is_some() || args.enum_type.is_some() || args.reverse.is_some();
    let mut new = args.clone();
    new.kind = Some(if is_told { db_new::kind(args) } else { kind(ctx)? });
    match new.kind {
        Some(NewKind::Enum) if new.enum_type.is_none() => ask_enum(ctx, &mut new)?,
        Some(NewKind::Reverse) if new.reverse.is_none() => new.reverse = Some(line(ctx, "Which migration is undone, by number or name?")?),
        _ => {}
    }
    new.name = Some(name(ctx)?);
    let writes = !matches!(new.kind, Some(NewKind::Schema | NewKind::Reverse));
    new.edit = new.edit || writes && has_editor() && yes(ctx, "Open it in your editor?")?;
    new.check = new.check || writes && yes(ctx, "Check it when it is written?")?;
    new.apply = new.apply || yes(ctx, "Apply it then?")?;
    Ok(new)
}

fn kind(ctx: &Context) -> Result<NewKind, Failure> {
    let words: Vec<String> = KINDS.iter().map(|(_, words)| (*words).to_owned()).collect();
    Ok(KINDS[choose(ctx, "What kind of change is it?", &words)?].0)
}

fn ask_enum(ctx: &Context, new: &mut New) -> anyhow::Result<()> {
    let catalog = enum_change::current(ctx)?;
    let enums = enum_change::enums(&catalog);
    if enums.is_empty() {
        let diagnostic = Diagnostic::error("bad-enum-change", "the migrations make no enum").note("nothing was written");
        return Err(Failure::new(Exit::Usage, diagnostic.hint("make one with CREATE TYPE … AS ENUM in a migration first")).into());
    }
    let shown = enums.iter().map(|it| format!("{}: {}", it.bare_name(), enum_change::values(it).join(", "))).collect::<Vec<_>>();
    let object = enums[choose(ctx, "Which enum?", &shown)?];
    let old = enum_change::values(object);
    let answer = line(ctx, &format!("All its values from now on, in order, with commas between them (now: {}):", old.join(",")))?;
    let kept: Vec<String> = answer.split(',').map(|it| it.trim().to_owned()).filter(|it| !it.is_empty()).collect();
    for gone in old.iter().filter(|it| !kept.contains(it)) {
        let mut ways = kept.iter().filter(|it| old.contains(it)).map(|it| format!("become {it}")).collect::<Vec<_>>();
        ways.push("are not expected: stop where there are any".to_owned());
        let way = choose(ctx, &format!("Rows that hold `{gone}` …"), &ways)?;
        new.map.extend(ways[way].strip_prefix("become ").map(|it| format!("{gone}={it}")));
    }
    new.enum_type = Some(object.id.name.clone());
    new.values = kept;
    Ok(())
}

/// Asks until it is one.
fn name(ctx: &Context) -> Result<String, Failure> {
    loop {
        let answer = line(ctx, "What does it do, in words (add_invoices)?")?;
        match db_new::title(&answer) {
            Ok(_) => return Ok(answer),
            Err(failure) => failure.diagnostics.iter().for_each(|diagnostic| ctx.ui.diagnostic(diagnostic)),
        }
    }
}

fn choose(ctx: &Context, question: &str, options: &[String]) -> Result<usize, Failure> {
    ctx.ui.say(question);
    options.iter().enumerate().for_each(|(index, option)| ctx.ui.say(&format!("  {}  {option}", index + 1)));
    loop {
        let answer = line(ctx, &format!("[1-{}]", options.len()))?;
        if let Some(number) = answer.parse::<usize>().ok().filter(|it| (1..=options.len()).contains(it)) {
            return Ok(number - 1);
        }
    }
}

fn yes(ctx: &Context, question: &str) -> Result<bool, Failure> {
    let answer = line(ctx, &format!("{question} [y/N]"))?;
    Ok(matches!(answer.to_lowercase().as_str(), "y" | "yes"))
}

fn line(ctx: &Context, question: &str) -> Result<String, Failure> {
    ctx.ui.ask(question).ok_or_else(|| {
        let diagnostic = Diagnostic::error("not-confirmed", "the questions were not answered to their end").note("nothing was written");
        Failure::new(Exit::Usage, diagnostic.hint("run it again, or give everything by flags: `cargo xtask db new --help`"))
    })
}

fn has_editor() -> bool {
    ["VISUAL", "EDITOR"].iter().any(|name| std::env::var_os(name).is_some_and(|it| !it.is_empty()))
}
