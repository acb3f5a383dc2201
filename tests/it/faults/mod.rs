//! What goes wrong in the world, made to go wrong here: each fault, and what is left after it.

mod crash;
mod signals;
mod runners;
mod locks;
mod indexes;
mod halves;
mod outages;
