//! `ringpost user add|list|set-role|reset-password|disable`.

use std::io::Read;

use clap::{Args, Subcommand};
use serde::Serialize;

use crate::access::NewPassword;
use crate::actions::people::{self, PersonInput};
use crate::config::Config;
use crate::db::users::UserRecord;
use crate::domain::clock::from_ms;
use crate::domain::field_errors::FieldErrors;
use crate::domain::role::Role;
use crate::domain::text;
use crate::domain::values::{EmailAddress, Name};
use crate::error::{Error, Result};

use super::{CommandContext, or_missing, print_list};

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
    },
    /// Replace a person's password; their sessions end
    ResetPassword {
        /// Their address
        email: EmailAddress,
        /// Read the password from standard input
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// Keep a person out; their sessions end
    Disable {
        /// Their address
        email: EmailAddress,
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
struct UserLine {
    email: String,
    name: String,
    operator: bool,
    disabled: bool,
    accounts: Vec<Membership>,
    last_sign_in_at: Option<String>,
}

#[derive(Serialize)]
struct Membership {
    account_id: i64,
    role: String,
}

impl UserCommand {
    pub(super) async fn run(self, config: &Config) -> Result<()> {
        let context = CommandContext::open(config, matches!(self, Self::Add(_))).await?;
        match self {
            Self::Add(add) => add.run(&context).await,
            Self::List { json } => list(&context, json).await,
            Self::SetRole { email, account, role } => set_role(&context, &email, account, role).await,
            Self::ResetPassword { email, .. } => reset_password(&context, &email).await,
            Self::Disable { email } => disable(&context, &email).await,
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
        println!("{email} added.");
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

async fn set_role(context: &CommandContext, email: &EmailAddress, account: i64, role: Role) -> Result<()> {
    let user = find(context, email).await?;
    let permit = context.account(account).await?;
    people::set_role(&context.records, &permit, user.id, role).await?;
    println!("{email} is {role} in account {account}.");
    Ok(())
}

async fn reset_password(context: &CommandContext, email: &EmailAddress) -> Result<()> {
    let user = find(context, email).await?;
    let password = password_from_stdin(email)?;
    people::reset_password(&context.records, &context.operator, user.id, password).await?;
    println!("{email} has a new password.");
    Ok(())
}

async fn disable(context: &CommandContext, email: &EmailAddress) -> Result<()> {
    let user = find(context, email).await?;
    people::set_disabled(&context.records, &context.operator, user.id, true).await?;
    println!("{email} can no longer sign in.");
    Ok(())
}

async fn find(context: &CommandContext, email: &EmailAddress) -> Result<UserRecord> {
    let found = people::find(&context.records, &context.operator, email).await;
    found.map_err(or_missing(|| format!("nobody is called {email}: `ringpost user list` shows everybody")))
}

fn password_from_stdin(email: &EmailAddress) -> Result<NewPassword> {
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| Error::startup(format!("no password could be read: {error}")))?;
    // `echo` and text files end in a newline that nobody means as part of the password.
    let text = text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    NewPassword::parse(text.into(), email.as_str())
        .map_err(|why| FieldErrors::one_sentence("password", why.to_string()).into())
}
