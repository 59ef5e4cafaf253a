-- When each stage of an attempt was over, in microseconds from its begin; null for one that was not reached.
alter table deliveries add column resolve_us bigint;
alter table deliveries add column policy_us bigint;
alter table deliveries add column connect_us bigint;
alter table deliveries add column tls_us bigint;
alter table deliveries add column sent_us bigint;
alter table deliveries add column first_byte_us bigint;
alter table deliveries add column done_us bigint;
-- When the receiver's certificate ends, in Unix milliseconds.
alter table deliveries add column certificate_until bigint;

-- A row that waits has an owner, who sends it from memory, or none, and then whoever comes first claims it.
drop index deliveries_pending;
create index deliveries_unowned on deliveries (due_at, id) where state = 'pending' and instance is null;
create index deliveries_owned on deliveries (instance, account_id, lane, id)
  where state = 'pending' and instance is not null;
create index deliveries_expiry on deliveries (created_at) where state = 'pending' and channel <> 'email';
