//! Whether a text parses, by squawk's parser: a second opinion beside the server's.

use squawk_syntax::SourceFile;
use std::ops::Range;

/// What the parser says against a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// What it expected or met.
    pub message: String,
    /// Where.
    pub span: Range<usize>,
}

/// Every syntax error of `text`; none where it parses. The parser knows the grammar of the newest PostgreSQL, so a text may
/// parse here and not on an older server.
#[must_use]
pub fn errors(text: &str) -> Vec<SyntaxError> {
    on_large_stack(|| SourceFile::parse(text).errors().iter().map(from_squawk).collect()).unwrap_or_default()
}

/// Runs `work` on a thread with a large stack: deep nesting overflows an ordinary one. Nothing where the thread cannot start. A panic
/// goes on here: a check that broke must not look like one that found nothing.
pub fn on_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Option<T> {
    const STACK: usize = 512 << 20;
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        thread.ok().map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

pub(super) fn from_squawk(error: &squawk_syntax::syntax_error::SyntaxError) -> SyntaxError {
    let range = error.range();
    SyntaxError { message: error.message().to_owned(), span: range.start().into()..range.end().into() }
}
