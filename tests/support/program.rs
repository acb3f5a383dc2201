//! Runs a program to its end and insists that it succeeds.

use std::process::{Command, Output};

/// What `command` prints on standard output.
pub fn output(command: &mut Command) -> String {
    try_output(command).unwrap_or_else(|error| panic!("{error}"))
}

/// What `command` prints on standard output, or why it failed.
pub fn try_output(command: &mut Command) -> Result<String, String> {
    let Output { status, stdout, stderr } = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if !status.success() {
        return Err(format!("{command:?} ended with {status}: {}", String::from_utf8_lossy(&stderr)));
    }
    Ok(String::from_utf8_lossy(&stdout).into_owned())
}
