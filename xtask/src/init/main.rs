//! `cargo xtask`: every change of the database's schema goes through it. `migrate_first::main_with` takes commands of this repository's own.

fn main() -> std::process::ExitCode {
    migrate_first::main()
}
