//! `cargo xtask ci`

use clap::Args;

/// `ci`
#[derive(Debug, Args)]
#[command(after_help = "Example: cargo xtask ci --only lint,replay --keep-going")]
pub struct Ci {
    /// Show the steps and their commands, and run nothing
    #[arg(long)]
    pub list: bool,
    /// Only these steps; several with commas between them
    #[arg(long, value_name = "STEP", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Go on behind a step that fails
    #[arg(long)]
    pub keep_going: bool,
    /// Write .github/workflows from the table of steps
    #[arg(long, conflicts_with_all = ["list", "only", "keep_going"])]
    pub write_workflow: bool,
    /// With --write-workflow: only say whether the files are as they would be written
    #[arg(long, requires = "write_workflow")]
    pub check: bool,
}
