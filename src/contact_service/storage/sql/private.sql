-- clock --
-- The directory's number now, and the number up to which the log of buckets is no longer held.
SELECT seq, private_floor FROM directory_clock WHERE id = 1

-- buckets --
-- What stands in these buckets: the first 8 bytes of each digest, in no order; none for an empty one.
-- $1 epoch, $2 first digests, $3 last digests
SELECT a.place, string_agg(substring(d.digest FROM 1 FOR 8), ''::bytea) AS heads
FROM unnest($2::bytea[], $3::bytea[]) WITH ORDINALITY AS a (lo, hi, place)
JOIN directory_private d ON d.epoch = $1::bigint AND d.digest BETWEEN a.lo AND a.hi
GROUP BY a.place

-- of_users --
-- The digests of these users.
-- $1 epoch, $2 users
SELECT user_id, digest FROM directory_private WHERE user_id = ANY($2::text[]) AND epoch = $1::bigint

-- log --
-- What came into these buckets and left them after a number of each.
-- $1 epoch, $2 buckets, $3 after seqs
SELECT l.bucket, l.seq, l.digest, l.user_id
FROM unnest($2::bigint[], $3::bigint[]) AS a (bucket, after)
JOIN directory_private_log l ON l.epoch = $1::bigint AND l.bucket = a.bucket AND l.seq > a.after

-- past --
-- The last number of the log before a moment. Numbers are what counts: moments of two writers may cross.
-- $1 before
SELECT seq FROM directory_private_log WHERE at < $1::timestamptz ORDER BY seq DESC LIMIT 1

-- raise_floor --
-- From now on the log is told to be held after this number only; before the rows go.
-- $1 seq
UPDATE directory_clock SET private_floor = $1::bigint WHERE id = 1 AND private_floor < $1::bigint

-- leap --
-- Numbers told before mean nothing from now on: the counter goes past them, and the log begins there.
-- $1 by how much
UPDATE directory_clock SET seq = seq + $1::bigint, private_floor = seq + $1::bigint WHERE id = 1

-- drop_log --
-- Some of the log's rows up to a number go.
-- $1 seq, $2 at most so many
DELETE FROM directory_private_log l USING (
    SELECT p.epoch, p.bucket, p.seq, p.digest FROM directory_private_log p
    WHERE p.seq <= $1::bigint ORDER BY p.seq LIMIT $2::bigint
) gone
WHERE l.epoch = gone.epoch AND l.bucket = gone.bucket AND l.seq = gone.seq AND l.digest = gone.digest
