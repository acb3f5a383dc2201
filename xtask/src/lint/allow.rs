//! `-- xtask: allow RULE: reason`: findings that someone has looked at.
//!
//! `allow data-loss: reason` stands for no rule but for a hazard: it acknowledges that data goes, whichever rule says so. What else the
//! statement does (rewrite a table, fail on data) is still found.

use super::ast::Span;
use super::rules::{self, RULES};
use crate::diagnostic::{Diagnostic, Hazard};
use crate::migration::Migration;

/// A suppression as written.
pub(super) struct Allow {
    rule: String,
    reason: String,
    /// The comment.
    span: Span,
    /// The bytes that it covers: the statement behind it, or the whole file.
    covers: Span,
    used: bool,
}

/// Every suppression of a file.
pub(super) fn read(migration: &Migration) -> Vec<Allow> {
    let text = &migration.text;
    if !text.contains("xtask:") {
        return Vec::new();
    }
    let statements = &migration.script.statements;
    let first = statements.first().map_or(text.len(), |it| it.span.start);
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if let Some((rules, reason, at)) = directive(line) {
            let span = start + at..start + line.trim_end().len();
            let next = statements.iter().find(|it| it.span.end > span.start).map(|it| it.span.clone());
            let covers = if span.start < first { 0..text.len() } else { next.unwrap_or(text.len()..text.len()) };
            for rule in rules.split(',') {
                let (rule, reason) = (rule.trim().to_owned(), reason.to_owned());
                found.push(Allow { rule, reason, span: span.clone(), covers: covers.clone(), used: false });
            }
        }
        start += line.len();
    }
    found
}

/// The rules and the reason in a line that allows something, and where the comment starts.
fn directive(line: &str) -> Option<(&str, &str, usize)> {
    let trimmed = line.trim();
    let rest = trimmed.strip_prefix("--")?.trim_start().strip_prefix("xtask:")?.trim_start().strip_prefix("allow")?;
    let rest = rest.strip_prefix(|it: char| it.is_whitespace() || it == ':')?.trim();
    let (rules, reason) = rest.split_once(':').unwrap_or((rest, ""));
    Some((rules.trim(), reason.trim(), line.find("--")?))
}

/// What is left of the hazards of a finding of `rule` at byte `at`: nothing where the finding is allowed as a whole. Rules name data loss
/// behind the work that it takes and before whom it hurts, so that acknowledging it leaves the work.
pub(super) fn remaining(allows: &mut [Allow], rule: &str, hazards: &'static [Hazard], at: usize) -> Option<&'static [Hazard]> {
    if covers(allows, rule, at) {
        return None;
    }
    match hazards.iter().position(|it| *it == Hazard::DataLoss) {
        Some(lost) if covers(allows, Hazard::DataLoss.word(), at) => Some(&hazards[..lost]).filter(|it| !it.is_empty()),
        _ => Some(hazards),
    }
}

/// Whether one of `allows` names this at byte `at`.
fn covers(allows: &mut [Allow], name: &str, at: usize) -> bool {
    let mut covered = false;
    for allow in allows.iter_mut().filter(|it| it.rule == name && it.covers.contains(&at)) {
        allow.used = true;
        covered |= !allow.reason.is_empty();
    }
    covered
}

/// What is allowed with a reason.
pub(super) fn allowed(migration: &Migration) -> Vec<(String, Span)> {
    read(migration).into_iter().filter(|it| !it.reason.is_empty()).map(|it| (it.rule, it.covers)).collect()
}

/// What is wrong with the suppressions themselves. Whether one of a rule of the trace silences anything shows only when it is traced.
pub(super) fn faults(allows: &[Allow], migration: &Migration) -> Vec<Diagnostic> {
    allows.iter().filter_map(|it| fault(it).map(|fault| fault.at(migration.location(it.span.clone())))).collect()
}

fn fault(allow: &Allow) -> Option<Diagnostic> {
    let name = &allow.rule;
    if crate::trace::RULES.contains(&name.as_str()) {
        let message = format!("`allow {name}` gives no reason");
        let rule = &rules::ALLOW_WITHOUT_REASON;
        let fault = || Diagnostic::error(rule.id, message).level(rule.level).effect(rule.effect).hint(rule.cure);
        return allow.reason.is_empty().then(fault);
    }
    if rules::find(name).is_none() && name != Hazard::DataLoss.word() {
        let diagnostic = Diagnostic::error(rules::UNKNOWN_RULE.id, format!("there is no rule `{name}`")).effect(rules::UNKNOWN_RULE.effect);
        return Some(match nearest(name) {
            Some(near) => diagnostic.hint(format!("write `allow {near}: …`, if that is meant")),
            None => diagnostic.hint(rules::UNKNOWN_RULE.cure),
        });
    }
    let (rule, message) = match (allow.used, allow.reason.is_empty()) {
        (true, true) => (&rules::ALLOW_WITHOUT_REASON, format!("`allow {name}` gives no reason")),
        (false, _) => (&rules::UNUSED_ALLOW, format!("`allow {name}` silences nothing")),
        (true, false) => return None,
    };
    Some(Diagnostic::error(rule.id, message).level(rule.level).effect(rule.effect).hint(rule.cure))
}

/// The rule whose name is most like `name`, if one is.
fn nearest(name: &str) -> Option<&'static str> {
    let likeness = |id: &str| strsim::jaro_winkler(id, name);
    let best = RULES.iter().map(|it| it.id).max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
    (likeness(best) > 0.75).then_some(best)
}
