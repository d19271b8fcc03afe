-- add --
-- A link that is begun.
-- $1 owner, $2 id, $3 sealed, $4 end
INSERT INTO oauth_states (owner_id, state_id, sealed, expires_at)
VALUES ($1::text, $2::uuid, $3::bytea, $4::timestamptz)

-- drop_ended --
-- Those whose time is over go, and the oldest beyond $3.
-- $1 owner, $2 now, $3 how many stay
DELETE FROM oauth_states WHERE owner_id = $1::text AND (
    expires_at <= $2::timestamptz
    OR state_id IN (
        SELECT s.state_id FROM oauth_states s WHERE s.owner_id = $1::text
        ORDER BY s.state_id
        LIMIT greatest((SELECT count(*) FROM oauth_states c WHERE c.owner_id = $1::text) - $3::bigint, 0)
    )
)

-- lock --
-- One, held until commit.
-- $1 owner, $2 id
SELECT sealed, code, expires_at FROM oauth_states WHERE owner_id = $1::text AND state_id = $2::uuid FOR UPDATE

-- put_code --
-- The code came and waits for the app.
-- $1 owner, $2 id, $3 sealed, $4 sealed code
UPDATE oauth_states SET sealed = $3::bytea, code = $4::bytea WHERE owner_id = $1::text AND state_id = $2::uuid

-- remove --
-- It was used.
-- $1 owner, $2 id
DELETE FROM oauth_states WHERE owner_id = $1::text AND state_id = $2::uuid

-- ended --
-- Owners of links whose time is over, by key range. Walks oauth_states.
-- $1 after this owner, $2 now, $3 rows at most
SELECT DISTINCT owner_id FROM oauth_states
WHERE owner_id > $1::text AND expires_at <= $2::timestamptz ORDER BY owner_id LIMIT $3::bigint
