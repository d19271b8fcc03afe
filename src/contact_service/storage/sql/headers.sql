-- take --
-- Take $1 numbers of the feed; the row stays locked, so commit order = number order. With 0: only read it.
-- $1 how many
UPDATE directory_feed SET seq = seq + $1::bigint WHERE id = 1 RETURNING seq

-- feed --
-- The last number, and up to which removals are forgotten.
SELECT seq, floor FROM directory_feed WHERE id = 1

-- get_many --
-- What is known of these users beside their registrations; of those who are gone too.
-- $1 users
SELECT user_id, seq, told, suggestible, read, removed_at FROM directory_headers WHERE user_id = ANY($1::text[])

-- changed --
-- These users changed, or came: their places in the order, from the number after $2 on.
-- $1 users, $2 the number before
INSERT INTO directory_headers (user_id, seq)
SELECT u.user_id, $2::bigint + u.place FROM unnest($1::text[]) WITH ORDINALITY AS u (user_id, place)
ON CONFLICT (user_id) DO UPDATE SET seq = excluded.seq, removed_at = NULL

-- told --
-- What whoever told of these users said beside the registration; what was not said stays. A full read's number only rises.
-- $1 users, $2 versions, $3 suggestible, $4 number of the full read
UPDATE directory_headers AS h SET
    told = coalesce(u.told, h.told), suggestible = coalesce(u.suggestible, h.suggestible), read = greatest(h.read, $4::bigint)
FROM unnest($1::text[], $2::bigint[], $3::boolean[]) AS u (user_id, told, suggestible)
WHERE h.user_id = u.user_id

-- removed --
-- These users are gone: their rows stay for a while, and tell so. Nothing else of them is kept.
-- $1 users, $2 versions, $3 the number before, $4 now
INSERT INTO directory_headers (user_id, seq, told, removed_at)
SELECT u.user_id, $3::bigint + u.place, u.told, $4::timestamptz
FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS u (user_id, told, place)
ON CONFLICT (user_id) DO UPDATE SET
    seq = excluded.seq, told = excluded.told, suggestible = NULL, read = 0, removed_at = excluded.removed_at

-- page --
-- What changed after a number, in that order.
-- $1 after it, $2 rows at most
SELECT user_id, seq, told, suggestible, read, removed_at FROM directory_headers
WHERE seq > $1::bigint ORDER BY seq LIMIT $2::bigint

-- unmet --
-- Users whom earlier full reads met and this one did not.
-- $1 number of this one, $2 rows at most
SELECT user_id, seq, told, suggestible, read, removed_at FROM directory_headers
WHERE read > 0 AND read < $1::bigint AND removed_at IS NULL ORDER BY read, user_id LIMIT $2::bigint

-- met --
-- How many users an earlier full read met and this one did not, and how many any of them met.
-- $1 number of this one
SELECT count(*) FILTER (WHERE read < $1::bigint) AS unmet, count(*) AS all_of_them
FROM directory_headers WHERE read > 0 AND removed_at IS NULL

-- forget --
-- Removals from before a moment are told no longer; up to which number, where there were any.
-- $1 before
WITH gone AS (DELETE FROM directory_headers WHERE removed_at < $1::timestamptz RETURNING seq)
UPDATE directory_feed SET floor = greatest(floor, (SELECT max(seq) FROM gone))
WHERE id = 1 AND EXISTS (SELECT FROM gone)
RETURNING (SELECT count(*) FROM gone)

-- leap --
-- After a restore from a backup: all versions rise beyond any that was ever told.
UPDATE directory_headers SET seq = seq + 4294967296

-- leap_feed --
-- And with them the counter; tokens from before are forgotten.
UPDATE directory_feed SET seq = seq + 4294967296, floor = seq + 4294967296 WHERE id = 1

-- state --
-- How far the Header Store is read.
SELECT origin, token, phase, reading, fresh_at, tried_at FROM header_store WHERE id = 1

-- state_locked --
-- The same; whoever reads it so is the only one until commit.
UPDATE header_store SET reading = reading WHERE id = 1
RETURNING origin, token, phase, reading, fresh_at, tried_at

-- begin --
-- The same, noting that it is read now; no row where it was read a moment ago.
-- $1 now, $2 not tried since
UPDATE header_store SET tried_at = $1::timestamptz WHERE id = 1 AND (tried_at IS NULL OR tried_at <= $2::timestamptz)
RETURNING origin, token, phase, reading, fresh_at, tried_at

-- put_state --
-- $1 origin, $2 token, $3 phase, $4 reading, $5 fresh at, $6 tried at
UPDATE header_store SET origin = $1::bytea, token = $2::text, phase = $3::text, reading = $4::bigint,
    fresh_at = $5::timestamptz, tried_at = $6::timestamptz
WHERE id = 1
