//! What each statement of the judged migrations really does. Its findings are merged with those of the other sources once all are there.

use super::Stage;
use crate::diagnostic::Diagnostic;
use crate::exit::Failure;
use crate::runner::Limits;
use crate::trace;

pub(super) fn check(stage: &Stage<'_>) -> Result<Vec<Diagnostic>, Failure> {
    // Where what comes before does not apply, the replay says so.
    if stage.prefix() {
        let judged: Vec<usize> = stage.subject.judged.iter().copied().filter(|it| *it < stage.n_applied).collect();
        let limits = Limits { lock_timeout: stage.subject.lock_timeout.unwrap_or_default(), statement_timeout: None };
        let seen = trace::trace(stage.server, &stage.subject.set, &judged, limits)?;
        stage.trace.set(seen).expect("it is traced once");
    }
    Ok(Vec::new())
}
