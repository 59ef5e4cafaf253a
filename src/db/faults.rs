//! What only a deliberate fault does to a row; see `dispatch::faults`.

use uuid::Uuid;

use crate::domain::delivery::State;

use super::{Db, DbResult, write};

impl Db {
    /// Writes a state down, whatever the row says.
    pub(crate) async fn force_state(&self, id: Uuid, state: State) -> DbResult<()> {
        write!(self, tx => {
            sqlx::query("update deliveries set state = $2 where id = $1")
                .bind(id.to_string())
                .bind(state)
                .execute(tx)
                .await?;
            Ok(())
        })
    }
}
