-- forget --
-- The queue's own log of jobs that ended long ago goes.
-- $1 before
DELETE FROM pgqueuer.pgqueuer_log WHERE created < $1::timestamptz

-- held --
-- How many jobs were given up after their last try and wait for the operator.
SELECT count(*) FROM pgqueuer.pgqueuer WHERE status = 'failed'
