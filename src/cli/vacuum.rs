//! `ringpost vacuum`: a smaller file after a shorter retention.

use crate::actions::upkeep;
use crate::config::Config;
use crate::error::Result;

use super::{CommandContext, say};

pub(super) async fn run(config: &Config) -> Result<()> {
    let context = CommandContext::open(config, false).await?;
    let (before, after) = upkeep::vacuum(&context.records, &context.operator, config).await?;
    say!("{} KiB before, {} KiB now.", before / 1_024, after / 1_024)
}
