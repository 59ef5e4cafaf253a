//! `ringpost token create|list|revoke`.

use clap::{Args, Subcommand};
use secrecy::ExposeSecret;
use serde::Serialize;

use crate::actions::tokens::{self, TokenInput, TokenLifetime};
use crate::config::Config;
use crate::db::tokens::TokenRecord;
use crate::domain::clock::from_ms;
use crate::domain::role::Role;
use crate::domain::text;
use crate::domain::values::Name;
use crate::error::Result;

use super::{CommandContext, or_missing, print_list, say};

#[derive(Subcommand)]
pub(super) enum TokenCommand {
    /// Make a token and print it, alone, on standard output
    Create(CreateToken),
    /// List tokens; their text is never shown again
    List(ListTokens),
    /// End a token at once
    Revoke {
        /// The token's id, from `token list`
        id: String,
    },
}

#[derive(Args)]
pub(super) struct CreateToken {
    /// The account that it may act in
    #[arg(long, required_unless_present = "all_accounts")]
    account: Option<i64>,
    /// It may act in every account
    #[arg(long, conflicts_with = "account")]
    all_accounts: bool,
    /// What it may do: ingest, viewer, editor or admin
    #[arg(long)]
    role: Role,
    /// What it is for
    #[arg(long)]
    name: Name,
    /// End it by itself after so many days, at most 3650
    #[arg(long, value_name = "DAYS")]
    expires_in_days: Option<TokenLifetime>,
}

#[derive(Args)]
pub(super) struct ListTokens {
    /// Only this account's; without it, every token
    #[arg(long)]
    account: Option<i64>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct TokenLine {
    id: String,
    account_id: Option<i64>,
    role: String,
    name: String,
    token: String,
    created_at: String,
    last_used_at: Option<String>,
    expires_at: Option<String>,
}

impl TokenCommand {
    pub(super) async fn run(self, config: &Config) -> Result<()> {
        let context = CommandContext::open(config, matches!(self, Self::Create(_))).await?;
        match self {
            Self::Create(create) => create.run(&context).await,
            Self::List(list) => list.run(&context).await,
            Self::Revoke { id } => revoke(&context, id).await,
        }
    }
}

impl CreateToken {
    async fn run(self, context: &CommandContext) -> Result<()> {
        let Self { account, role, name, expires_in_days: lifetime, .. } = self;
        let input = TokenInput { name, role, lifetime };
        let token = match account {
            Some(id) => tokens::create(&context.records, &context.account(id).await?, input).await?,
            None => tokens::create_for_all_accounts(&context.records, &context.operator, input).await?,
        };
        say!("{}", token.expose_secret())?;
        Ok(())
    }
}

impl ListTokens {
    async fn run(self, context: &CommandContext) -> Result<()> {
        let found = match self.account {
            Some(id) => tokens::list(&context.records, &context.account(id).await?).await?,
            None => tokens::list_of_all_accounts(&context.records, &context.operator).await?,
        };
        let lines: Vec<TokenLine> = found.into_iter().map(TokenLine::of).collect();
        print_list(&lines, self.json, &["ID", "ACCOUNT", "ROLE", "NAME", "TOKEN", "LAST USED"], |line| {
            let account = line.account_id.map_or_else(|| "all".to_owned(), |id| id.to_string());
            let used = line.last_used_at.clone().unwrap_or_else(|| "never".to_owned());
            let TokenLine { id, role, name, token, .. } = line;
            vec![id.clone(), account, role.clone(), name.clone(), token.clone(), used]
        })
    }
}

impl TokenLine {
    fn of(token: TokenRecord) -> Self {
        let time = |ms: i64| text::rfc3339(from_ms(ms));
        Self {
            token: format!("{}…{}", token.prefix, token.last4),
            id: token.id,
            account_id: token.account_id,
            role: token.role.to_string(),
            name: token.name,
            created_at: time(token.created_at),
            last_used_at: token.last_used_at.map(time),
            expires_at: token.expires_at.map(time),
        }
    }
}

async fn revoke(context: &CommandContext, id: String) -> Result<()> {
    let missing = format!("there is no live token {id}: `ringpost token list` shows them");
    tokens::revoke_of_any_account(&context.records, &context.operator, id.clone())
        .await
        .map_err(or_missing(|| missing))?;
    say!("Token {id} revoked.")
}
