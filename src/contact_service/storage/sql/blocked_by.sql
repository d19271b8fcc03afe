-- put --
-- Note that a user refuses this owner, or no longer does; what a later number told stays.
-- $1 owner, $2 the one who blocks, $3 whether they do, $4 directory clock
INSERT INTO blocked_by (owner_id, user_id, blocked, seq)
VALUES ($1::text, $2::text, $3::boolean, $4::bigint)
ON CONFLICT (owner_id, user_id) DO UPDATE SET blocked = excluded.blocked, seq = excluded.seq
WHERE blocked_by.seq < excluded.seq

-- of --
-- Whoever ever blocked this owner.
-- $1 owner
SELECT user_id, blocked, seq FROM blocked_by WHERE owner_id = $1::text ORDER BY user_id
