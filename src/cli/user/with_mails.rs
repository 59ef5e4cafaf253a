//! Commands that mail the person what was done, through the server's own settings.

use crate::access::{Caller, authorize_operator};
use crate::actions::App;
use crate::actions::people;
use crate::config::Config;
use crate::domain::clock::Clock;
use crate::domain::values::EmailAddress;
use crate::error::Result;
use crate::send::trust::Trust;

use super::{find, password_from_stdin, say};

/// Replaces a password, and prints the one that was made.
pub(super) async fn reset_password(config: Config, email: &EmailAddress, from_stdin: bool) -> Result<()> {
    let app = App::build(config, Clock::system(), Trust::system()).await?;
    let operator = authorize_operator(&Caller::CommandLine)?;
    let user = find(&app, &operator, email).await?;
    let chosen = if from_stdin { Some(password_from_stdin(email)?) } else { None };
    match people::reset_password(&app, &operator, &user, chosen).await? {
        Some(made) => say!("{}", made.expose())?,
        None => say!("{email} has a new password.")?,
    }
    app.mailed.end().await;
    Ok(())
}

/// Takes a second factor away.
pub(super) async fn reset_second_factor(config: Config, email: &EmailAddress) -> Result<()> {
    let app = App::build(config, Clock::system(), Trust::system()).await?;
    let operator = authorize_operator(&Caller::CommandLine)?;
    let user = find(&app, &operator, email).await?;
    people::reset_second_factor(&app, &operator, &user).await?;
    say!("{email} signs in without a second factor now.")?;
    app.mailed.end().await;
    Ok(())
}
