//! `cargo xtask docker …`

use clap::{Args, Subcommand};

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Docker {
    /// Build the image that runs the migrations
    Build(Build),
    /// Start the database, migrate it, and start the application when that is done
    Up {
        /// Build the image anew first
        #[arg(long)]
        build: bool,
    },
    /// Stop everything and remove the containers; the data stay
    Down {
        /// Remove the data too
        #[arg(long)]
        volumes: bool,
    },
    /// Show what the containers said
    Logs {
        /// Go on showing what comes
        #[arg(short, long)]
        follow: bool,
        /// Of these services only: postgres, migrate, app
        services: Vec<String>,
    },
    /// Run the migrations in a container of their own, with the exit code of `db migrate`
    Migrate {
        /// What `db migrate` is given, behind `--`
        #[arg(last = true, value_name = "MIGRATE_ARGS")]
        arguments: Vec<String>,
    },
}

/// `docker build`
#[derive(Debug, Args)]
#[command(after_help = "Example: cargo xtask docker build --builder rust:1.95-alpine")]
pub struct Build {
    /// The image that compiles [default: rust:1.95-alpine]
    #[arg(long, value_name = "IMAGE")]
    pub builder: Option<String>,
    /// The image that the last stage stands on [default: scratch]
    #[arg(long, value_name = "IMAGE")]
    pub base: Option<String>,
}
