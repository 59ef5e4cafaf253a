-- Whether somebody has shown that the address which they sign in with is theirs: with a link that was mailed there, or
-- to an operator, who vouches for them. Until then they are known to the account whose shown link made them, and to no
-- other. Of those who are here already nobody knows.
alter table users add column proven boolean not null default false;
alter table users add column known_to bigint;
update users set proven = true where operator;

-- Whether the link went to the mailbox alone. One that was shown, too, shows nothing of who opens it; those that wait
-- already were.
alter table invitations add column mailed boolean not null default false;
