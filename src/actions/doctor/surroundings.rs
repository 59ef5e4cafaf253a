//! What is around: the mail server, the disk, who may read the files, and the way that people come.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use http::header::STRICT_TRANSPORT_SECURITY;
use url::{Host, Url};

use crate::actions::app::mailer;
use crate::config::Config;
use crate::send::probe;
use crate::send::trust::Trust;

use super::Finding;

const MIB: u64 = 1_024 * 1_024;
/// With less, events are refused.
const REFUSED_UNDER: u64 = 128 * MIB;
const LITTLE: u64 = 1_024 * MIB;

pub(super) async fn smtp(config: &Config, trust: &Trust) -> Finding {
    let mailer = match mailer(config, trust.clone()) {
        Ok(mailer) => mailer,
        Err(error) => return Finding::failed("smtp", error),
    };
    if let Some(folder) = mailer.folder() {
        let text =
            format!("no --smtp-url is set: mails are written to {} and reach nobody", folder.display());
        return Finding::warning("smtp", text);
    }
    match mailer.probe().await {
        Ok(()) => Finding::good("smtp", "the mail server takes our connection"),
        Err(why) => Finding::failed("smtp", format!("the mail server cannot be used: {why}")),
    }
}

pub(super) fn disk(config: &Config) -> Finding {
    let folder = config.data_dir.display();
    // Where it will be, if it is not there yet.
    let there = config.data_dir.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("."));
    let space = match rustix::fs::statvfs(there) {
        Ok(space) => space,
        Err(error) => {
            return Finding::failed("disk", format!("--data-dir {folder} cannot be looked at: {error}"));
        }
    };
    let free = space.f_bavail.saturating_mul(space.f_frsize);
    let text = format!("{} MiB are free in {folder}", free / MIB);
    match free {
        free if free < REFUSED_UNDER => {
            Finding::failed("disk", format!("{text}: events are refused, make room"))
        }
        free if free < LITTLE => {
            Finding::warning("disk", format!("{text}: under 128 MiB events are refused"))
        }
        _ => Finding::good("disk", text),
    }
}

/// Nobody but the server's user should read these.
pub(super) fn permissions(config: &Config) -> Vec<Finding> {
    let mut files = vec![config.data_dir.clone(), config.secret_key_file()];
    let url = config.database_url().unwrap_or_default();
    files.extend(url.strip_prefix("sqlite://").map(PathBuf::from));
    files.extend(config.database_url_file.clone());
    files.extend(config.smtp_url_file.clone());
    let open: Vec<String> = files
        .iter()
        .filter_map(|path| Some((path, std::fs::metadata(path).ok()?.mode() & 0o777)))
        .filter(|(_, mode)| mode & 0o077 != 0)
        .map(|(path, mode)| format!("{} (mode {mode:o})", path.display()))
        .collect();
    if open.is_empty() {
        return vec![Finding::good("permissions", "data, key and secrets are their owner’s alone")];
    }
    let open = open.join(", ");
    vec![Finding::warning("permissions", format!("open to others: {open}; take that away with chmod go="))]
}

/// Comes in as people do: through the proxy, if there is one.
pub(super) async fn public_url(config: &Config, trust: &Trust, is_served: bool) -> Finding {
    const CHECK: &str = "public-url";
    let text = config.public_url();
    let Some(url) = Url::parse(&text).ok().and_then(|url| url.join("/healthz").ok()) else {
        return Finding::failed(CHECK, format!("{text} is no URL"));
    };
    let answered = match probe::get(&url, trust).await {
        Ok(answered) => answered,
        Err(_) if !is_served => {
            return Finding::warning(CHECK, format!("no server runs, so {text} leads nowhere yet"));
        }
        Err(why) => {
            let what_to_do = "check --public-url, the name’s address and the proxy";
            return Finding::failed(
                CHECK,
                format!("{text} cannot be reached from here ({why}): {what_to_do}"),
            );
        }
    };
    let said: Option<serde_json::Value> = serde_json::from_str(&answered.body).ok();
    if answered.status != 200 || said.as_ref().and_then(|body| body.get("status")?.as_str()) != Some("ok") {
        let status = answered.status;
        return Finding::failed(
            CHECK,
            format!("{text} answers {status} and is not this server: check the proxy"),
        );
    }
    if url.scheme() == "https" && !answered.headers.contains_key(STRICT_TRANSPORT_SECURITY) {
        let why =
            "the server behind it was started with another --public-url, or the proxy takes headers away";
        return Finding::warning(CHECK, format!("{text} answers without Strict-Transport-Security: {why}"));
    }
    if url.scheme() == "https" && config.trusted_proxy.is_empty() {
        let why =
            "everybody behind the proxy has its address, and shares its limits: name it in --trusted-proxy";
        return Finding::warning(CHECK, format!("{text} leads to this server, but {why}"));
    }
    if url.scheme() == "http" && !is_this_machine(&url) {
        let why = "passwords and tokens travel in clear: put a proxy with TLS in front";
        return Finding::warning(CHECK, format!("{text} is plain http, so {why}"));
    }
    Finding::good(CHECK, format!("{text} leads to this server"))
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
