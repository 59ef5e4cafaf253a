-- webhook_url is sealed; authority and label are the parts that may be seen.
create table notification_settings (
  account_id        bigint primary key not null references accounts (id) on delete cascade,
  webhook_url       text,
  webhook_authority text,
  webhook_label     text,
  updated_at        bigint not null
);

create table event_settings (
  account_id   bigint  not null references accounts (id) on delete cascade,
  event_key    text    not null,
  send_webhook boolean not null,
  subscribers  text    not null,
  primary key (account_id, event_key)
);

create table unsubscribes (
  account_id bigint not null references accounts (id) on delete cascade,
  address    text   not null,
  created_at bigint not null,
  primary key (account_id, address)
);
