-- What happened. Tests and ad-hoc notifications are kept here too: their payload is what was sent.
create table events (
  id           text   primary key not null,
  account_id   bigint not null references accounts (id) on delete cascade,
  event_key    text   not null,
  triggered_by text   not null,
  payload      text   not null,
  nonce        text,
  created_at   bigint not null,
  unique (account_id, nonce)
);
create index events_account on events (account_id, id);
create index events_age on events (created_at);

-- A key stays taken for 24 hours; "same body" is the same JSON value, told by its hash.
create table idempotency_keys (
  account_id bigint not null references accounts (id) on delete cascade,
  key        text   not null,
  body_hash  text   not null,
  event_id   text   not null,
  deliveries bigint not null,
  created_at bigint not null,
  primary key (account_id, key)
);
create index idempotency_keys_age on idempotency_keys (created_at);

-- Outbox and log in one: a row is written before anything is sent, and says how it ended.
-- sealed_target is the unsaved URL or configuration of a test; request_body is null where the payload itself was sent.
create table deliveries (
  id             text   primary key not null,
  account_id     bigint not null references accounts (id) on delete cascade,
  event_id       text   not null references events (id) on delete cascade,
  event_key      text   not null,
  channel        text   not null,
  triggered_by   text   not null,
  target         text   not null,
  destination_id bigint,
  recipient      text   not null,
  lane           text   not null,
  state          text   not null,
  reason         text,
  status         bigint,
  detail         text   not null,
  attempt        bigint not null,
  instance       text,
  sealed_target     text,
  resend_of      text,
  first_id       text   not null,
  due_at         bigint not null,
  created_at     bigint not null,
  sent_at        bigint,
  finished_at    bigint,
  took_ms        bigint,
  request_head   text,
  request_body   text,
  response_head  text,
  response_body  text
);
create index deliveries_log on deliveries (account_id, id);
create index deliveries_event on deliveries (event_id);
create index deliveries_pending on deliveries (lane, due_at, id) where state = 'pending';
create index deliveries_sending on deliveries (instance) where state = 'sending';
create index deliveries_destination on deliveries (destination_id, id) where destination_id is not null;
