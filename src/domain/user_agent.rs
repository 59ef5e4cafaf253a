//! What a browser calls itself, in words.

/// `Firefox on Linux`, as far as a user agent tells.
#[must_use]
pub(crate) fn describe(agent: &str) -> String {
    // Chromium's brands all name Chrome, and Chrome names Safari: the narrower name comes first.
    const BROWSERS: [(&str, &str); 5] = [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    const SYSTEMS: [(&str, &str); 6] = [
        ("Android", "Android"),
        ("iPhone", "iOS"),
        ("iPad", "iPadOS"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    let named = |names: &[(&str, &'static str)]| {
        names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
    };
    match (named(&BROWSERS), named(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, _) if agent.is_empty() => "Unknown".to_owned(),
        (None, _) => agent.chars().take(40).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::describe;

    #[test]
    fn the_narrower_name_is_told() {
        let edge = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0";
        assert_eq!(describe(edge), "Edge on Windows");
        assert_eq!(describe("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Firefox/130.0"), "Firefox on Linux");
        assert_eq!((describe("curl/8.5").as_str(), describe("").as_str()), ("curl/8.5", "Unknown"));
    }
}
