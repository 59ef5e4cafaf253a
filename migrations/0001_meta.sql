-- Facts about this database itself: the vault's check value, and whatever must exist once.
create table meta (
  name  text primary key not null,
  value text not null
);

-- Who is running against this database; a silent one has died, and its deliveries are set to rest.
create table instances (
  id      text   primary key not null,
  seen_at bigint not null
);
