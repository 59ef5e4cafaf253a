-- Sending again everything that has failed, as somebody wanted it. The row is the work: whoever owns it goes on from
-- its cursor, whoever stops it says so here, and what became of it is counted from its deliveries.
create table recoveries (
  id             text   primary key not null,
  account_id     bigint not null references accounts (id) on delete cascade,
  status         text   not null,
  event_key      text,
  channel        text,
  destination_id bigint,
  above          text   not null,
  below          text   not null,
  total          bigint not null,
  started_by     text   not null,
  instance       text,
  last_event     text   not null,
  last_delivery  text   not null,
  stopped_by     text,
  stop_reason    text,
  created_at     bigint not null,
  finished_at    bigint
);
-- One at a time for each account.
create unique index recoveries_account_id_open on recoveries (account_id) where finished_at is null;
create index recoveries_log on recoveries (account_id, id);

-- The recovery that a resend belongs to.
alter table deliveries add column recovery text;
create index deliveries_of_recovery on deliveries (recovery, state, id) where recovery is not null;
