//! `ringpost key rotate|forget-old`.

use clap::Subcommand;

use crate::actions::keys;
use crate::config::Config;
use crate::error::{Error, Result};

use super::{CommandContext, say};

#[derive(Subcommand)]
pub(super) enum KeyCommand {
    /// Make a new key and seal every secret with it; one that is cut short goes on when it is run again
    ///
    /// No server may run meanwhile. The old keys stay in the file until `key forget-old`: links in mails that were
    /// sent before (List-Unsubscribe) are signed with them.
    Rotate,
    /// Take the old keys out of the key file, once nothing is sealed with them
    ForgetOld,
}

impl KeyCommand {
    pub(super) async fn run(self, config: &Config) -> Result<()> {
        let context = CommandContext::open(config, false).await?;
        match self {
            Self::Rotate => {
                let done = keys::rotate(&context.records, &context.operator, config).await?;
                let what = if done.went_on {
                    "went on with a rotation that was cut short"
                } else {
                    "made a new key"
                };
                say!("{what}: {} values are sealed with {} now.", done.resealed, done.key)?;
                if !done.unreadable.is_empty() {
                    let list: Vec<String> =
                        done.unreadable.iter().map(|(column, count)| format!("{count} × {column}")).collect();
                    let list = list.join(", ");
                    return Err(Error::startup(format!(
                        "none of the keys opens these, which were left as they are: {list}; enter them again"
                    )));
                }
                say!("Back up the key file. `ringpost key forget-old` takes the old keys out of it.")?;
            }
            Self::ForgetOld => {
                let count = keys::forget_old(&context.records, &context.operator, config).await?;
                say!("{count} old keys are gone from {}.", config.secret_key_file().display())?;
            }
        }
        Ok(())
    }
}
