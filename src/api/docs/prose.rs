//! Sentences of the document: paragraphs, with code between backticks.

/// Paragraphs of pieces.
pub(super) type Prose = Vec<Vec<ProseRun>>;

/// A run of text or of code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ProseRun {
    pub text: String,
    pub is_code: bool,
}

/// Reads a description.
pub(super) fn prose(text: &str) -> Prose {
    text.split("\n\n").filter(|paragraph| !paragraph.is_empty()).map(pieces).collect()
}

fn pieces(paragraph: &str) -> Vec<ProseRun> {
    let runs = paragraph.split('`').enumerate();
    let piece = |(place, text): (usize, &str)| ProseRun { text: text.to_owned(), is_code: place % 2 == 1 };
    runs.map(piece).filter(|piece| !piece.text.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backticks_hold_code_and_empty_lines_part_paragraphs() {
        let read = prose("Sent as `Bearer`.\n\nOnce.");
        let texts = |line: usize| read[line].iter().map(|p| (p.text.as_str(), p.is_code)).collect::<Vec<_>>();
        assert_eq!(texts(0), [("Sent as ", false), ("Bearer", true), (".", false)]);
        assert_eq!(texts(1), [("Once.", false)]);
    }
}
