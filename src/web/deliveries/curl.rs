//! A request as a command for a shell, without what is secret in it.

/// What stands for a value that is not shown.
const REDACTED: char = '•';

/// A `curl` that posts the body in `payload.json` as it was posted. The path of the address and secret headers are
/// not known here: whoever uses it puts them in.
pub(super) fn command(scheme: &str, head: &str) -> Option<String> {
    let mut lines = head.lines();
    let path = lines.next()?.split(' ').nth(1)?;
    let headers: Vec<(&str, &str)> = lines.filter_map(|line| line.split_once(": ")).collect();
    let host = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("host"))?.1;
    let mut command = format!("curl -sS {}", quoted(&format!("{scheme}://{host}{path}")));
    let kept = |name: &str, value: &str| {
        !value.contains(REDACTED)
            && !["host", "content-length"].iter().any(|left| name.eq_ignore_ascii_case(left))
    };
    for (name, value) in headers.into_iter().filter(|(name, value)| kept(name, value)) {
        command.push_str(" \\\n  -H ");
        command.push_str(&quoted(&format!("{name}: {value}")));
    }
    command.push_str(" \\\n  --data-binary @payload.json");
    Some(command)
}

/// In single quotes, as every shell reads them.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_has_the_headers_and_no_secret() {
        let head = "POST /… HTTP/1.1\nhost: hooks.acme.example\ncontent-type: application/json\nx-token: ••••••••\n\
                    x-note: it's\ncontent-length: 12";
        let command = command("https", head).unwrap();
        assert_eq!(
            command,
            "curl -sS 'https://hooks.acme.example/…' \\\n  -H 'content-type: application/json' \\\n  \
             -H 'x-note: it'\\''s' \\\n  --data-binary @payload.json"
        );
    }
}
