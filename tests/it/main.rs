//! The one test binary: the parts of Ringpost against real sockets.

#[cfg(test)]
mod send;
#[cfg(test)]
mod smtp;
#[cfg(test)]
mod support;
