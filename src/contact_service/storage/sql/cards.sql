-- get --
-- One card's row; a tombstone too.
-- $1 owner, $2 card
SELECT card_id, version, rev, sealed, by_hand, uid_key, deleted_at
FROM cards WHERE owner_id = $1::text AND card_id = $2::uuid

-- get_many --
-- The rows of these cards; tombstones too.
-- $1 owner, $2 cards
SELECT card_id, version, rev, sealed, by_hand, uid_key, deleted_at
FROM cards WHERE owner_id = $1::text AND card_id = ANY($2::uuid[])

-- by_uid --
-- Which live cards of a book hold these uids (keyed hashes).
-- $1 owner, $2 book, $3 uid keys
SELECT uid_key, card_id
FROM cards
WHERE owner_id = $1::text AND book_id = $2::text AND uid_key = ANY($3::bytea[]) AND deleted_at IS NULL

-- feed --
-- The rows numbered after $2, oldest first: what a cache or a device lacks.
-- $1 owner, $2 version
SELECT card_id, version, rev, sealed, updated_at, deleted_at IS NOT NULL AS deleted
FROM cards WHERE owner_id = $1::text AND version > $2::bigint ORDER BY version

-- add --
-- New cards, numbered by the caller, who holds the owner's row.
-- $1 owner, $2 book, $3 cards, $4 versions, $5 sealed, $6 heads, $7 uid keys, $8 by hand, $9 now
INSERT INTO cards (owner_id, book_id, card_id, version, rev, sealed, head, uid_key, by_hand, updated_at)
SELECT $1::text, $2::text, c.card_id, c.version, 1, c.sealed, c.head, c.uid_key, $8::boolean, $9::timestamptz
FROM unnest($3::uuid[], $4::bigint[], $5::bytea[], $6::bytea[], $7::bytea[])
    AS c (card_id, version, sealed, head, uid_key)

-- replace --
-- New bodies for live cards. A row whose revision is another by now is left alone: the caller compares the count.
-- $1 owner, $2 cards, $3 versions, $4 sealed, $5 heads, $6 uid keys, $7 base revisions, $8 by hand, $9 now
UPDATE cards SET
    version = c.version, rev = c.base + 1, sealed = c.sealed, head = c.head, uid_key = c.uid_key,
    by_hand = cards.by_hand OR $8::boolean, updated_at = $9::timestamptz
FROM unnest($2::uuid[], $3::bigint[], $4::bytea[], $5::bytea[], $6::bytea[], $7::bigint[])
    AS c (card_id, version, sealed, head, uid_key, base)
WHERE cards.owner_id = $1::text AND cards.card_id = c.card_id AND cards.rev = c.base AND cards.deleted_at IS NULL

-- bury --
-- Leave tombstones: the body goes, the number stays in the feed.
-- $1 owner, $2 cards, $3 versions, $4 now
UPDATE cards SET version = c.version, sealed = NULL, updated_at = $4::timestamptz, deleted_at = $4::timestamptz
FROM unnest($2::uuid[], $3::bigint[]) AS c (card_id, version)
WHERE cards.owner_id = $1::text AND cards.card_id = c.card_id AND cards.deleted_at IS NULL

-- uploaded_only --
-- The live cards that only uploads brought, which no one edited: what the consent `store` alone allowed.
-- $1 owner
SELECT card_id FROM cards WHERE owner_id = $1::text AND deleted_at IS NULL AND NOT by_hand
