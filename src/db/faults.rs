//! What only a deliberate fault does to a row; see `dispatch::faults`.

use uuid::Uuid;

use crate::domain::delivery::State;

use super::{Db, DbResult, write};

/// A row that is put back waits for so long that this process does not take it up again, in milliseconds.
const LATER_MS: i64 = 10_000;

impl Db {
    /// Writes a state down, whatever the row says.
    pub(crate) async fn force_state(&self, id: Uuid, state: State) -> DbResult<()> {
        write!(self, tx => {
            sqlx::query("update deliveries set state = $2, due_at = due_at + $3 where id = $1")
                .bind(id.to_string())
                .bind(state)
                .bind(LATER_MS)
                .execute(tx)
                .await?;
            Ok(())
        })
    }
}
