-- How a target is doing: what has ended of it, by how it ended, newest last. One look finds the last that arrived and
-- the last that did not, however many lie between them.
create index deliveries_by_target on deliveries (account_id, target, destination_id, state, id)
  where target in ('shared_webhook', 'destination') and state in ('delivered', 'failed', 'unknown');

-- When the address was changed that a target is reached at; null for one that never was. What was sent before says
-- nothing of it.
alter table notification_settings add column webhook_changed_at bigint;
alter table destinations add column config_changed_at bigint;

-- Whether the primary contact is mailed while a webhook fails, and when that last happened.
alter table accounts add column failure_mails boolean not null default true;
alter table accounts add column failure_mailed_at bigint;
