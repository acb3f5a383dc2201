//! Changes as migrations: the text of each file, what it loses, and the proof that it does what it should.

mod ask;
mod layout;
mod prove;
mod write;

pub use ask::{Removed, removed_values, told_in_comments};
pub use layout::layout;
pub use prove::prove;
pub use write::{Draft, Words, draft};
