//! providers-api.txt, as a client sees it that knows nothing else.

mod calls;
mod changes;
mod idempotency;
mod sends;
mod waits;
