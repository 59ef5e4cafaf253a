//! The one error that everything ends in, sorted by what the caller can do about it. The browser sees it as
//! a page (`web`), programs as the JSON envelope (`api`), a shell as a line (`cli`).

use std::borrow::Cow;
use std::error::Error as StdError;

use crate::domain::field_errors::FieldErrors;

/// Why something was not done. `Display` says all of it, to whoever reads the terminal or the log; what a
/// request may be told is [`Error::message`].
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// 400: the request itself cannot be read.
    #[error("{message}")]
    BadRequest {
        /// For programs, `SCREAMING_SNAKE`.
        code: &'static str,
        /// For people.
        message: String,
        /// Which part.
        fields: FieldErrors,
    },
    /// 401: nobody is signed in, or the token is not known.
    #[error("Sign in, or send a valid API token.")]
    Unauthorized,
    /// 403: somebody is, and may not.
    #[error("{message}")]
    Forbidden {
        /// For programs.
        code: &'static str,
        /// For people: which role it takes.
        message: String,
    },
    /// 404: there is no such thing, or it is another account's.
    #[error("{0}")]
    NotFound(String),
    /// 405: not with this method.
    #[error("This method is not possible here.")]
    MethodNotAllowed,
    /// 406: not in a form that the caller would take.
    #[error("{0}")]
    NotAcceptable(String),
    /// 409: it contradicts what is stored.
    #[error("{message}")]
    Conflict {
        /// For programs.
        code: &'static str,
        /// For people.
        message: String,
    },
    /// 412: it was to be done only if nothing had changed, and something has.
    #[error("{0}")]
    PreconditionFailed(String),
    /// 413: more than is read.
    #[error("{0}")]
    TooLarge(String),
    /// 415: not a content type that is read here.
    #[error("{0}")]
    UnsupportedMedia(String),
    /// 422: read, and wrong.
    #[error("{message}")]
    Invalid {
        /// For people.
        message: String,
        /// Which fields.
        fields: FieldErrors,
    },
    /// 429: later.
    #[error("{message}")]
    TooMany {
        /// For people.
        message: String,
        /// Seconds until it may work.
        retry_after: u64,
    },
    /// 502: somebody waited for a delivery that failed.
    #[error("{0}")]
    DeliveryFailed(String),
    /// 503: later, and not the caller's fault.
    #[error("{message}")]
    Unavailable {
        /// For programs: `QUEUE_FULL`, `STORAGE_FULL`, `UNAVAILABLE`.
        code: &'static str,
        /// For people.
        message: String,
        /// Seconds until it may work.
        retry_after: u64,
    },
    /// The machine or its settings do not let a command do its work: a file that cannot be read, a port that
    /// is taken. The sentence names the option and what to do. No request ends in it.
    #[error("{0}")]
    Startup(String),
    /// 500: a defect of ours. The cause is logged, never shown.
    #[error(transparent)]
    Internal(Box<dyn StdError + Send + Sync>),
}

/// What a request answers.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A 400 with the general code.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::BadRequest { code: "BAD_REQUEST", message: message.into(), fields: FieldErrors::default() }
    }

    /// A 422 about one field; `problem` is as in [`FieldErrors::push`].
    pub fn invalid(path: impl Into<String>, problem: impl Into<Cow<'static, str>>) -> Self {
        FieldErrors::one(path, problem).into()
    }

    /// A 403 that names the role it takes.
    #[must_use]
    pub fn needs(role: &str) -> Self {
        Self::Forbidden { code: "FORBIDDEN", message: format!("This needs the {role} role.") }
    }

    /// A 404.
    #[must_use]
    pub fn not_found(thing: &str) -> Self {
        Self::NotFound(format!("There is no such {thing}."))
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::BadRequest { .. } => 400,
            Self::Unauthorized => 401,
            Self::Forbidden { .. } => 403,
            Self::NotFound(_) => 404,
            Self::MethodNotAllowed => 405,
            Self::NotAcceptable(_) => 406,
            Self::Conflict { .. } => 409,
            Self::PreconditionFailed(_) => 412,
            Self::TooLarge(_) => 413,
            Self::UnsupportedMedia(_) => 415,
            Self::Invalid { .. } => 422,
            Self::TooMany { .. } => 429,
            Self::Startup(_) | Self::Internal(_) => 500,
            Self::DeliveryFailed(_) => 502,
            Self::Unavailable { .. } => 503,
        }
    }

    /// The code for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadRequest { code, .. }
            | Self::Forbidden { code, .. }
            | Self::Conflict { code, .. }
            | Self::Unavailable { code, .. } => code,
            Self::Unauthorized => "UNAUTHORIZED",
            Self::NotFound(_) => "NOT_FOUND",
            Self::MethodNotAllowed => "METHOD_NOT_ALLOWED",
            Self::NotAcceptable(_) => "NOT_ACCEPTABLE",
            Self::PreconditionFailed(_) => "PRECONDITION_FAILED",
            Self::TooLarge(_) => "TOO_LARGE",
            Self::UnsupportedMedia(_) => "UNSUPPORTED_MEDIA_TYPE",
            Self::Invalid { .. } => "VALIDATION_FAILED",
            Self::TooMany { .. } => "RATE_LIMITED",
            Self::Startup(_) | Self::Internal(_) => "INTERNAL",
            Self::DeliveryFailed(_) => "DELIVERY_FAILED",
        }
    }

    /// The sentence for people. It never tells a cause that is ours.
    #[must_use]
    pub fn message(&self) -> &str {
        match self {
            Self::BadRequest { message, .. }
            | Self::Forbidden { message, .. }
            | Self::Conflict { message, .. }
            | Self::Invalid { message, .. }
            | Self::TooMany { message, .. }
            | Self::Unavailable { message, .. }
            | Self::NotFound(message)
            | Self::NotAcceptable(message)
            | Self::PreconditionFailed(message)
            | Self::TooLarge(message)
            | Self::DeliveryFailed(message)
            | Self::UnsupportedMedia(message) => message,
            Self::Unauthorized => "Sign in, or send a valid API token.",
            Self::MethodNotAllowed => "This method is not possible here.",
            Self::Startup(_) | Self::Internal(_) => "Sorry, there is a problem. Try again later.",
        }
    }

    /// The fields that are wrong.
    #[must_use]
    pub fn fields(&self) -> Option<&FieldErrors> {
        match self {
            Self::BadRequest { fields, .. } | Self::Invalid { fields, .. } => Some(fields),
            _ => None,
        }
    }

    /// Seconds until it may work, for the `Retry-After` header.
    #[must_use]
    pub(crate) fn retry_after(&self) -> Option<u64> {
        match self {
            Self::TooMany { retry_after, .. } | Self::Unavailable { retry_after, .. } => Some(*retry_after),
            _ => None,
        }
    }
}

impl Error {
    /// What keeps a command from its work, in words for its user.
    pub(crate) fn startup(why: impl std::fmt::Display) -> Self {
        Self::Startup(why.to_string())
    }

    /// A defect of ours, or of the machine.
    pub fn internal(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Internal(cause.into())
    }
}

/// For a form that is shown again: what is wrong with its fields is a value, everything else stays an error.
pub(crate) fn split_fields<T>(done: Result<T>) -> Result<Result<T, FieldErrors>> {
    match done {
        Ok(value) => Ok(Ok(value)),
        Err(Error::Invalid { fields, .. }) => Ok(Err(fields)),
        Err(other) => Err(other),
    }
}

/// A 422 whose message tells all that is wrong.
impl From<FieldErrors> for Error {
    fn from(fields: FieldErrors) -> Self {
        Self::Invalid { message: fields.summary(), fields }
    }
}
