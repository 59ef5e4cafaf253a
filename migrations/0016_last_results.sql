-- The last event of each type, for its line on the settings page; the log is filtered by it too.
create index if not exists events_by_key on events (account_id, event_key, id);
