//! One connection to the mail server, and what is known of the conversation on it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lettre::transport::smtp;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use tokio::time::Instant;

use super::reply::known_code;
use super::smtp_error::SmtpError;
use crate::send::mail::Timeouts;

/// A connection past greeting, EHLO, TLS and AUTH.
pub(super) struct SmtpLink {
    pub(super) connection: AsyncSmtpConnection,
    pub(super) conversation: Arc<Conversation>,
}

/// Whose turn it is, as the socket sees it: lettre writes a command and then reads, so that its first read is the
/// moment in which everything was written.
pub(super) struct Conversation(Mutex<ConversationState>);

struct ConversationState {
    /// How long an answer is waited for once a command was written.
    answer_within: Duration,
    /// How long the server may refuse to read.
    read_within: Duration,
    hands_over: bool,
    handed_over: Option<Instant>,
    /// The code of the server's last refusal, which lettre may not know.
    refusal: u16,
}

impl Conversation {
    pub(super) fn new(timeouts: &Timeouts) -> Arc<Self> {
        let Timeouts { command, data, .. } = *timeouts;
        Arc::new(Self(Mutex::new(ConversationState {
            answer_within: command,
            read_within: data,
            hands_over: false,
            handed_over: None,
            refusal: 0,
        })))
    }

    /// What is written next is a message: the answer to its final dot may take this long.
    pub(super) fn hand_over(&self, answer_within: Duration) {
        let mut state = self.lock();
        *state = ConversationState { answer_within, hands_over: true, handed_over: None, ..*state };
    }

    /// The message was answered; commands follow.
    pub(super) fn go_on(&self, answer_within: Duration) {
        let mut state = self.lock();
        *state = ConversationState { answer_within, hands_over: false, handed_over: None, ..*state };
    }

    /// When the message's final dot was written, if it was.
    pub(super) fn handed_over(&self) -> Option<Instant> {
        self.lock().handed_over
    }

    /// It is the server's turn: for how long?
    pub(super) fn listens(&self) -> Duration {
        let mut state = self.lock();
        if state.hands_over {
            state.handed_over.get_or_insert_with(Instant::now);
        }
        state.answer_within
    }

    /// The server has answered with this code.
    pub(super) fn answers(&self, code: u16) {
        if code >= 400 {
            self.lock().refusal = code;
        }
    }

    /// What lettre calls an error: of a reply, with the code that the server gave.
    pub(super) fn error(&self, error: &smtp::Error) -> SmtpError {
        let refusal = self.lock().refusal;
        SmtpError::from_smtp(error, |code| if known_code(refusal) == code { refusal } else { code })
    }

    pub(super) fn read_within(&self) -> Duration {
        self.lock().read_within
    }

    fn lock(&self) -> MutexGuard<'_, ConversationState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
