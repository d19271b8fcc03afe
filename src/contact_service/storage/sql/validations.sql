-- get --
-- What was said of an identifier, where it is not too old.
-- $1 owner, $2 tag, $3 not before
SELECT sealed FROM validations WHERE owner_id = $1::text AND tag = $2::bytea AND at >= $3::timestamptz

-- put --
-- Keep what was said of an identifier.
-- $1 owner, $2 tag, $3 sealed, $4 at
INSERT INTO validations (owner_id, tag, sealed, at) VALUES ($1::text, $2::bytea, $3::bytea, $4::timestamptz)
ON CONFLICT (owner_id, tag) DO UPDATE SET sealed = excluded.sealed, at = excluded.at

-- forget --
-- What was said before a moment goes.
-- $1 owner, $2 before
DELETE FROM validations WHERE owner_id = $1::text AND at < $2::timestamptz

-- drop_all --
-- All that was said to this owner goes.
-- $1 owner
DELETE FROM validations WHERE owner_id = $1::text
