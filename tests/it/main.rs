//! All tests that need a server or a process, in one binary.
mod applying;
mod connecting;
mod bad_input;
mod ci;
mod commands;
mod data_tests;
mod docker;
mod faults;
mod files;
mod helper;
mod hooks;
mod fleet;
mod hygiene;
mod readme;
mod scratch;
mod server;
mod tidy;
