-- add --
-- Refuse a user. No row comes back when the refusal stands already, so a repeat is not audited twice.
-- $1 owner, $2 user, $3 since
INSERT INTO blocks (owner_id, user_id, since) VALUES ($1::text, $2::text, $3::timestamptz)
ON CONFLICT (owner_id, user_id) DO NOTHING
RETURNING since

-- remove --
-- Take a refusal back. No row comes back when there was none.
-- $1 owner, $2 user
DELETE FROM blocks WHERE owner_id = $1::text AND user_id = $2::text RETURNING since

-- page --
-- The owner's refusals after $2, by user id.
-- $1 owner, $2 after, $3 limit
SELECT user_id, since FROM blocks WHERE owner_id = $1::text AND user_id > $2::text ORDER BY user_id LIMIT $3::bigint

-- mine --
-- Which of these users the owner refuses.
-- $1 owner, $2 users
SELECT user_id FROM blocks WHERE owner_id = $1::text AND user_id = ANY($2::text[])
