//! The documented attributes of a webhook, by name.

use std::str::FromStr;

use crate::domain::field_errors::InvalidValue;
use crate::domain::text_enum::text_enum;

/// An attribute of a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attribute {
    Id,
    AccountId,
    Name,
    Url,
    Secret,
    Events,
    Scopes,
    CreatedAt,
    UpdatedAt,
}
text_enum!(Attribute {
    Id => "id",
    AccountId => "account_id",
    Name => "name",
    Url => "url",
    Secret => "secret",
    Events => "events",
    Scopes => "scopes",
    CreatedAt => "created_at",
    UpdatedAt => "updated_at",
});

/// What a filter of an attribute is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AttributeType {
    Number,
    Time,
    Text,
}

impl Attribute {
    /// Those that a list may be sorted and filtered by: what is never told cannot be guessed by order or by
    /// equality either.
    pub fn public() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|attribute| *attribute != Self::Secret)
    }

    /// A public one by its name.
    pub(crate) fn public_by_name(name: &str) -> Option<Self> {
        Self::public().find(|attribute| attribute.as_str() == name)
    }

    /// Lists (`events`) and maps (`scopes`) are searched for a text.
    pub(crate) fn compared_as(self) -> AttributeType {
        match self {
            Self::Id | Self::AccountId => AttributeType::Number,
            Self::CreatedAt | Self::UpdatedAt => AttributeType::Time,
            Self::Name | Self::Url | Self::Secret | Self::Events | Self::Scopes => AttributeType::Text,
        }
    }
}

/// A field of a webhook, as JSON:API counts them: an attribute or a relationship.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WebhookField {
    Attribute(Attribute),
    Account,
}

/// The one relationship.
pub(super) const ACCOUNT: &str = "account";

impl FromStr for WebhookField {
    type Err = InvalidValue;

    fn from_str(name: &str) -> Result<Self, InvalidValue> {
        if name == ACCOUNT { Ok(Self::Account) } else { name.parse().map(Self::Attribute) }
    }
}

/// An attribute of an included account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AccountAttribute {
    Name,
    Environment,
}
text_enum!(AccountAttribute { Name => "name", Environment => "environment" });

/// An attribute of an event that a webhook can subscribe to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EventAttribute {
    Key,
    WireName,
    Name,
    Description,
}
text_enum!(EventAttribute {
    Key => "key",
    WireName => "wire_name",
    Name => "name",
    Description => "description",
});
