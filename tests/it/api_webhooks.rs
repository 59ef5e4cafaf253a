//! webhooks-api.txt, as a client sees it that knows nothing else.

mod changes;
mod json_api;
mod list;
mod one;
