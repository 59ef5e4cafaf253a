-- How a recovery's last sends to one receiver have ended: a receiver that fails is left out, and the others go on.
create index deliveries_of_recovery_receiver on deliveries (recovery, recipient, id) where recovery is not null;
