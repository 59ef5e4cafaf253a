-- Every change of an account's settings. What may be seen of it is in clear; what a revert writes back, where that is
-- a secret, is sealed.
create table history (
  id            text    primary key not null,
  account_id    bigint  not null references accounts (id) on delete cascade,
  at            bigint  not null,
  actor         text    not null,
  via           text    not null,
  address       text    not null,
  setting       text    not null,
  object        text    not null,
  title         text    not null,
  before_shown  text    not null,
  after_shown   text    not null,
  sealed_before text,
  revertible    boolean not null
);
create index history_account on history (account_id, id);
create index history_at on history (at);
