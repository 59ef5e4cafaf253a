//! `ringpost user add|list|set-role|reset-password|disable`.

use std::io::Read;

use clap::{Args, Subcommand};
use secrecy::SecretString;
use serde::Serialize;

use crate::access::Passwords;
use crate::config::Config;
use crate::db::users::{Change, NewUser, UserRecord};
use crate::domain::clock::from_ms;
use crate::domain::field_errors::InvalidValue;
use crate::domain::role::Role;
use crate::domain::text;
use crate::domain::values::EmailAddress;

use super::{CommandContext, Outcome, error_text, print_list};

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
        #[arg(long, value_parser = role_of_people)]
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
    #[arg(long, value_parser = not_empty)]
    name: String,
    /// The account that they belong to
    #[arg(long, requires = "role", required_unless_present = "operator")]
    account: Option<i64>,
    /// viewer, editor or admin
    #[arg(long, requires = "account", value_parser = role_of_people)]
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
    pub(super) async fn run(self, config: &Config) -> Outcome {
        let context = CommandContext::open(config).await?;
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
    async fn run(self, context: &CommandContext) -> Outcome {
        if let Some(id) = self.account {
            account_exists(context, id).await?;
        }
        let email = self.email.folded();
        let password_hash = hash_from_stdin(&email).await?;
        let user = NewUser {
            id: context.clock.new_id().to_string(),
            email: email.clone(),
            name: self.name,
            password_hash,
            operator: self.operator,
        };
        let membership = self.account.zip(self.role);
        match context.db.create_user(user, membership, context.clock.now_ms()).await {
            Ok(()) => println!("{email} added."),
            Err(error) if error.violates("users", "email") => {
                return Err(format!("{email} is here already: `ringpost user set-role` gives them a role"));
            }
            Err(error) => return Err(error_text(error)),
        }
        Ok(())
    }
}

async fn list(context: &CommandContext, json: bool) -> Outcome {
    let mut lines = Vec::new();
    for user in context.db.users().await.map_err(error_text)? {
        let memberships = context.db.memberships(&user.id).await.map_err(error_text)?;
        lines.push(UserLine {
            email: user.email,
            name: user.name,
            operator: user.operator,
            disabled: user.disabled,
            accounts: memberships
                .into_iter()
                .map(|(account_id, role)| Membership { account_id, role: role.to_string() })
                .collect(),
            last_sign_in_at: user.last_sign_in_at.map(|ms| text::rfc3339(from_ms(ms))),
        });
    }
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

async fn set_role(context: &CommandContext, email: &EmailAddress, account: i64, role: Role) -> Outcome {
    let user = find(context, email).await?;
    account_exists(context, account).await?;
    done(context.db.set_role(user.id, account, role).await.map_err(error_text)?, email)?;
    println!("{email} is {role} in account {account}.");
    Ok(())
}

async fn reset_password(context: &CommandContext, email: &EmailAddress) -> Outcome {
    let user = find(context, email).await?;
    let hash = hash_from_stdin(&user.email).await?;
    context.db.set_password(user.id, hash).await.map_err(error_text)?;
    println!("{email} has a new password.");
    Ok(())
}

async fn disable(context: &CommandContext, email: &EmailAddress) -> Outcome {
    let user = find(context, email).await?;
    done(context.db.set_disabled(user.id, true).await.map_err(error_text)?, email)?;
    println!("{email} can no longer sign in.");
    Ok(())
}

async fn find(context: &CommandContext, email: &EmailAddress) -> Result<UserRecord, String> {
    let user = context.db.user_by_email(&email.folded()).await.map_err(error_text)?;
    user.ok_or_else(|| format!("nobody is called {email}: `ringpost user list` shows everybody"))
}

async fn account_exists(context: &CommandContext, id: i64) -> Outcome {
    let account = context.db.account(id).await.map_err(error_text)?;
    account.map(drop).ok_or_else(|| format!("there is no account {id}: `ringpost account list` shows them"))
}

fn done(change: Change, email: &EmailAddress) -> Outcome {
    match change {
        Change::Done => Ok(()),
        Change::LastAdmin => {
            Err(format!("{email} is the last admin of an account: make somebody else admin first"))
        }
        Change::Missing => Err(format!("{email} is not there any more")),
    }
}

async fn hash_from_stdin(email: &str) -> Result<String, String> {
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| format!("no password could be read: {error}"))?;
    // `echo` and text files end in a newline that nobody means as part of the password.
    let text = text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    let password = SecretString::from(text);
    if let Some(fault) = Passwords::fault(&password, email) {
        return Err(fault.to_owned());
    }
    Passwords::new().map_err(error_text)?.hash(password).await.map_err(error_text)
}

/// Something other than spaces, for names.
pub(super) fn not_empty(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("write something".to_owned()),
        trimmed => Ok(trimmed.to_owned()),
    }
}

fn role_of_people(text: &str) -> Result<Role, String> {
    let role: Role = text.parse().map_err(|why: InvalidValue| why.to_string())?;
    if Role::OF_PEOPLE.contains(&role) {
        Ok(role)
    } else {
        Err("only tokens have the ingest role".to_owned())
    }
}
