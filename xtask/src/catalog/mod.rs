//! Two databases in, SQL out: [`load()`] reads a catalog, [`diff()`] compares two of them, [`render()`] writes the statements.
//!
//! Only [`mod@load`] speaks to a server. A catalog is a flat list of objects that know what they need; what is special about a kind of
//! object is in [`make`], one file per family: how it is created, dropped, and what of it alters in place.

pub mod acl;
pub mod diff;
mod kind;
pub mod load;
mod make;
pub mod model;
mod render;

pub use diff::{Changes, Options, Precision, Step, diff};
pub use load::load;
pub use make::enum_labels;
pub use model::Catalog;
pub use render::render;
