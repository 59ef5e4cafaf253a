//! Each statement of the writer seeks its rows one by one, whatever was counted and whenever.

use crate::db::plan::{databases, uses};

use super::accept::{FIND_KEYS, FIND_NONCES, FREE_KEYS};
use super::statement::{Frame, Places};
use super::traces::{FIND_DELIVERIES, FIND_EVENTS};
use super::transitions::{PUT_BACK, SETTLE, START};

#[tokio::test]
async fn every_statement_of_the_writer_is_held_to_its_index() {
    for (_folder, mut connection) in databases().await {
        for rows in [1, 64] {
            for (template, index) in [
                (&START, "deliveries USING INDEX sqlite_autoindex_deliveries_1 (id=?)"),
                (&PUT_BACK, "deliveries USING INDEX sqlite_autoindex_deliveries_1 (id=?)"),
                (&SETTLE, "deliveries USING INDEX sqlite_autoindex_deliveries_1 (id=?)"),
                (&FIND_DELIVERIES, "sqlite_autoindex_deliveries_1 (id=?)"),
                (&FIND_EVENTS, "sqlite_autoindex_events_1 (id=?)"),
                (&FIND_KEYS, "sqlite_autoindex_idempotency_keys_1 (account_id=? AND key=?)"),
                (&FREE_KEYS, "sqlite_autoindex_idempotency_keys_1 (account_id=? AND key=?)"),
                (&FIND_NONCES, "(account_id=? AND nonce=?)"),
            ] {
                uses(&mut connection, &template.text(Places::Plain(Frame::default()), rows), &[index]).await;
            }
        }
    }
}
