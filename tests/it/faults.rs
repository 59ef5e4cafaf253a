//! What can go wrong around the program, from outside: databases that fail at the worst moment, clocks that
//! disagree, servers that die. Real sockets, a real database, and the program as a process.

mod clocks;
mod decided_late;
mod endings;
mod full_disk;
mod held_up;
mod lost_answers;
mod outcomes_kept;
mod owners;
mod searches;
mod second_server;
mod silence;
pub mod stage;
pub mod table;
mod unreadable;
