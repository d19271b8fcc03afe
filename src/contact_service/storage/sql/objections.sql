-- add --
-- Keep an objection. No row comes back when it stands already.
-- $1 tag, $2 now
INSERT INTO objections (tag, at) VALUES ($1::bytea, $2::timestamptz)
ON CONFLICT (tag) DO NOTHING
RETURNING at

-- remove --
-- Lift an objection. No row comes back when there was none.
-- $1 tag
DELETE FROM objections WHERE tag = $1::bytea RETURNING at

-- among --
-- Which of these tags stand as objections.
-- $1 tags
SELECT tag FROM objections WHERE tag = ANY($1::bytea[])
