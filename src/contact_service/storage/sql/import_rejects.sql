-- add --
-- Keep what a page could not take.
-- $1 owner, $2 import, $3 numbers, $4 places, $5 lines, $6 codes, $7 reasons, $8 sealed, $9 now
INSERT INTO import_rejects (owner_id, import_id, n, place, line, code, reason, sealed, at)
SELECT $1::text, $2::uuid, r.n, r.place, r.line, r.code, r.reason, r.sealed, $9::timestamptz
FROM unnest($3::bigint[], $4::bigint[], $5::bigint[], $6::text[], $7::text[], $8::bytea[])
    AS r (n, place, line, code, reason, sealed)
ON CONFLICT (owner_id, import_id, n) DO NOTHING

-- page --
-- A run's rejects, in the order of the source.
-- $1 owner, $2 import, $3 after this number, $4 rows at most
SELECT n, place, line, code, reason, sealed FROM import_rejects
WHERE owner_id = $1::text AND import_id = $2::uuid AND n > $3::bigint
ORDER BY n LIMIT $4::bigint

-- drop --
-- Let go of all of them.
-- $1 owner, $2 import
DELETE FROM import_rejects WHERE owner_id = $1::text AND import_id = $2::uuid
