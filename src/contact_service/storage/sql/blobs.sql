-- held --
-- Which of these blobs the owner has, and how large their content is.
-- $1 owner, $2 blobs
SELECT blob, size FROM blobs WHERE owner_id = $1::text AND blob = ANY($2::bytea[])

-- get_many --
-- These blobs.
-- $1 owner, $2 blobs
SELECT blob, media, size, sealed FROM blobs WHERE owner_id = $1::text AND blob = ANY($2::bytea[])

-- put --
-- Keep blobs; one that is there already is the same content.
-- $1 owner, $2 blobs, $3 media types, $4 sizes, $5 sealed, $6 now
INSERT INTO blobs (owner_id, blob, media, size, sealed, at)
SELECT $1::text, b.blob, b.media, b.size, b.sealed, $6::timestamptz
FROM unnest($2::bytea[], $3::text[], $4::bigint[], $5::bytea[]) AS b (blob, media, size, sealed)
ON CONFLICT (owner_id, blob) DO NOTHING

-- drop_unused --
-- Blobs from before a moment that no card, former revision, refused body or source's record points to.
-- $1 owner, $2 before
DELETE FROM blobs WHERE owner_id = $1::text AND at < $2::timestamptz AND blob NOT IN (
    SELECT unnest(c.blobs) FROM cards AS c WHERE c.owner_id = $1::text AND c.blobs IS NOT NULL
    UNION ALL
    SELECT unnest(r.blobs) FROM revisions AS r WHERE r.owner_id = $1::text AND r.blobs IS NOT NULL
    UNION ALL
    SELECT unnest(f.blobs) FROM refused AS f WHERE f.owner_id = $1::text AND f.blobs IS NOT NULL
    UNION ALL
    SELECT unnest(s.blobs) FROM source_records AS s WHERE s.owner_id = $1::text AND s.blobs IS NOT NULL
    UNION ALL
    SELECT unnest(u.blobs) FROM import_undo AS u WHERE u.owner_id = $1::text AND u.blobs IS NOT NULL
)
