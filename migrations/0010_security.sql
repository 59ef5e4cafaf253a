-- The security log. It knows accounts and people by what they were called then, so that it outlives them.
create table audit (
  id         text   primary key not null,
  at         bigint not null,
  actor      text   not null,
  address    text   not null,
  action     text   not null,
  account_id bigint,
  object     text   not null,
  result     text   not null,
  detail     text   not null
);
create index audit_at on audit (at);

-- Who has been guessing: the key is an HMAC of an address, a person or a device, so that the table tells nobody which.
-- Kept here because several instances may share the database.
create table attempts (
  key        text   primary key not null,
  failures   bigint not null,
  begun_at   bigint not null,
  until_at   bigint not null,
  busy_until bigint not null
);
create index attempts_until on attempts (until_at);
