-- links --
-- All that one device has brought, as uploads see it.
-- $1 owner, $2 kind, $3 source
SELECT source_key, card_id, digest, version, record
FROM source_records WHERE owner_id = $1::text AND kind = $2::text AND source = $3::bytea

-- among --
-- These records of one source, each found by its key.
-- $1 owner, $2 kind, $3 source, $4 record keys
SELECT s.kind, s.source, s.source_key, s.card_id, s.digest, s.version, s.record, s.residue, s.blobs, s.etag, s.run,
    s.page, s.born, s.brought_at
FROM unnest($4::bytea[]) AS k (source_key)
JOIN source_records AS s ON s.source_key = k.source_key
WHERE s.owner_id = $1::text AND s.kind = $2::text AND s.source = $3::bytea

-- sources --
-- Which sources say something of these cards.
-- $1 owner, $2 cards
SELECT card_id, kind, source FROM source_records WHERE owner_id = $1::text AND card_id = ANY($2::uuid[])

-- of_cards --
-- All that sources say of these cards.
-- $1 owner, $2 cards
SELECT kind, source, source_key, card_id, digest, version, record, residue, blobs, etag, run, page, born, brought_at
FROM source_records WHERE owner_id = $1::text AND card_id = ANY($2::uuid[])

-- some --
-- Records of one source, by key, from the one after $4 on.
-- $1 owner, $2 kind, $3 source, $4 after, $5 rows at most
SELECT kind, source, source_key, card_id, digest, version, record, residue, blobs, etag, run, page, born, brought_at
FROM source_records
WHERE owner_id = $1::text AND kind = $2::text AND source = $3::bytea AND source_key > $4::bytea
ORDER BY source_key LIMIT $5::bigint

-- unseen --
-- Records of one source that a run did not see.
-- $1 owner, $2 kind, $3 source, $4 run
SELECT kind, source, source_key, card_id, digest, version, record, residue, blobs, etag, run, page, born, brought_at
FROM source_records
WHERE owner_id = $1::text AND kind = $2::text AND source = $3::bytea AND run <> $4::bigint

-- born --
-- Records of one source that a run brought.
-- $1 owner, $2 kind, $3 source, $4 run, $5 rows at most
SELECT kind, source, source_key, card_id, digest, version, record, residue, blobs, etag, run, page, born, brought_at
FROM source_records
WHERE owner_id = $1::text AND kind = $2::text AND source = $3::bytea AND born = $4::bigint
ORDER BY source_key LIMIT $5::bigint

-- count --
-- How many records a source has.
-- $1 owner, $2 kind, $3 source
SELECT count(*) FROM source_records WHERE owner_id = $1::text AND kind = $2::text AND source = $3::bytea

-- put --
-- Keep records of one source as they came; those that are there already were born when they were.
-- $1 owner, $2 kind, $3 source, $4 record keys, $5 cards, $6 digests, $7 versions, $8 records, $9 residues, $10 etags, $11 run, $12 page, $13 now
INSERT INTO source_records (
    owner_id, kind, source, source_key, card_id, digest, version, record, residue, etag, run, page, born, brought_at
)
SELECT $1::text, $2::text, $3::bytea, s.source_key, s.card_id, s.digest, s.version, s.record, s.residue, s.etag,
    $11::bigint, $12::bigint, $11::bigint, $13::timestamptz
FROM unnest($4::bytea[], $5::uuid[], $6::bytea[], $7::bigint[], $8::bytea[], $9::bytea[], $10::text[])
    AS s (source_key, card_id, digest, version, record, residue, etag)
ON CONFLICT (owner_id, kind, source, source_key) DO UPDATE SET
    card_id = excluded.card_id, digest = excluded.digest, version = excluded.version, record = excluded.record,
    residue = excluded.residue, blobs = NULL, etag = excluded.etag, run = excluded.run, page = excluded.page,
    brought_at = excluded.brought_at

-- add --
-- As put, for records this source never brought that say what their cards do: nothing to look for, nothing beside.
-- $1 owner, $2 kind, $3 source, $4 record keys, $5 cards, $6 digests, $7 versions, $8 run, $9 page, $10 now
INSERT INTO source_records (
    owner_id, kind, source, source_key, card_id, digest, version, run, page, born, brought_at
)
SELECT $1::text, $2::text, $3::bytea, s.source_key, s.card_id, s.digest, s.version, $8::bigint, $9::bigint, $8::bigint,
    $10::timestamptz
FROM unnest($4::bytea[], $5::uuid[], $6::bytea[], $7::bigint[]) AS s (source_key, card_id, digest, version)

-- restore --
-- Put rows back as they were, of whatever sources.
-- $1 owner, $2 kinds, $3 sources, $4 record keys, $5 cards, $6 digests, $7 versions, $8 records, $9 residues, $10 etags, $11 runs, $12 pages, $13 born, $14 brought at
INSERT INTO source_records (
    owner_id, kind, source, source_key, card_id, digest, version, record, residue, etag, run, page, born, brought_at
)
SELECT $1::text, s.kind, s.source, s.source_key, s.card_id, s.digest, s.version, s.record, s.residue, s.etag, s.run,
    s.page, s.born, s.brought_at
FROM unnest(
    $2::text[], $3::bytea[], $4::bytea[], $5::uuid[], $6::bytea[], $7::bigint[], $8::bytea[], $9::bytea[], $10::text[],
    $11::bigint[], $12::bigint[], $13::bigint[], $14::timestamptz[]
) AS s (
    kind, source, source_key, card_id, digest, version, record, residue, etag, run, page, born, brought_at
)
ON CONFLICT (owner_id, kind, source, source_key) DO UPDATE SET
    card_id = excluded.card_id, digest = excluded.digest, version = excluded.version, record = excluded.record,
    residue = excluded.residue, blobs = NULL, etag = excluded.etag, run = excluded.run, page = excluded.page, born = excluded.born,
    brought_at = excluded.brought_at

-- see --
-- A run saw these records as they are.
-- $1 owner, $2 kind, $3 source, $4 record keys, $5 run, $6 page
UPDATE source_records SET run = $5::bigint, page = $6::bigint
FROM unnest($4::bytea[]) AS k (source_key)
WHERE source_records.owner_id = $1::text AND source_records.kind = $2::text AND source_records.source = $3::bytea
    AND source_records.source_key = k.source_key

-- reborn --
-- Records that a later run brought anew were brought by an earlier one.
-- $1 owner, $2 kind, $3 source, $4 record keys, $5 later runs, $6 earlier runs
UPDATE source_records SET born = k.earlier
FROM unnest($4::bytea[], $5::bigint[], $6::bigint[]) AS k (source_key, later, earlier)
WHERE source_records.owner_id = $1::text AND source_records.kind = $2::text AND source_records.source = $3::bytea
    AND source_records.source_key = k.source_key AND source_records.born = k.later

-- drop --
-- Forget records.
-- $1 owner, $2 kinds, $3 sources, $4 record keys
DELETE FROM source_records USING unnest($2::text[], $3::bytea[], $4::bytea[]) AS s (kind, source, source_key)
WHERE source_records.owner_id = $1::text AND source_records.kind = s.kind AND source_records.source = s.source
    AND source_records.source_key = s.source_key

-- point --
-- Note which blobs a record points to.
-- $1 owner, $2 kind, $3 source, $4 record key, $5 blobs
UPDATE source_records SET blobs = $5::bytea[]
WHERE owner_id = $1::text AND kind = $2::text AND source = $3::bytea AND source_key = $4::bytea

-- drop_all --
-- Forget what any source said, and what the owner says beyond them.
-- $1 owner
DELETE FROM source_records WHERE owner_id = $1::text

-- sourced --
-- Which live cards that a person edited a source says something of.
-- $1 owner
SELECT c.card_id FROM cards AS c
WHERE c.owner_id = $1::text AND c.deleted_at IS NULL AND c.by_hand AND EXISTS (
    SELECT FROM source_records AS s WHERE s.owner_id = $1::text AND s.card_id = c.card_id
)
