//! The text form of an enum without fields.

/// Gives an enum the words that the database, APIs, filters and commands share for it: `ALL`, `as_str`,
/// `Display` and `FromStr`, whose error lists the words.
macro_rules! text_enum {
    ($name:ident { $($variant:ident => $word:literal),+ $(,)? }) => {
        impl $name {
            /// Every value, in the order in which the page lists them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word stored in the database and used in filters and APIs.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::domain::field_errors::InvalidValue;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($word => Ok(Self::$variant),)+
                    _ => Err($crate::domain::field_errors::InvalidValue::new(format!(
                        "“{}” is not one of {}",
                        $crate::domain::text::quoted(text),
                        [$($word),+].join(", ")
                    ))),
                }
            }
        }
    };
}
pub(crate) use text_enum;
