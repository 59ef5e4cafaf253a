create table accounts (
  id            bigint primary key not null,
  name          text   not null,
  environment   text   not null,
  contact_name  text   not null,
  contact_email text   not null,
  created_at    bigint not null,
  updated_at    bigint not null
);
