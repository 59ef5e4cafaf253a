create table users (
  id              text    primary key not null,
  email           text    not null unique,
  name            text    not null,
  password_hash   text    not null,
  operator        boolean not null,
  disabled        boolean not null,
  last_sign_in_at bigint,
  created_at      bigint  not null
);

create table memberships (
  user_id    text   not null references users (id) on delete cascade,
  account_id bigint not null references accounts (id) on delete cascade,
  role       text   not null,
  primary key (user_id, account_id)
);

-- The id is the SHA-256 of the cookie's, the data is sealed: reading this table signs nobody in.
create table sessions (
  id         text   primary key not null,
  user_id    text   references users (id) on delete cascade,
  data       text   not null,
  address    text   not null,
  user_agent text   not null,
  created_at bigint not null,
  seen_at    bigint not null,
  expires_at bigint not null
);
create index sessions_user on sessions (user_id);

create table tokens (
  id           text   primary key not null,
  account_id   bigint references accounts (id) on delete cascade,
  role         text   not null,
  name         text   not null,
  hash         text   not null unique,
  prefix       text   not null,
  last4        text   not null,
  created_by   text   not null,
  created_at   bigint not null,
  last_used_at bigint,
  expires_at   bigint,
  revoked_at   bigint
);
create index tokens_account on tokens (account_id);
