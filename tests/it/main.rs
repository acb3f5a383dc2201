//! All tests that need a server or a process, in one binary.
mod applying;
mod bad_input;
mod commands;
mod readme;
mod server;
mod tidy;
