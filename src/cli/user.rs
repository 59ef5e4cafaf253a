//! `ringpost user …`: people, from a shell.

mod with_mails;

use std::io::Read;

use clap::{Args, Subcommand};
use secrecy::ExposeSecret as _;
use serde::Serialize;

use crate::access::{NewPassword, OperatorPermit};
use crate::actions::Records;
use crate::actions::people::{self, PersonInput};
use crate::config::Config;
use crate::db::users::UserRecord;
use crate::domain::clock::from_ms;
use crate::domain::field_errors::FieldErrors;
use crate::domain::role::Role;
use crate::domain::text;
use crate::domain::trouble::trouble;
use crate::domain::values::{EmailAddress, Name};
use crate::error::{Error, Result};

use super::{CommandContext, or_missing, print_list, say};

#[derive(Subcommand)]
pub(super) enum UserCommand {
    /// Add a person
    Add(AddUser),
    /// List everybody
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Give a person a role in an account
    SetRole {
        /// Their address
        email: EmailAddress,
        /// The account
        #[arg(long)]
        account: i64,
        /// viewer, editor or admin
        #[arg(long, value_parser = Role::of_people)]
        role: Role,
        /// Keep the API tokens of somebody who is no admin any more; without it, they end
        #[arg(long)]
        keep_tokens: bool,
    },
    /// Replace a person's password; their sessions end
    ///
    /// Prints a password that is good for one sign-in within three days. One that is read from standard input is
    /// theirs to keep.
    ResetPassword {
        /// Their address
        email: EmailAddress,
        /// Read the password from standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// Print a link that stands for a person's password once, within 15 minutes
    SignInLink {
        /// Their address
        email: EmailAddress,
    },
    /// Take a person's second factor away, for who has lost it; their sessions end
    #[command(name = "reset-2fa")]
    ResetSecondFactor {
        /// Their address
        email: EmailAddress,
    },
    /// Keep a person out; their sessions and API tokens end
    Disable {
        /// Their address
        email: EmailAddress,
    },
    /// Let a person in again
    Enable {
        /// Their address
        email: EmailAddress,
    },
    /// Take a person out of an account, or away altogether
    Remove {
        /// Their address
        email: EmailAddress,
        /// The account; without it, the person is removed from all of them and from here
        #[arg(long)]
        account: Option<i64>,
        /// Keep the API tokens that they made; without it, they end
        #[arg(long)]
        keep_tokens: bool,
    },
}

#[derive(Args)]
pub(super) struct AddUser {
    /// What they sign in with
    email: EmailAddress,
    /// How they are called
    #[arg(long)]
    name: Name,
    /// The account that they belong to
    #[arg(long, requires = "role", required_unless_present = "operator")]
    account: Option<i64>,
    /// viewer, editor or admin
    #[arg(long, requires = "account", value_parser = Role::of_people)]
    role: Option<Role>,
    /// Make them an admin of every account, who also creates accounts
    #[arg(long)]
    operator: bool,
    /// Read the password from standard input
    #[arg(long, required = true)]
    password_stdin: bool,
}

#[derive(Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is printed on its own")]
struct UserLine {
    email: String,
    name: String,
    operator: bool,
    disabled: bool,
    second_factor: bool,
    address_proven: bool,
    accounts: Vec<Membership>,
    last_sign_in_at: Option<String>,
}

#[derive(Serialize)]
struct Membership {
    account_id: i64,
    role: String,
}

impl UserCommand {
    pub(super) async fn run(self, config: Config) -> Result<()> {
        // These mail the person, as a page would.
        let command = match self {
            Self::ResetPassword { email, password_stdin } => {
                return with_mails::reset_password(config, &email, password_stdin).await;
            }
            Self::ResetSecondFactor { email } => {
                return with_mails::reset_second_factor(config, &email).await;
            }
            other => other,
        };
        let context = CommandContext::open(&config, matches!(command, Self::Add(_))).await?;
        match command {
            Self::Add(add) => add.run(&context).await,
            Self::List { json } => list(&context, json).await,
            Self::SetRole { email, account, role, keep_tokens } => {
                set_role(&context, &email, account, role, keep_tokens).await
            }
            Self::SignInLink { email } => sign_in_link(&context, &config, &email).await,
            Self::Disable { email } => set_disabled(&context, &email, true).await,
            Self::Enable { email } => set_disabled(&context, &email, false).await,
            Self::Remove { email, account, keep_tokens } => {
                remove(&context, &email, account, keep_tokens).await
            }
            Self::ResetPassword { .. } | Self::ResetSecondFactor { .. } => Ok(()),
        }
    }
}

impl AddUser {
    async fn run(self, context: &CommandContext) -> Result<()> {
        let account = match self.account {
            Some(id) => Some(context.account(id).await?),
            None => None,
        };
        let password = password_from_stdin(&self.email)?;
        let email = self.email.folded();
        let person = PersonInput { name: self.name, email: self.email };
        let (records, operator) = (&context.records, &context.operator);
        people::add(records, operator, person, password, self.operator, account.as_ref().zip(self.role))
            .await?;
        say!("{email} added.")?;
        Ok(())
    }
}

async fn list(context: &CommandContext, json: bool) -> Result<()> {
    let everybody = people::list_of_all_accounts(&context.records, &context.operator).await?;
    let lines: Vec<UserLine> = everybody
        .into_iter()
        .map(|(user, memberships)| UserLine {
            email: user.email,
            name: user.name,
            operator: user.operator,
            disabled: user.disabled,
            second_factor: user.has_second_factor,
            address_proven: user.proven,
            accounts: memberships
                .into_iter()
                .map(|(account_id, role)| Membership { account_id, role: role.to_string() })
                .collect(),
            last_sign_in_at: user.last_sign_in_at.map(|ms| text::rfc3339(from_ms(ms))),
        })
        .collect();
    print_list(&lines, json, &["EMAIL", "NAME", "ROLES", "STATUS"], |line| {
        let mut roles: Vec<String> = line
            .accounts
            .iter()
            .map(|membership| format!("{} in {}", membership.role, membership.account_id))
            .collect();
        if line.operator {
            roles.insert(0, "operator".to_owned());
        }
        let status = if line.disabled { "disabled" } else { "active" };
        vec![line.email.clone(), line.name.clone(), roles.join(", "), status.to_owned()]
    })
}

async fn set_role(
    context: &CommandContext,
    email: &EmailAddress,
    account: i64,
    role: Role,
    keep_tokens: bool,
) -> Result<()> {
    let user = find(&context.records, &context.operator, email).await?;
    let permit = context.account(account).await?;
    people::set_role(&context.records, &permit, user, role, keep_tokens).await?;
    say!("{email} is {role} in account {account}.")
}

async fn sign_in_link(context: &CommandContext, config: &Config, email: &EmailAddress) -> Result<()> {
    let (records, operator) = (&context.records, &context.operator);
    let user = find(records, operator, email).await?;
    let link = people::make_sign_in_link(records, operator, &user, &config.public_url()).await?;
    say!("{}", link.expose_secret())
}

async fn set_disabled(context: &CommandContext, email: &EmailAddress, disabled: bool) -> Result<()> {
    let user = find(&context.records, &context.operator, email).await?;
    people::set_disabled(&context.records, &context.operator, &user, disabled).await?;
    say!("{email} can {}.", if disabled { "no longer sign in" } else { "sign in again" })
}

async fn remove(
    context: &CommandContext,
    email: &EmailAddress,
    account: Option<i64>,
    keep_tokens: bool,
) -> Result<()> {
    let (records, operator) = (&context.records, &context.operator);
    let user = find(records, operator, email).await?;
    match account {
        Some(account) => {
            let permit = context.account(account).await?;
            let member = people::member(records, &permit, &user.id).await;
            let member = member.map_err(or_missing(|| format!("{email} is not in account {account}")))?;
            people::remove(records, &permit, member, keep_tokens).await?;
            say!("{email} is no longer in account {account}.")?;
        }
        None => {
            people::delete(records, operator, &user, keep_tokens).await?;
            say!("{email} is removed.")?;
        }
    }
    Ok(())
}

async fn find(records: &Records, operator: &OperatorPermit, email: &EmailAddress) -> Result<UserRecord> {
    let found = people::find(records, operator, email).await;
    found.map_err(or_missing(|| format!("nobody is called {email}: `ringpost user list` shows everybody")))
}

fn password_from_stdin(email: &EmailAddress) -> Result<NewPassword> {
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| Error::startup(format!("no password could be read: {}", trouble(&error))))?;
    // `echo` and text files end in a newline that nobody means as part of the password.
    let text = text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    NewPassword::parse(text.into(), email.as_str())
        .map_err(|why| FieldErrors::one_sentence("password", why.to_string()).into())
}
