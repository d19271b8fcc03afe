-- get --
-- What was called lately, and the database's time, which all workers share.
-- $1 bucket
SELECT b.rev, b.slot, b.counts, b.not_before, n.now
FROM (SELECT now() AS now) n LEFT JOIN provider_buckets b ON b.bucket = $1::text

-- make --
-- The bucket before its first call.
-- $1 bucket, $2 counts of nothing
INSERT INTO provider_buckets (bucket, rev, slot, counts, at) VALUES ($1::text, 0, 0, $2::bigint[], now())
ON CONFLICT (bucket) DO NOTHING

-- put --
-- The counts with one more call, unless somebody else changed them since: then no row comes back.
-- $1 bucket, $2 number of what was seen, $3 slot, $4 counts
UPDATE provider_buckets SET rev = rev + 1, slot = $3::bigint, counts = $4::bigint[], at = now()
WHERE bucket = $1::text AND rev = $2::bigint
RETURNING rev

-- silence --
-- The provider asked for silence for so long.
-- $1 bucket, $2 how long
UPDATE provider_buckets SET rev = rev + 1, not_before = greatest(not_before, now() + $2::interval), at = now()
WHERE bucket = $1::text

-- drop --
-- Buckets that nobody used since go.
-- $1 before
DELETE FROM provider_buckets WHERE at < $1::timestamptz
