-- of_device --
-- All that one device has brought: record key, card, digest.
-- $1 owner, $2 kind, $3 device
SELECT source_key, card_id, digest, version, record
FROM card_sources WHERE owner_id = $1::text AND kind = $2::text AND device_id = $3::bytea

-- put --
-- Link records of a device to cards, with the digest of what came.
-- $1 owner, $2 kind, $3 device, $4 record keys, $5 cards, $6 digests, $7 versions, $8 records
INSERT INTO card_sources (owner_id, kind, device_id, source_key, card_id, digest, version, record)
SELECT $1::text, $2::text, $3::bytea, s.source_key, s.card_id, s.digest, s.version, s.record
FROM unnest($4::bytea[], $5::uuid[], $6::bytea[], $7::bigint[], $8::bytea[])
    AS s (source_key, card_id, digest, version, record)
ON CONFLICT (owner_id, kind, device_id, source_key)
DO UPDATE SET card_id = excluded.card_id, digest = excluded.digest, version = excluded.version, record = excluded.record

-- add --
-- As put, for records this device never brought: no conflict to look for.
-- $1 owner, $2 kind, $3 device, $4 record keys, $5 cards, $6 digests, $7 versions, $8 records
INSERT INTO card_sources (owner_id, kind, device_id, source_key, card_id, digest, version, record)
SELECT $1::text, $2::text, $3::bytea, s.source_key, s.card_id, s.digest, s.version, s.record
FROM unnest($4::bytea[], $5::uuid[], $6::bytea[], $7::bigint[], $8::bytea[])
    AS s (source_key, card_id, digest, version, record)

-- drop --
-- Unlink records of a device.
-- $1 owner, $2 kind, $3 device, $4 record keys
DELETE FROM card_sources
WHERE owner_id = $1::text AND kind = $2::text AND device_id = $3::bytea AND source_key = ANY($4::bytea[])

-- linked_elsewhere --
-- Which of these cards a record still links to, other than these records of this device.
-- $1 owner, $2 cards, $3 kind, $4 device, $5 record keys
SELECT DISTINCT card_id FROM card_sources
WHERE owner_id = $1::text AND card_id = ANY($2::uuid[])
    AND NOT (kind = $3::text AND device_id = $4::bytea AND source_key = ANY($5::bytea[]))

-- drop_all --
-- Forget where the owner's cards came from.
-- $1 owner
DELETE FROM card_sources WHERE owner_id = $1::text
