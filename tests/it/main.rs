//! All tests that need a server or a process, in one binary.
mod applying;
mod connecting;
mod diffing;
mod bad_input;
mod commands;
mod desired;
mod faults;
mod files;
mod generate;
mod fleet;
mod hygiene;
mod init;
mod random_schemas;
mod readme;
mod scratch;
mod server;
mod tidy;
