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
pub mod rename;
mod render;

pub use diff::{Changes, Delivery, Options, Precision, Stage, Step, diff, resolve_values};
pub use load::load;
pub use make::enum_labels;
pub use model::{Catalog, Kind};
pub use rename::Rename;
pub use render::{Part, parts, render};
