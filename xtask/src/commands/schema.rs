//! Reading the folder of the desired state.

use super::files;
use crate::context::Context;
use crate::desired::Desired;
use crate::diagnostic::Diagnostic;
use crate::exit::{Exit, Failure};
use crate::migration::SourceFile;

/// The desired state as the files say.
pub(super) fn load(ctx: &Context) -> Result<Desired, Failure> {
    Desired::read(read(ctx)?).map_err(|diagnostics| Failure { exit: Exit::Usage, diagnostics })
}

/// Every SQL file of the folder, those of folders in it included.
fn read(ctx: &Context) -> Result<Vec<SourceFile>, Failure> {
    let folder = ctx.config.folder("schema.dir");
    if !folder.is_dir() {
        let hint = "write the desired state there as SQL files (`cargo xtask db dump` does it from a database), or name the folder with `[schema] dir` in xtask.toml";
        let message = format!("there is no folder `{}` with the desired state", files::shown(&folder));
        return Err(Failure::new(Exit::Usage, Diagnostic::error("no-schema", message).hint(hint)));
    }
    let is_sql = |it: &SourceFile| it.path.ends_with(".sql") && !it.path.rsplit('/').next().is_some_and(|name| name.starts_with('.'));
    Ok(files::read_tree(&folder)?.into_iter().filter(is_sql).collect())
}
