//! webhooks-api.txt, as a client sees it that knows nothing else.

mod changes;
mod list;
mod one;
