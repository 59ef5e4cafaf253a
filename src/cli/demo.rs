//! stub
use super::Outcome;
use crate::config::Config;
use clap::Args;
#[derive(Args)]
pub(super) struct Demo {}
impl Demo {
    pub(super) async fn run(self, _c: Config) -> Outcome {
        Ok(())
    }
}
