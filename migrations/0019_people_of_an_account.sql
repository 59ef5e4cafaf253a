-- Who may sign in to an account is read with each snapshot of it.
create index memberships_account on memberships (account_id);
