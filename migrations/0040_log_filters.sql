-- The indexes that lead through the log hold what the other filters ask for too: two filters together read no row that
-- does not fit both.
drop index deliveries_by_state;
create index deliveries_by_state
  on deliveries (account_id, state, event_id, reason, channel, event_key, destination_id, triggered_by);
drop index deliveries_by_channel;
create index deliveries_by_channel on deliveries (account_id, channel, event_id, event_key, triggered_by)
  where channel <> 'email';
drop index deliveries_by_destination;
create index deliveries_by_destination
  on deliveries (account_id, destination_id, event_id, event_key, channel, triggered_by)
  where destination_id is not null;
-- Whether an event has a mail, and its deliveries in their order.
drop index deliveries_event;
create index deliveries_event on deliveries (event_id, id, channel);
drop index events_by_key;
create index events_by_key on events (account_id, event_key, id, triggered_by);
