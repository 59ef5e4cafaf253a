//! The kinds of destinations: each is one file here, and one line in the list below.
//!
//! Whoever needs to know something about a kind reads its [`Spec`]: the parser, the merge of a partial update,
//! what is redacted, the form, the APIs and their document, the sender. Nobody else tells kinds apart.

mod spec;

pub use spec::{Body, FieldShape, FieldSpec, Spec};

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use super::delivery::Channel;
use super::field_errors::InvalidValue;

/// Declares the module of each kind, and lists them in the order in which pages and APIs show them.
macro_rules! kinds {
    ($($kind:ident)+) => {
        $(mod $kind;)+

        impl Kind {
            /// Every kind, in the order in which pages and APIs list them.
            pub const ALL: &[Self] = &[$(Self(&$kind::SPEC)),+];
        }
    };
}

// `cargo fmt` does not look behind a macro: tests/all names these files to it.
kinds! {
    slack
    teams
    webhook
    ops_email
    discord
}

/// What a destination is; providers-api.txt, `kind`.
#[derive(Clone, Copy)]
pub struct Kind(&'static Spec);

impl Kind {
    /// The only kind that webhooks-api.txt knows.
    pub const WEBHOOK: Self = Self(&webhook::SPEC);

    /// All that there is to know about it.
    #[must_use]
    pub fn spec(self) -> &'static Spec {
        self.0
    }

    /// The word in the database and in APIs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.0.word
    }

    /// How deliveries of this kind leave.
    #[must_use]
    pub fn channel(self) -> Channel {
        self.0.channel
    }

    /// Whether its configuration is people's addresses, of which nothing may be kept in clear.
    #[must_use]
    pub(crate) fn sends_mails(self) -> bool {
        self.channel() == Channel::Email
    }
}

impl FromStr for Kind {
    type Err = InvalidValue;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL.iter().find(|kind| kind.as_str() == word).copied().ok_or_else(|| {
            let known: Vec<&str> = Self::ALL.iter().map(|kind| kind.as_str()).collect();
            InvalidValue::new(format!("“{word}” is not one of {}", known.join(", ")))
        })
    }
}

impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Kind {}

impl Hash for Kind {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Kind({})", self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_word_reads_back_as_its_kind_and_another_is_refused_with_the_list() {
        for kind in Kind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(*kind));
        }
        let refused = "pager".parse::<Kind>().unwrap_err().to_string();
        assert!(refused.starts_with("“pager” is not one of slack, teams, "), "{refused}");
    }

    #[test]
    fn the_documented_kinds_are_as_documented() {
        for (word, display_name, fields) in [
            ("slack", "Slack", &["webhookUrl"] as &[&str]),
            ("teams", "Microsoft Teams", &["webhookUrl"]),
            ("webhook", "Outbound Webhook", &["url", "secret", "headers"]),
            ("ops_email", "Ops Email (SES)", &["fromEmail", "toEmails", "replyTo"]),
        ] {
            let spec = word.parse::<Kind>().unwrap().spec();
            assert_eq!(spec.display_name, display_name);
            assert_eq!(spec.fields.iter().map(|field| field.name).collect::<Vec<_>>(), fields);
        }
    }

    #[test]
    fn no_two_kinds_have_one_word_and_no_two_fields_of_a_kind_one_name() {
        let words: HashSet<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
        assert_eq!(words.len(), Kind::ALL.len());
        for kind in Kind::ALL {
            let fields = kind.spec().fields;
            let names: HashSet<&str> = fields.iter().map(|field| field.name).collect();
            let inputs: HashSet<&str> = fields.iter().map(|field| field.input).collect();
            assert_eq!((names.len(), inputs.len()), (fields.len(), fields.len()), "{kind:?}");
        }
    }

    /// The form has one box to generate a secret, and one list of saved headers.
    #[test]
    fn only_addresses_come_twice_in_a_kind() {
        for kind in Kind::ALL {
            for &shape in FieldShape::ALL.iter().filter(|shape| **shape != FieldShape::Address) {
                let count = kind.spec().fields.iter().filter(|field| field.shape == shape).count();
                assert!(count <= 1, "{kind:?} has {count} fields of the shape {shape:?}");
            }
        }
    }

    #[test]
    fn every_kind_has_somewhere_to_send_to() {
        for kind in Kind::ALL {
            let wanted = match kind.spec().body {
                Body::Payload | Body::Json(_) => FieldShape::Url,
                Body::Letter(_) => FieldShape::Addresses,
            };
            let found = kind.spec().fields.iter().any(|field| field.shape == wanted && field.required);
            assert!(found, "{kind:?} demands no {wanted:?}");
            let is_mail = kind.channel() == Channel::Email;
            assert_eq!(is_mail, wanted == FieldShape::Addresses, "{kind:?} leaves by another channel");
        }
    }
}
