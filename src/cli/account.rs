//! `ringpost account add|list`.

use clap::{Args, Subcommand};
use serde::Serialize;

use crate::config::Config;
use crate::domain::account::{Account, Contact};
use crate::domain::values::EmailAddress;

use super::{CommandContext, Outcome, error_text, print_list};

#[derive(Subcommand)]
pub(super) enum AccountCommand {
    /// Add an account with its primary contact
    Add(AddAccount),
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
    #[arg(long, value_parser = super::user::not_empty)]
    name: String,
    /// The namespace that its events carry, like prod-acme
    #[arg(long, value_parser = super::user::not_empty)]
    environment: String,
    /// Who hears everything
    #[arg(long, value_parser = super::user::not_empty)]
    contact_name: String,
    /// Where the mails go
    #[arg(long)]
    contact_email: EmailAddress,
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
    pub(super) async fn run(self, config: &Config) -> Outcome {
        let context = CommandContext::open(config).await?;
        match self {
            Self::Add(add) => add.run(&context).await,
            Self::List { json } => list(&context, json).await,
        }
    }
}

impl AddAccount {
    async fn run(self, context: &CommandContext) -> Outcome {
        let id = self.id;
        let contact = Contact { name: self.contact_name, email: self.contact_email };
        let account = Account { id, name: self.name, environment: self.environment, contact };
        match context.db.create_account(account, context.clock.now_ms()).await {
            Ok(()) => println!("Account {id} added."),
            Err(error) if error.violates("accounts", "id") => {
                return Err(format!("there is an account {id} already: choose another --id"));
            }
            Err(error) => return Err(error_text(error)),
        }
        Ok(())
    }
}

async fn list(context: &CommandContext, json: bool) -> Outcome {
    let accounts = context.db.accounts().await.map_err(error_text)?;
    let lines: Vec<AccountLine> = accounts
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
