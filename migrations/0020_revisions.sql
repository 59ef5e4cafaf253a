-- Counts the saves of an account's settings, so that a save knows whether another has come before it.
alter table notification_settings add column revision bigint not null default 0;

-- A form that somebody sent after the session had ended, for when they have signed in again: one for each browser,
-- which the cookie tells that says who signed in with it before. Its fields are sealed.
create table kept_forms (
  device     text   primary key not null,
  user_id    text   not null references users (id) on delete cascade,
  path       text   not null,
  fields     text   not null,
  created_at bigint not null
);
create index kept_forms_age on kept_forms (created_at);
