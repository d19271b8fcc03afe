-- keep --
-- Copy records as they are, before a run changes or removes them; the first copy of a run stands.
-- $1 owner, $2 run, $3 kind, $4 source, $5 record keys, $6 now
INSERT INTO import_undo (
    owner_id, kind, source, source_key, number, card_id, digest, version, record, residue, blobs, etag, run, page, born,
    brought_at, at
)
SELECT $1::text, s.kind, s.source, s.source_key, $2::bigint, s.card_id, s.digest, s.version, s.record, s.residue, s.blobs,
    s.etag, s.run, s.page, s.born, s.brought_at, $6::timestamptz
FROM unnest($5::bytea[]) AS k (source_key)
JOIN source_records AS s ON s.source_key = k.source_key
WHERE s.owner_id = $1::text AND s.kind = $3::text AND s.source = $4::bytea AND s.born <> $2::bigint
ON CONFLICT (owner_id, kind, source, source_key, number) DO NOTHING

-- of_run --
-- What records of sources were before a run, by key.
-- $1 owner, $2 run, $3 rows at most
SELECT kind, source, source_key, card_id, digest, version, record, residue, blobs, etag, run, page, born, brought_at, gone
FROM import_undo WHERE owner_id = $1::text AND number = $2::bigint AND kind <> 'own'
ORDER BY kind, source, source_key LIMIT $3::bigint

-- owns --
-- What the owner said beside those records.
-- $1 owner, $2 run, $3 record keys
SELECT kind, source, source_key, card_id, digest, version, record, residue, blobs, etag, run, page, born, brought_at, gone
FROM import_undo
WHERE owner_id = $1::text AND number = $2::bigint AND kind = 'own' AND source_key = ANY($3::bytea[])

-- after --
-- What later runs did to these records: their numbers, and which run had brought what they found.
-- $1 owner, $2 run, $3 kind, $4 source, $5 record keys
SELECT u.source_key, u.number, u.born
FROM unnest($5::bytea[]) AS k (source_key)
JOIN import_undo AS u ON u.source_key = k.source_key
WHERE u.owner_id = $1::text AND u.kind = $3::text AND u.source = $4::bytea AND u.number > $2::bigint

-- lift --
-- What records were before a run that is undone, they were before a later one that brought them anew.
-- $1 owner, $2 run, $3 kinds, $4 sources, $5 record keys, $6 later runs
UPDATE import_undo SET number = k.number
FROM unnest($3::text[], $4::bytea[], $5::bytea[], $6::bigint[]) AS k (kind, source, source_key, number)
WHERE import_undo.owner_id = $1::text AND import_undo.number = $2::bigint AND import_undo.kind = k.kind
    AND import_undo.source = k.source AND import_undo.source_key = k.source_key AND NOT EXISTS (
        SELECT FROM import_undo AS o
        WHERE o.owner_id = $1::text AND o.kind = k.kind AND o.source = k.source AND o.source_key = k.source_key
            AND o.number = k.number
    )

-- reborn --
-- As copies have it: records that a later run brought anew were brought by an earlier one.
-- $1 owner, $2 kind, $3 source, $4 record keys, $5 later runs, $6 earlier runs
UPDATE import_undo SET born = k.earlier
FROM unnest($4::bytea[], $5::bigint[], $6::bigint[]) AS k (source_key, later, earlier)
WHERE import_undo.owner_id = $1::text AND import_undo.kind = $2::text AND import_undo.source = $3::bytea
    AND import_undo.source_key = k.source_key AND import_undo.born = k.later

-- bury --
-- At which numbers a run buried the cards of records that it removed.
-- $1 owner, $2 run, $3 cards, $4 numbers
UPDATE import_undo SET gone = b.version
FROM unnest($3::uuid[], $4::bigint[]) AS b (card_id, version)
WHERE import_undo.owner_id = $1::text AND import_undo.number = $2::bigint AND import_undo.card_id = b.card_id

-- hand_on --
-- What these records were before a run that is undone, is what they were before the next run that touched them.
-- $1 owner, $2 run, $3 kind, $4 source, $5 record keys
UPDATE import_undo AS u SET
    card_id = o.card_id, digest = o.digest, version = o.version, record = o.record, residue = o.residue, blobs = o.blobs, etag = o.etag,
    run = o.run, page = o.page, born = o.born, brought_at = o.brought_at
FROM import_undo AS o
WHERE u.owner_id = $1::text AND o.owner_id = $1::text AND o.number = $2::bigint AND u.kind = $3::text
    AND u.source = $4::bytea AND u.source_key = ANY($5::bytea[]) AND o.kind = u.kind AND o.source = u.source
    AND o.source_key = u.source_key AND u.number = (
        SELECT min(n.number) FROM import_undo AS n
        WHERE n.owner_id = $1::text AND n.kind = u.kind AND n.source = u.source AND n.source_key = u.source_key
            AND n.number > $2::bigint
    )

-- later --
-- Whether a run of a source that came later changed or removed anything.
-- $1 owner, $2 run, $3 kind, $4 source
SELECT EXISTS (
    SELECT FROM import_undo
    WHERE owner_id = $1::text AND kind = $3::text AND source = $4::bytea AND number > $2::bigint
)

-- unmake --
-- Records that a run brought were not there before the later runs that touched them: the run is undone.
-- $1 owner, $2 run, $3 kind, $4 source
UPDATE import_undo SET
    card_id = NULL, digest = NULL, version = NULL, record = NULL, residue = NULL, blobs = NULL, etag = NULL, run = NULL, page = NULL,
    born = NULL, brought_at = NULL
WHERE owner_id = $1::text AND kind = $3::text AND source = $4::bytea AND number > $2::bigint AND born = $2::bigint

-- adopt --
-- Records that a run brought and later ones changed: the first of those has brought them.
-- $1 owner, $2 run, $3 kind, $4 source
UPDATE source_records AS s SET born = (
    SELECT min(n.number) FROM import_undo AS n
    WHERE n.owner_id = $1::text AND n.kind = s.kind AND n.source = s.source AND n.source_key = s.source_key
        AND n.number > $2::bigint
)
WHERE s.owner_id = $1::text AND s.kind = $3::text AND s.source = $4::bytea AND s.born = $2::bigint AND EXISTS (
    SELECT FROM import_undo AS n
    WHERE n.owner_id = $1::text AND n.kind = s.kind AND n.source = s.source AND n.source_key = s.source_key
        AND n.number > $2::bigint
)

-- drop --
-- Forget what these records were before a run.
-- $1 owner, $2 run, $3 kinds, $4 sources, $5 record keys
DELETE FROM import_undo USING unnest($3::text[], $4::bytea[], $5::bytea[]) AS s (kind, source, source_key)
WHERE import_undo.owner_id = $1::text AND import_undo.number = $2::bigint AND import_undo.kind = s.kind
    AND import_undo.source = s.source AND import_undo.source_key = s.source_key

-- drop_source --
-- Forget what records of one source were before runs: it is unlinked.
-- $1 owner, $2 kind, $3 source
DELETE FROM import_undo WHERE owner_id = $1::text AND kind = $2::text AND source = $3::bytea

-- drop_all --
-- Forget what any record ever was.
-- $1 owner
DELETE FROM import_undo WHERE owner_id = $1::text
