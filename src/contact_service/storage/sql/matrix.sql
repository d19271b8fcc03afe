-- session --
-- Whose an access token is, while it lives.
-- $1 token's keyed hash, $2 now
SELECT owner_id, mxid FROM matrix_tokens WHERE token = $1::bytea AND expires_at > $2::timestamptz

-- add_session --
-- Keep a new access token.
-- $1 keyed hash, $2 owner, $3 Matrix id, $4 now, $5 until
INSERT INTO matrix_tokens (token, owner_id, mxid, at, expires_at)
VALUES ($1::bytea, $2::text, $3::text, $4::timestamptz, $5::timestamptz)

-- trim_sessions --
-- An owner's oldest access tokens go.
-- $1 owner, $2 how many stay
DELETE FROM matrix_tokens WHERE owner_id = $1::text AND token NOT IN (
    SELECT token FROM matrix_tokens WHERE owner_id = $1::text ORDER BY at DESC, token LIMIT $2::bigint
)

-- drop_session --
-- An access token goes.
-- $1 keyed hash
DELETE FROM matrix_tokens WHERE token = $1::bytea

-- drop_expired --
-- Access tokens past their time go.
-- $1 now, $2 rows at most
DELETE FROM matrix_tokens WHERE token IN (
    SELECT token FROM matrix_tokens WHERE expires_at <= $1::timestamptz LIMIT $2::bigint
)

-- paid --
-- Whether a whole set of addresses was paid for in this epoch.
-- $1 owner, $2 epoch, $3 MAC of the set
SELECT true FROM matrix_sets WHERE owner_id = $1::text AND epoch = $2::bigint AND mac = $3::bytea

-- add_set --
-- A whole set of addresses is paid for, and the owner's oldest go: those that stand are what was there before it.
-- $1 owner, $2 epoch, $3 MAC of the set, $4 now, $5 how many stay beside it
WITH added AS (
    INSERT INTO matrix_sets (owner_id, epoch, mac, at) VALUES ($1::text, $2::bigint, $3::bytea, $4::timestamptz)
    ON CONFLICT (owner_id, epoch, mac) DO NOTHING
)
DELETE FROM matrix_sets WHERE owner_id = $1::text AND (epoch, mac) NOT IN (
    SELECT epoch, mac FROM matrix_sets WHERE owner_id = $1::text ORDER BY at DESC, mac LIMIT $5::bigint
)

-- drop_sets --
-- All of an owner's sets go.
-- $1 owner
DELETE FROM matrix_sets WHERE owner_id = $1::text
