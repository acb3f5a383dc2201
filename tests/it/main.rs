//! All tests that need a server or a process, in one binary.
mod applying;
mod connecting;
mod bad_input;
mod commands;
mod faults;
mod files;
mod fleet;
mod hygiene;
mod readme;
mod scratch;
mod server;
mod tidy;
mod trace;
