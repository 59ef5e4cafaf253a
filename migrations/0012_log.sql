-- Who had a delivery sent again: an address, or a token's name.
alter table deliveries add column resent_by text;
-- A delivery is sent again once. A resend that was decided against does not count: nothing has left.
create unique index deliveries_resend_of_once on deliveries (resend_of)
  where resend_of is not null and state <> 'skipped';
-- The sends of one event to one target: the first, and those that repeat it.
create index deliveries_chain on deliveries (first_id, id) where resend_of is not null;

-- The log is shown by event, newest first: each of its filters is an index that ends in the event, whose id is
-- ordered by time, so that a page reads what it shows and dates are bounds of ids.
create index deliveries_by_state on deliveries (account_id, state, event_id);
create index deliveries_by_channel on deliveries (account_id, channel, event_id) where channel <> 'email';
create index deliveries_by_destination on deliveries (account_id, destination_id, event_id)
  where destination_id is not null;
create index deliveries_in_files on deliveries (account_id, event_id) where reason = 'written_to_file';
create index deliveries_expired on deliveries (account_id, event_id) where reason = 'expired';
create index deliveries_resends on deliveries (account_id, event_id) where resend_of is not null;
create index deliveries_by_recipient on deliveries (account_id, lower(recipient), event_id);
create index events_by_key on events (account_id, event_key, id);
create index events_not_posted on events (account_id, triggered_by, id) where triggered_by <> 'event';
