//! Each statement uses its index, whatever was counted and whenever.

use crate::db::plan::{databases, uses};

use super::claim::{in_lane, unowned};
use super::recover::{FREE_WAITING, NAMES, SENDING_OF};
use super::retention::{EXPIRE, FORGET};
use super::{OLDEST, PENDING, UNSETTLED};

#[tokio::test]
async fn every_statement_of_the_outbox_is_held_to_its_index() {
    let (unowned, in_lane) = (unowned(""), in_lane());
    for (_folder, mut connection) in databases().await {
        for (sql, indexes) in [
            (&*unowned, &["deliveries_unowned"][..]),
            (&*in_lane, &["deliveries_owned (instance=? AND account_id=? AND lane=?)"]),
            (PENDING, &["deliveries_owned", "deliveries_unowned"]),
            (UNSETTLED, &["deliveries_sending", "deliveries_owned", "deliveries_unowned"]),
            (SENDING_OF, &["deliveries_sending (instance=?)"]),
            (FREE_WAITING, &["deliveries_owned (instance=?)"]),
            (NAMES[0], &["deliveries_owned (instance>?)"]),
            (NAMES[1], &["deliveries_sending (instance>?)"]),
            (OLDEST, &["deliveries_expiry"]),
            (EXPIRE, &["deliveries_expiry (created_at<?)"]),
            (FORGET, &["events_age (created_at<?)", "deliveries_event (event_id=?)"]),
        ] {
            uses(&mut connection, sql, indexes).await;
        }
    }
}
