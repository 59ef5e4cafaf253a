-- ops_email's addresses stood here in clear, beside the sealed configuration that holds them too: they are told from
-- that now, when somebody reads them. A new table, so that the old rows are gone from the file with the old one.
create table sealed_destinations (
  id              bigint  primary key not null,
  uuid            text    not null unique,
  account_id      bigint  not null references accounts (id) on delete cascade,
  kind            text    not null,
  name            text    not null,
  summary         text    not null,
  enabled         boolean not null,
  events          text    not null,
  scopes          text    not null,
  config          text    not null,
  redacted_config text    not null,
  created_at      bigint  not null,
  updated_at      bigint  not null
);
insert into sealed_destinations
  (id, uuid, account_id, kind, name, summary, enabled, events, scopes, config, redacted_config, created_at, updated_at)
  select id, uuid, account_id, kind, name, case when kind = 'ops_email' then '' else summary end, enabled, events,
         scopes, config, case when kind = 'ops_email' then '' else redacted_config end, created_at, updated_at
    from destinations;
drop table destinations;
alter table sealed_destinations rename to destinations;
create index destinations_account on destinations (account_id, id);

-- Addresses that somebody put on a list while confirmation is on; those that were there before need none. One that is
-- not confirmed gets nothing but the question. asked_at is null until the question is on its way.
create table confirmations (
  account_id   bigint not null references accounts (id) on delete cascade,
  address      text   not null,
  asked_at     bigint,
  confirmed_at bigint,
  primary key (account_id, address)
);
