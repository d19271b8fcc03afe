-- known --
-- Which of these are there from this source.
-- $1 owner, $2 source, $3 edge keys
SELECT provider, kind, edge_key FROM social_edges
WHERE owner_id = $1::text AND source = $2::bytea AND edge_key = ANY ($3::bytea[])

-- held --
-- How many rows the owner has.
-- $1 owner
SELECT count(*) FROM social_edges WHERE owner_id = $1::text

-- paid --
-- Which of these people were charged for, whatever told of them.
-- $1 owner, $2 edge keys
SELECT DISTINCT edge_key FROM social_edges WHERE owner_id = $1::text AND paid AND edge_key = ANY ($2::bytea[])

-- put --
-- What a source says now; a row that was there keeps the run that brought it, and whether it was charged for.
-- $1 owner, $2 source, $3 providers, $4 kinds, $5 edge keys, $6 sealed names, $7 sealed ids, $8 paid, $9 via, $10 now,
-- $11 run
INSERT INTO social_edges (
    owner_id, provider, kind, edge_key, source, sealed, sealed_id, paid, via, seen_at, run, born
)
SELECT $1::text, e.provider, e.kind, e.edge_key, $2::bytea, e.sealed, e.sealed_id, e.paid, $9::text, $10::timestamptz,
    $11::bigint, $11::bigint
FROM unnest($3::text[], $4::text[], $5::bytea[], $6::bytea[], $7::bytea[], $8::boolean[])
    AS e (provider, kind, edge_key, sealed, sealed_id, paid)
ON CONFLICT (owner_id, provider, kind, edge_key, source)
DO UPDATE SET
    sealed = excluded.sealed, sealed_id = excluded.sealed_id, via = excluded.via, seen_at = excluded.seen_at,
    run = excluded.run

-- sweep --
-- What a run that read all of a source did not see goes.
-- $1 owner, $2 source, $3 run
DELETE FROM social_edges WHERE owner_id = $1::text AND source = $2::bytea AND run <> $3::bigint RETURNING edge_key

-- born --
-- What a run brought goes.
-- $1 owner, $2 source, $3 run
DELETE FROM social_edges WHERE owner_id = $1::text AND source = $2::bytea AND born = $3::bigint RETURNING edge_key

-- drop --
-- What a source told goes.
-- $1 owner, $2 source
DELETE FROM social_edges WHERE owner_id = $1::text AND source = $2::bytea RETURNING edge_key

-- drop_all --
-- All of the owner's go.
-- $1 owner
DELETE FROM social_edges WHERE owner_id = $1::text RETURNING edge_key

-- counts --
-- How many different people, by provider and kind; and how many of them have an id and were not charged for.
-- $1 owner
SELECT provider, kind, count(DISTINCT edge_key) AS people,
    count(DISTINCT edge_key) FILTER (WHERE sealed_id IS NOT NULL AND NOT paid) AS deferred
FROM social_edges WHERE owner_id = $1::text GROUP BY provider, kind ORDER BY provider, kind

-- page --
-- People beyond a place in the order of the key, each once, as seen last; of one provider or kind, where one is named.
-- $1 owner, $2 provider or '', $3 kind or '', $4 $5 $6 provider, kind and edge key of the last, $7 rows at most
SELECT DISTINCT ON (provider, kind, edge_key) provider, kind, edge_key, sealed, via, seen_at FROM social_edges
WHERE owner_id = $1::text AND (provider = $2::text OR $2::text = '') AND (kind = $3::text OR $3::text = '')
AND (provider, kind, edge_key) > ($4::text, $5::text, $6::bytea)
ORDER BY provider, kind, edge_key, seen_at DESC, source LIMIT $7::bigint

-- owed --
-- How many people with ids were not charged for.
-- $1 owner, $2 providers
SELECT count(DISTINCT edge_key) FROM social_edges
WHERE owner_id = $1::text AND provider = ANY ($2::text[]) AND sealed_id IS NOT NULL AND NOT paid

-- pay --
-- The first of them are charged for.
-- $1 owner, $2 providers, $3 how many
UPDATE social_edges SET paid = true WHERE owner_id = $1::text AND edge_key IN (
    SELECT DISTINCT edge_key FROM social_edges
    WHERE owner_id = $1::text AND provider = ANY ($2::text[]) AND sealed_id IS NOT NULL AND NOT paid
    ORDER BY edge_key LIMIT $3::bigint
)

-- unpay --
-- Nobody was charged for.
-- $1 owner
UPDATE social_edges SET paid = false WHERE owner_id = $1::text AND paid

-- asked --
-- As `page`, of people who were charged for, each with an id: those whom the directory may be asked about.
-- $1 owner, $2 providers, $3 kind or '', $4 $5 $6 provider, kind and edge key of the last, $7 rows at most
SELECT DISTINCT ON (provider, kind, edge_key) provider, kind, edge_key, sealed, via, seen_at, sealed_id
FROM social_edges WHERE owner_id = $1::text AND provider = ANY ($2::text[]) AND (kind = $3::text OR $3::text = '')
AND (provider, kind, edge_key) > ($4::text, $5::text, $6::bytea) AND paid AND sealed_id IS NOT NULL
ORDER BY provider, kind, edge_key, seen_at DESC, source LIMIT $7::bigint
