-- put --
-- Keep pieces of a file; one that is kept already is the same.
-- $1 owner, $2 import, $3 numbers, $4 sealed, $5 now
INSERT INTO import_parts (owner_id, import_id, n, sealed, at)
SELECT $1::text, $2::uuid, p.n, p.sealed, $5::timestamptz
FROM unnest($3::bigint[], $4::bytea[]) AS p (n, sealed)
ON CONFLICT (owner_id, import_id, n) DO NOTHING

-- get --
-- One piece.
-- $1 owner, $2 import, $3 number
SELECT sealed FROM import_parts WHERE owner_id = $1::text AND import_id = $2::uuid AND n = $3::bigint

-- drop --
-- The file is read: it goes.
-- $1 owner, $2 import
DELETE FROM import_parts WHERE owner_id = $1::text AND import_id = $2::uuid

-- newest --
-- When the last piece came.
-- $1 owner, $2 import
SELECT max(at) FROM import_parts WHERE owner_id = $1::text AND import_id = $2::uuid
