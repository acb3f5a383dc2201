//! `cargo xtask completions SHELL`

use crate::cli::Cli;
use crate::exit::Exit;
use clap::CommandFactory;

pub(super) fn run(shell: clap_complete::Shell) -> anyhow::Result<Exit> {
    clap_complete::generate(shell, &mut Cli::command(), "xtask", &mut std::io::stdout());
    Ok(Exit::Done)
}
