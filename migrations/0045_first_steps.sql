-- When the list of first steps has left an account's pages: somebody hid it, or all was done. What a step looks for may
-- be forgotten with the log, and the list does not come back for it.
alter table accounts add column first_steps_left_at bigint;

-- Who has received an event needs no list any more.
update accounts set first_steps_left_at = updated_at
 where exists (select 1 from events e where e.account_id = accounts.id and e.triggered_by = 'event');
