//! The `xtask` binary: everything is in the library, so that another repository's xtask is three lines too.
fn main() -> std::process::ExitCode {
    migrate_first::main()
}
