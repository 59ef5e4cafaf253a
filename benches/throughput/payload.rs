//! The event that is posted: a `run_failed` with every field, 581 bytes or so.

use serde_json::json;

/// A run's number has ten digits, so that every request of an account is equally long.
pub const FIRST_RUN: u64 = 1_000_000_000;

/// A whole request in which only the run's number changes.
#[derive(Clone)]
pub struct EventRequest {
    bytes: Vec<u8>,
    run_at: usize,
}

impl EventRequest {
    pub fn new(path: &str, token: &str, account_id: i64) -> Self {
        let body = body(account_id);
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: ringpost.example\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let text = head + &body;
        let run_at = text.find(&FIRST_RUN.to_string()).unwrap_or_default();
        Self { bytes: text.into_bytes(), run_at }
    }

    /// The request of the event with this number.
    pub fn of(&mut self, sequence: u64) -> &[u8] {
        write_run(&mut self.bytes, self.run_at, sequence);
        &self.bytes
    }
}

/// The same for a client that makes its own head.
#[derive(Clone)]
pub struct EventBody {
    bytes: Vec<u8>,
    run_at: usize,
}

impl EventBody {
    pub fn new() -> Self {
        let body = body(100);
        let run_at = body.find(&FIRST_RUN.to_string()).unwrap_or_default();
        Self { bytes: body.into_bytes(), run_at }
    }

    pub fn of(&mut self, sequence: u64) -> Vec<u8> {
        write_run(&mut self.bytes, self.run_at, sequence);
        self.bytes.clone()
    }
}

fn write_run(bytes: &mut [u8], at: usize, sequence: u64) {
    let run = (FIRST_RUN + sequence).to_string();
    if let Some(place) = bytes.get_mut(at..at + run.len()) {
        place.copy_from_slice(run.as_bytes());
    }
}

/// The run's number is written once, so that finding and replacing it needs no parser.
fn body(account_id: i64) -> String {
    json!({
        "event_type": "run_failed",
        "environment": "prod-acme",
        "account_id": account_id,
        "account_name": "Acme Corp",
        "timestamp": "2026-05-04T12:00:03.123Z",
        "run_id": FIRST_RUN,
        "run_status": "failed",
        "admin_link": "https://admin.prod-acme.platform.example/runs/latest/show",
        "api_link": "https://api.prod-acme.platform.example/v2/runs/latest",
        "api_status_link": "https://api.prod-acme.platform.example/v2/runs/latest/status",
        "api_triggers_link": "https://api.prod-acme.platform.example/v2/runs/latest/triggers",
        "tenant_id": 789,
        "tenant_name": "Widget Co",
        "integration_id": 42,
        "integration_name": "Shopify Integration"
    })
    .to_string()
}

/// The event's number in a body that was received.
pub fn sequence_in(body: &[u8]) -> Option<u64> {
    const NAME: &[u8] = b"\"run_id\":";
    let at = body.windows(NAME.len()).position(|window| window == NAME)?;
    let digits = body.get(at + NAME.len()..)?.iter().skip_while(|byte| **byte == b' ');
    let run = digits
        .take_while(|byte| byte.is_ascii_digit())
        .fold(0_u64, |run, digit| run.saturating_mul(10).saturating_add(u64::from(digit - b'0')));
    run.checked_sub(FIRST_RUN)
}
