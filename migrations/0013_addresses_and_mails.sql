-- Whether somebody has shown that the address which they sign in with is theirs: with a link that was mailed there, or
-- to an operator, who vouches for them. Until then they are known to the account whose shown link made them, and to no
-- other. Of those who are here already nobody knows.
alter table users add column proven boolean not null default false;
alter table users add column known_to bigint;
update users set proven = true where operator;

-- Whether the link went to the mailbox alone. One that was shown, too, shows nothing of who opens it; those that wait
-- already were.
alter table invitations add column mailed boolean not null default false;

-- Mails to people about their own way in, until the mail server has taken them: sealed, for they hold links. Whoever
-- tries one moves due_at first, so that nobody else does.
create table person_mails (
  id         text   primary key not null,
  content    text   not null,
  tries      bigint not null,
  created_at bigint not null,
  due_at     bigint not null
);
create index person_mails_due on person_mails (due_at);
