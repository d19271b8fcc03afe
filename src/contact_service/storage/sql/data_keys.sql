-- add --
-- Keep an owner's wrapped data key. No row comes back when that generation stands already.
-- $1 owner, $2 generation, $3 wrapped, $4 now
INSERT INTO vault.data_keys (owner_id, gen, wrapped, state, created_at)
VALUES ($1::text, $2::bigint, $3::bytea, 'live', $4::timestamptz)
ON CONFLICT (owner_id, gen) DO NOTHING
RETURNING gen

-- get --
-- One wrapped data key.
-- $1 owner, $2 generation
SELECT wrapped FROM vault.data_keys WHERE owner_id = $1::text AND gen = $2::bigint

-- of_users --
-- The live wrapped keys of registered users, to open the profiles that the gate lets through. Crosses owners: only here.
-- $1 owners
SELECT owner_id, gen, wrapped FROM vault.data_keys
WHERE owner_id = ANY($1::text[]) AND state = 'live'

-- add_many --
-- First keys of users whom the app registers; a key that stands stays.
-- $1 owners, $2 wrapped, $3 now
INSERT INTO vault.data_keys (owner_id, gen, wrapped, state, created_at)
SELECT k.owner_id, 1, k.wrapped, 'live', $3::timestamptz
FROM unnest($1::text[], $2::bytea[]) AS k (owner_id, wrapped)
ON CONFLICT (owner_id, gen) DO NOTHING
