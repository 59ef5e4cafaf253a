//! `ringpost account add|list|set-contact`.

use clap::{Args, Subcommand};
use serde::Serialize;

use crate::actions::accounts::{self, AccountInput};
use crate::config::Config;
use crate::domain::values::{EmailAddress, Name};
use crate::error::Result;

use super::{CommandContext, print_list, say};

#[derive(Subcommand)]
pub(super) enum AccountCommand {
    /// Add an account with its primary contact
    Add(AddAccount),
    /// Change who hears everything; what is left out stays
    SetContact(SetContact),
    /// List all accounts
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args)]
pub(super) struct AddAccount {
    /// The platform's number for the account, the payload's `account_id`
    #[arg(long, value_parser = clap::value_parser!(i64).range(1..))]
    id: i64,
    /// Its name
    #[arg(long)]
    name: Name,
    /// The namespace that its events carry, like prod-acme
    #[arg(long)]
    environment: Name,
    /// Who hears everything
    #[arg(long)]
    contact_name: Name,
    /// Where the mails go
    #[arg(long)]
    contact_email: EmailAddress,
}

#[derive(Args)]
pub(super) struct SetContact {
    /// The platform's number for the account
    #[arg(long)]
    id: i64,
    /// Who hears everything
    #[arg(long, required_unless_present = "contact_email")]
    contact_name: Option<Name>,
    /// Where the mails go
    #[arg(long)]
    contact_email: Option<EmailAddress>,
}

#[derive(Serialize)]
struct AccountLine {
    id: i64,
    name: String,
    environment: String,
    contact_name: String,
    contact_email: String,
}

impl AccountCommand {
    pub(super) async fn run(self, config: &Config) -> Result<()> {
        let context = CommandContext::open(config, matches!(self, Self::Add(_))).await?;
        match self {
            Self::Add(add) => add.run(&context).await,
            Self::SetContact(set) => set.run(&context).await,
            Self::List { json } => list(&context, json).await,
        }
    }
}

impl AddAccount {
    async fn run(self, context: &CommandContext) -> Result<()> {
        let Self { id, name, environment, contact_name, contact_email } = self;
        let input = AccountInput { name, environment, contact_name, contact_email, failure_mails: None };
        accounts::create(&context.records, &context.operator, id, input).await?;
        say!("Account {id} added.")?;
        Ok(())
    }
}

impl SetContact {
    async fn run(self, context: &CommandContext) -> Result<()> {
        let permit = context.account(self.id).await?;
        let (records, name, email) = (&context.records, self.contact_name, self.contact_email);
        let contact = accounts::set_contact(records, &permit, name, email).await?;
        say!("{} <{}> is the primary contact of account {}.", contact.name, contact.email, self.id)?;
        Ok(())
    }
}

async fn list(context: &CommandContext, json: bool) -> Result<()> {
    let lines: Vec<AccountLine> = accounts::list(&context.records, &context.operator.caller)
        .await?
        .into_iter()
        .map(|account| AccountLine {
            id: account.id,
            name: account.name,
            environment: account.environment,
            contact_name: account.contact.name,
            contact_email: account.contact.email.to_string(),
        })
        .collect();
    print_list(&lines, json, &["ID", "NAME", "ENVIRONMENT", "PRIMARY CONTACT"], |line| {
        let contact = format!("{} <{}>", line.contact_name, line.contact_email);
        vec![line.id.to_string(), line.name.clone(), line.environment.clone(), contact]
    })
}
