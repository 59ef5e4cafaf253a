//! `ringpost account add|list`.

use clap::{Args, Subcommand};
use serde::Serialize;

use crate::config::Config;
use crate::domain::account::{Account as DomainAccount, Contact};
use crate::domain::values::EmailAddress;

use super::{Desk, Outcome, print_list, told};

#[derive(Subcommand)]
pub(super) enum Account {
    /// Add an account with its primary contact
    Add(Add),
    /// List all accounts
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args)]
pub(super) struct Add {
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
struct Line {
    id: i64,
    name: String,
    environment: String,
    contact_name: String,
    contact_email: String,
}

impl Account {
    pub(super) async fn run(self, config: &Config) -> Outcome {
        let desk = Desk::open(config).await?;
        match self {
            Self::Add(add) => add.run(&desk).await,
            Self::List { json } => list(&desk, json).await,
        }
    }
}

impl Add {
    async fn run(self, desk: &Desk) -> Outcome {
        let id = self.id;
        let contact = Contact { name: self.contact_name, email: self.contact_email };
        let account = DomainAccount { id, name: self.name, environment: self.environment, contact };
        match desk.db.create_account(account, desk.clock.now_ms()).await {
            Ok(()) => println!("Account {id} added."),
            Err(error) if error.violates("accounts", "id") => {
                return Err(format!("there is an account {id} already: choose another --id"));
            }
            Err(error) => return Err(told(error)),
        }
        Ok(())
    }
}

async fn list(desk: &Desk, json: bool) -> Outcome {
    let accounts = desk.db.accounts().await.map_err(told)?;
    let lines: Vec<Line> = accounts
        .into_iter()
        .map(|account| Line {
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
