//! What stands in front: whom a request comes from, how much of it is read, how many there may be, and the end.

mod addresses;
mod bodies;
mod connections;
mod ending;
mod memory;
