//! `ringpost token create|list|revoke`.

use clap::{Args, Subcommand};
use secrecy::ExposeSecret;
use serde::Serialize;

use crate::access::NewToken;
use crate::config::Config;
use crate::db::tokens::TokenRecord;
use crate::domain::clock::from_ms;
use crate::domain::role::Role;
use crate::domain::text;

use super::{CommandContext, Outcome, error_text, print_list};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

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
    #[arg(long, value_parser = super::user::not_empty)]
    name: String,
    /// End it by itself after so many days
    #[arg(long, value_parser = clap::value_parser!(i64).range(1..=3650))]
    expires_in_days: Option<i64>,
}

#[derive(Args)]
pub(super) struct ListTokens {
    /// Only this account's; without it, those of all accounts
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
    pub(super) async fn run(self, config: &Config) -> Outcome {
        let context = CommandContext::open(config).await?;
        match self {
            Self::Create(create) => create.run(&context).await,
            Self::List(list) => list.run(&context).await,
            Self::Revoke { id } => revoke(&context, id).await,
        }
    }
}

impl CreateToken {
    async fn run(self, context: &CommandContext) -> Outcome {
        if let Some(id) = self.account
            && context.db.account(id).await.map_err(error_text)?.is_none()
        {
            return Err(format!("there is no account {id}: `ringpost account list` shows them"));
        }
        let (token, now) = (NewToken::generate(), context.clock.now_ms());
        let row = TokenRecord {
            id: context.clock.new_id().to_string(),
            account_id: self.account,
            role: self.role,
            name: self.name,
            hash: token.hash,
            prefix: token.prefix,
            last4: token.last4,
            created_by: "the command line".to_owned(),
            created_at: now,
            last_used_at: None,
            expires_at: self.expires_in_days.map(|days| now + days * DAY_MS),
            revoked_at: None,
        };
        context.db.create_token(row).await.map_err(error_text)?;
        println!("{}", token.text.expose_secret());
        Ok(())
    }
}

impl ListTokens {
    async fn run(self, context: &CommandContext) -> Outcome {
        let tokens = context.db.tokens(self.account).await.map_err(error_text)?;
        let time = |ms: i64| text::rfc3339(from_ms(ms));
        let lines: Vec<TokenLine> = tokens
            .into_iter()
            .map(|token| TokenLine {
                token: format!("{}…{}", token.prefix, token.last4),
                id: token.id,
                account_id: token.account_id,
                role: token.role.to_string(),
                name: token.name,
                created_at: time(token.created_at),
                last_used_at: token.last_used_at.map(time),
                expires_at: token.expires_at.map(time),
            })
            .collect();
        print_list(&lines, self.json, &["ID", "ROLE", "NAME", "TOKEN", "LAST USED"], |line| {
            let used = line.last_used_at.clone().unwrap_or_else(|| "never".to_owned());
            vec![line.id.clone(), line.role.clone(), line.name.clone(), line.token.clone(), used]
        })
    }
}

async fn revoke(context: &CommandContext, id: String) -> Outcome {
    if context.db.revoke_token(id.clone(), None, context.clock.now_ms()).await.map_err(error_text)? {
        println!("Token {id} revoked.");
        Ok(())
    } else {
        Err(format!("there is no live token {id}: `ringpost token list` shows them"))
    }
}
