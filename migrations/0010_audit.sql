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
