-- config is sealed; shown is the same with every secret redacted, so that reading needs no key.
-- recipients are ops_email's addresses, one delivery each.
create table destinations (
  id         bigint  primary key not null,
  uuid       text    not null unique,
  account_id bigint  not null references accounts (id) on delete cascade,
  kind       text    not null,
  name       text    not null,
  summary    text    not null,
  enabled    boolean not null,
  events     text    not null,
  scopes     text    not null,
  recipients text    not null,
  config     text    not null,
  shown      text    not null,
  created_at bigint  not null,
  updated_at bigint  not null
);
create index destinations_account on destinations (account_id, id);
