//! The one HTTP client. Each line here is a way in which a request could otherwise go astray.

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, redirect, retry};
use rustls::client::Resumption;

use super::GuardError;
use super::attempt::HandshakeWatch;
use super::resolver::Resolver;
use crate::send::trust::Trust;

#[expect(clippy::disallowed_methods, reason = "this is the place that clippy.toml sends everybody to")]
pub(super) fn build(
    resolver: Resolver,
    trust: &Trust,
    connect_timeout: Duration,
) -> Result<Client, GuardError> {
    let sessions = Resumption::store(Arc::new(HandshakeWatch::new()));
    let tls = trust.client_config(&["http/1.1"], sessions)?;
    let client = Client::builder()
        .tls_backend_preconfigured(tls)
        .dns_resolver(resolver)
        // HTTP_PROXY is obeyed otherwise, and a proxy resolves names past our resolver.
        .no_proxy()
        // A 307 would send the POST to a second address.
        .redirect(redirect::Policy::none())
        // It would carry the URL with its token.
        .referer(false)
        // A refused HTTP/2 stream was sent three times for one `send()`.
        .retry(retry::never())
        .http1_only()
        // Covers the name, TCP and TLS; `attempt` tells which of them it was.
        .connect_timeout(connect_timeout)
        .tcp_nodelay(true)
        .pool_idle_timeout(Duration::from_secs(30))
        .build()?;
    Ok(client)
}
