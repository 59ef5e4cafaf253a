//! Text that Adaptive Cards would read as Markdown, made to show as it is.

/// The text with a backslash before what would be formatting, a link, a list, an entity or a date function.
/// Ordinary names and numbers (`acceptance_rate`, `0.04`, `-5`) come out as they went in, because not every
/// client takes a needless backslash away.
pub(super) fn literal(text: &str) -> String {
    let number_ends = text.find(|c: char| !c.is_ascii_digit()).filter(|end| *end > 0);
    let mut literal = String::with_capacity(text.len() + 8);
    let mut before = None;
    let mut rest = text.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        let after = rest.peek().map(|(_, next)| *next);
        let means_something = match c {
            '\\' | '*' | '`' => true,
            // A bracket alone is a bracket: `[Test]`.
            ']' => matches!(after, Some('(' | '[' | ':')),
            '_' => !(is_word(before) && is_word(after)),
            '<' => after.is_some_and(|next| next.is_alphabetic() || matches!(next, '/' | '!')),
            '&' => after.is_some_and(|next| next.is_alphanumeric() || next == '#'),
            '{' => before == Some('{'),
            '>' => at == 0,
            '#' | '+' | '-' => at == 0 && after.is_none_or(|next| next == c || next == ' '),
            '.' | ')' => number_ends == Some(at) && after.is_none_or(|next| next == ' '),
            _ => false,
        };
        if means_something {
            literal.push('\\');
        }
        literal.push(c);
        before = Some(c);
    }
    literal
}

fn is_word(c: Option<char>) -> bool {
    c.is_some_and(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_values_stay_as_they_are() {
        for text in [
            "acceptance_rate < 0.05 (observed 0.04, baseline 0.08)",
            "0.04",
            "-5",
            "#ops-alerts",
            "Widget & Co (789)",
            "12:00 > 11:00",
            "{x}",
            "[Test] Run Failed",
            "https://app.acme.example/runs/1?a=b&=c",
        ] {
            assert_eq!(literal(text), text);
        }
    }

    #[test]
    fn markdown_becomes_text() {
        for (text, shown) in [
            ("[bank](https://evil.example)", r"[bank\](https://evil.example)"),
            ("**bold** _it_ `code`", r"\*\*bold\*\* \_it\_ \`code\`"),
            ("<https://evil.example>", r"\<https://evil.example>"),
            ("1. one", r"1\. one"),
            ("- one", r"\- one"),
            ("# one", r"\# one"),
            ("> one", r"\> one"),
            ("&lt; &#60;", r"\&lt; \&#60;"),
            ("{{DATE(2017-02-14T06:00:00Z)}}", r"{\{DATE(2017-02-14T06:00:00Z)}}"),
            (r"C:\*", r"C:\\\*"),
        ] {
            assert_eq!(literal(text), shown);
        }
    }
}
