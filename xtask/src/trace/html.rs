//! The locks as a picture: one lane a relation, the statements from left to right, in one file that needs nothing else.
//!
//! Bars begin at the statement that takes a lock and reach to the end of its transaction. What the words of a bar leave out is in its title, which a
//! browser shows without a script.

use super::{FileTrace, Kind, MODES, Mode, StatementTrace, Trace};
use crate::units::show_version;
use std::collections::BTreeMap;
use std::fmt::Write;

/// The page for `trace`.
#[must_use]
pub fn html(trace: &Trace) -> String {
    let mut page =
        String::from("<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">");
    let _ = write!(page, "<title>Locks of {} migrations</title>\n<style>{}</style>\n", trace.files.len(), include_str!("page.css"));
    let _ = write!(
        page,
        "<h1>What the migrations lock</h1><p>Observed on a scratch database, PostgreSQL {}. A lock is held from the statement that takes it to the \
         end of its transaction. Times are those of a few rows.</p>",
        show_version(trace.server_version)
    );
    legend(&mut page);
    trace.files.iter().for_each(|file| section(&mut page, file));
    notes(&mut page, trace);
    page.push_str("</html>\n");
    page
}

fn legend(page: &mut String) {
    page.push_str("<div class=\"legend\">");
    for (mode, word, _) in MODES.iter().rev() {
        let who = match (mode.blocks_reads(), mode.blocks_writes()) {
            (true, _) => ": reads and writes wait",
            (_, true) => ": writes wait",
            _ => "",
        };
        let _ = write!(page, "<span><i class=\"{}\"></i>{word}{who}</span>", class(*mode));
    }
    page.push_str("</div>");
}

fn class(mode: Mode) -> String {
    format!("m{}", mode as usize)
}

/// What is drawn of one relation.
#[derive(Default)]
struct Lane {
    index_of: Option<String>,
    strongest: Option<Mode>,
    bars: Vec<Bar>,
    marks: BTreeMap<usize, Vec<(String, bool)>>,
}

struct Bar {
    mode: Mode,
    from: usize,
    to: usize,
    transaction: Option<usize>,
}

fn section(page: &mut String, file: &FileTrace) {
    let how = if file.whole { "one transaction" } else { "step by step" };
    let _ = write!(page, "<h2><code>{}</code></h2><p>{how}, {} statements</p>", escape(&file.file), file.statements.len());
    let (lanes, left_out) = lanes(file);
    if file.statements.is_empty() || lanes.is_empty() {
        page.push_str("<p>It touches nothing that was there before.</p>");
    } else {
        grid(page, file, &lanes);
    }
    if left_out > 0 {
        let _ = write!(page, "<p>{left_out} relations on which nobody could be kept waiting are not drawn.</p>");
    }
    table(page, file);
}

/// A lane for each relation that is worth one, the strongest lock first, and how many were left out.
fn lanes(file: &FileTrace) -> (Vec<(String, Lane)>, usize) {
    let mut lanes: BTreeMap<String, Lane> = BTreeMap::new();
    for (at, statement) in file.statements.iter().enumerate() {
        for lock in statement.locks.iter().filter(|it| it.kind != Kind::View) {
            let lane = lanes.entry(lock.relation.clone()).or_default();
            lane.index_of.clone_from(&lock.table);
            lane.strongest = lane.strongest.max(Some(lock.mode));
            match lane.bars.last_mut() {
                Some(bar) if bar.mode == lock.mode && bar.transaction == statement.transaction && statement.transaction.is_some() => {
                    bar.to = at;
                }
                _ => lane.bars.push(Bar { mode: lock.mode, from: at, to: at, transaction: statement.transaction }),
            }
        }
        for (relation, text, bad) in marks(statement) {
            lanes.entry(relation).or_default().marks.entry(at).or_default().push((text, bad));
        }
    }
    let all = lanes.len();
    let is_shown = |lane: &Lane| {
        lane.marks.values().flatten().count() > 0
            || lane.strongest >= Some(if lane.index_of.is_some() { Mode::Share } else { Mode::RowShare })
    };
    let mut shown: Vec<(String, Lane)> = lanes.into_iter().filter(|(_, it)| is_shown(it)).collect();
    shown.sort_by_key(|(name, lane)| (std::cmp::Reverse(lane.strongest), name.clone()));
    let left_out = all - shown.len();
    (shown, left_out)
}

/// What a statement did to relations, in a word each, and whether it is long work or a loss.
fn marks(statement: &StatementTrace) -> Vec<(String, String, bool)> {
    let mut marks = Vec::new();
    let mut add = |relation: &str, text: String, bad| marks.push((relation.to_owned(), text, bad));
    statement.rewritten.iter().for_each(|it| add(it, "rewritten".into(), true));
    statement.rebuilt.iter().for_each(|it| add(it, "rebuilt".into(), true));
    for scan in statement.scans.iter().filter(|it| it.whole) {
        add(&scan.relation, if scan.times == 1 { "scanned".into() } else { format!("scanned ×{}", scan.times) }, true);
    }
    for change in &statement.changes {
        let rows = change.updated + change.deleted;
        add(&change.relation, if change.all { "every row changed".into() } else { format!("{rows} rows changed") }, change.all);
    }
    marks
}

fn grid(page: &mut String, file: &FileTrace, lanes: &[(String, Lane)]) {
    let count = file.statements.len();
    let _ = write!(
        page,
        "<div class=\"scroll\"><div class=\"grid\" style=\"grid-template-columns:max-content repeat({count},minmax(112px,1fr))\">"
    );
    page.push_str("<div class=\"name\" style=\"grid-row:1;grid-column:1;background:var(--band)\"><small>statement</small></div>");
    for (at, statement) in file.statements.iter().enumerate() {
        let sql = escape(&statement.sql);
        let gap = if starts_transaction(file, at) { " gap" } else { "" };
        let _ = write!(
            page,
            "<div class=\"head{gap}\" style=\"grid-row:1;grid-column:{}\" title=\"{sql}\"><b>{}{}</b><span class=\"sql\">{sql}</span></div>",
            at + 2,
            at + 1,
            if statement.failed.is_some() { " <span class=\"bad\">failed</span>" } else { "" }
        );
    }
    for (row, (name, lane)) in lanes.iter().enumerate() {
        draw(page, file, row + 2, name, lane);
    }
    page.push_str("</div></div>");
}

/// Whether a statement does not share the transaction of the one before.
fn starts_transaction(file: &FileTrace, at: usize) -> bool {
    at > 0 && (file.statements[at].transaction.is_none() || file.statements[at].transaction != file.statements[at - 1].transaction)
}

fn draw(page: &mut String, file: &FileTrace, row: usize, name: &str, lane: &Lane) {
    let of = lane.index_of.as_ref().map_or(String::new(), |it| format!("<small>index of {}</small>", escape(it)));
    let _ = write!(page, "<div class=\"name\" style=\"grid-row:{row};grid-column:1\"><code>{}</code>{of}</div>", escape(name));
    for at in 0..file.statements.len() {
        let gap = if starts_transaction(file, at) { " gap" } else { "" };
        let _ = write!(page, "<div class=\"cell{gap}\" style=\"grid-row:{row};grid-column:{}\"></div>", at + 2);
    }
    for bar in &lane.bars {
        let title = format!("{} on {name}\ntaken by: {}", bar.mode.word(), file.statements[bar.from].sql);
        let _ = write!(
            page,
            "<div class=\"bar {}\" style=\"grid-row:{row};grid-column:{}/{}\" title=\"{}\">{}</div>",
            class(bar.mode),
            bar.from + 2,
            bar.to + 3,
            escape(&title),
            bar.mode.word()
        );
    }
    for (at, marks) in &lane.marks {
        let _ = write!(
            page,
            "<div class=\"marks\" style=\"grid-row:{row};grid-column:{}\" title=\"{}\">",
            at + 2,
            escape(&file.statements[*at].sql)
        );
        for (text, bad) in marks {
            let _ = write!(page, "<span class=\"mark{}\">{}</span>", if *bad { " bad" } else { "" }, escape(text));
        }
        page.push_str("</div>");
    }
}

/// The statements with what does not fit into the picture.
fn table(page: &mut String, file: &FileTrace) {
    page.push_str(
        "<table><tr><th>#</th><th>line</th><th>statement</th><th>others wait</th><th>seen besides</th><th>WAL</th><th>time</th></tr>",
    );
    for (at, it) in file.statements.iter().enumerate() {
        let _ = write!(
            page,
            "<tr><td>{}</td><td>{}</td><td><pre>{}</pre></td><td>{}</td><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{:.1} ms</td></tr>",
            at + 1,
            it.location.start.line,
            escape(&it.sql),
            waits(file, at),
            besides(file, it),
            bytes(it.wal_bytes),
            f64::from(u32::try_from(it.microseconds).unwrap_or(u32::MAX)) / 1000.0
        );
    }
    page.push_str("</table>");
}

/// Who else has to wait, without repeating what the statement before in the same transaction said.
fn waits(file: &FileTrace, at: usize) -> String {
    let statement = &file.statements[at];
    let before = at.checked_sub(1).map(|it| &file.statements[it]).filter(|_| !starts_transaction(file, at));
    let known = |it: &super::Wait| before.is_some_and(|before| before.waits.contains(it));
    let words = |it: &super::Wait| {
        let all = [(it.select, "SELECT"), (it.insert, "INSERT"), (it.update, "UPDATE")];
        let words: Vec<&str> = all.iter().filter(|(waits, _)| *waits).map(|(_, word)| *word).collect();
        format!("{} on <code>{}</code>", words.join(", "), escape(&it.relation))
    };
    let mut lines: Vec<String> = statement.waits.iter().filter(|it| !known(it)).map(words).collect();
    if statement.waits.iter().any(known) {
        lines.push(if lines.is_empty() { "as before" } else { "and as before" }.to_owned());
    }
    if lines.is_empty() { "nobody".to_owned() } else { lines.join("<br>") }
}

fn besides(file: &FileTrace, statement: &StatementTrace) -> String {
    let mut lines: Vec<String> = statement.lost.iter().map(|it| format!("<span class=\"bad\">destroys {}</span>", escape(it))).collect();
    let failures = statement.failed.iter().map(|it| ("fails", it));
    let on_rows = file.failed_on_rows.iter().filter(|it| it.statement == statement.index).map(|it| ("fails on rows", it));
    for (how, failed) in failures.chain(on_rows) {
        lines.push(format!("<span class=\"bad\">{how}: {} ({})</span>", escape(&failed.message), failed.sqlstate));
    }
    lines.extend(statement.unobserved.iter().map(|it| format!("not observed: {}", escape(it))));
    lines.join("<br>")
}

fn bytes(count: u64) -> String {
    if count < 10_000 { format!("{count} B") } else { format!("{} kB", count / 1000) }
}

fn notes(page: &mut String, trace: &Trace) {
    for text in &trace.unobserved {
        let _ = write!(page, "<p>Not observed: {}</p>", escape(text));
    }
    if !trace.unfilled.is_empty() {
        page.push_str("<h2>Tables without rows</h2><ul>");
        for it in &trace.unfilled {
            let _ = write!(page, "<li><code>{}</code>: {}</li>", escape(&it.table), escape(&it.why));
        }
        page.push_str("</ul>");
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
