//! Containers: Docker Compose as a program that is run, watched and explained.

mod compose;
pub mod trouble;

pub use compose::{Compose, Ended, engine};
