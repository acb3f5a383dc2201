//! All tests that need a server or a process, in one binary.
mod server;
mod tidy;
mod applying;
