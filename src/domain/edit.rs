//! What becomes of a field that somebody has edited while somebody else may have saved.

/// Who has changed a field since the form was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Nobody, or whoever sends the form: what they typed is saved.
    Ours,
    /// Somebody else alone: what they have saved stays.
    Theirs,
    /// Both, and not to the same: whoever sends the form has to choose.
    Both,
}

impl Edit {
    /// Judges by how what was shown, what is stored now and what was typed compare.
    #[must_use]
    pub fn judge<T: PartialEq + ?Sized>(shown: &T, now: &T, typed: &T) -> Self {
        if typed == now || shown == now {
            Self::Ours
        } else if typed == shown {
            Self::Theirs
        } else {
            Self::Both
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_both_have_changed_is_a_conflict() {
        for (shown, now, typed, edit) in [
            ("a", "a", "a", Edit::Ours),
            ("a", "a", "b", Edit::Ours),
            ("a", "b", "a", Edit::Theirs),
            ("a", "b", "b", Edit::Ours),
            ("a", "b", "c", Edit::Both),
        ] {
            assert_eq!(Edit::judge(shown, now, typed), edit, "{shown} {now} {typed}");
        }
    }
}
