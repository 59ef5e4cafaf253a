//! What a supervisor can know of an attempt whose outcome it will never see.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether a byte of an attempt may have left. Clones share it, so that it outlives an attempt that panics or is
/// given up.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<AtomicBool>);

impl Progress {
    /// Whether the receiver may have got something: without it, the attempt may be made again.
    #[must_use]
    pub fn may_have_left(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// To be called right before the first byte of a request, or of a mail's text, is given to the socket.
    pub(crate) fn leaves(&self) {
        self.0.store(true, Ordering::Release);
    }
}
