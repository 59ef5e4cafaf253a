-- Set while a password was made for somebody: it has to be replaced at its first use, and ends then.
alter table users add column password_expires_at bigint;

-- Somebody is asked into an account. Of the link only the SHA-256 is kept: this table lets nobody in. One that was
-- withdrawn stays for a while, so that withdrawing does not make room for more mails.
create table invitations (
  id         text   primary key not null,
  account_id bigint not null references accounts (id) on delete cascade,
  email      text   not null,
  role       text   not null,
  hash       text   not null unique,
  invited_by text   not null,
  created_at bigint not null,
  expires_at bigint not null,
  withdrawn  boolean not null,
  unique (account_id, email)
);

-- A link that stands for a password, once. The latest is the only one.
create table sign_in_links (
  user_id    text   primary key not null references users (id) on delete cascade,
  hash       text   not null unique,
  expires_at bigint not null
);

-- secret and recovery_codes are sealed. A code of last_step or before it was used or is too old.
create table second_factors (
  user_id        text   primary key not null references users (id) on delete cascade,
  secret         text   not null,
  recovery_codes text   not null,
  last_step      bigint not null,
  created_at     bigint not null
);
