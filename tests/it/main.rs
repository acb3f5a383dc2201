//! All tests that need a server or a process, in one binary.
mod adopting;
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
mod taking_over;
mod test_databases;
mod tidy;
