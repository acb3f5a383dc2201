//! The command as on a developer's own machine, wherever the tests run: it is told that this is neither CI nor a container.

use migrate_first::context::Surroundings;
use std::process::ExitCode;

fn main() -> ExitCode {
    migrate_first::main_in(Surroundings::default())
}
