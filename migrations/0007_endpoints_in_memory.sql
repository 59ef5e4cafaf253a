-- A test of values that are not saved hands them over in memory: nothing of them is written down any more.
alter table deliveries drop column sealed_target;
-- The configuration with every secret redacted, called what it is.
alter table destinations rename column shown to redacted_config;
