-- get --
-- One card's row; a tombstone too.
-- $1 owner, $2 card
SELECT card_id, book_id, version, rev, sealed, head, by_hand, uid_key, name_key, deleted_at
FROM cards WHERE owner_id = $1::text AND card_id = $2::uuid

-- get_many --
-- The rows of these cards; tombstones too.
-- $1 owner, $2 cards
SELECT card_id, book_id, version, rev, sealed, head, by_hand, uid_key, name_key, deleted_at
FROM cards WHERE owner_id = $1::text AND card_id = ANY($2::uuid[])

-- by_uid --
-- Which live cards of a book hold these uids (keyed hashes).
-- $1 owner, $2 book, $3 uid keys
SELECT uid_key, card_id
FROM cards
WHERE owner_id = $1::text AND book_id = $2::text AND uid_key = ANY($3::bytea[]) AND deleted_at IS NULL

-- by_name --
-- The live card of a book that has this resource name (keyed hash).
-- $1 owner, $2 book, $3 name key
SELECT card_id
FROM cards
WHERE owner_id = $1::text AND book_id = $2::text AND name_key = $3::bytea AND deleted_at IS NULL

-- feed --
-- The rows numbered after $2, oldest first: what a cache or a device lacks.
-- $1 owner, $2 version, $3 rows at most
SELECT card_id, version, rev, sealed, updated_at, deleted_at IS NOT NULL AS deleted, book_id
FROM cards WHERE owner_id = $1::text AND version > $2::bigint ORDER BY version LIMIT $3::bigint

-- places --
-- Where the rows numbered after $2 lie, oldest first; the head only where a name is in it. Bodies are not read.
-- $1 owner, $2 version, $3 rows at most
SELECT card_id, book_id, version, rev, deleted_at IS NOT NULL AS deleted, updated_at, lines,
    CASE WHEN name_key IS NOT NULL THEN head END AS head
FROM cards WHERE owner_id = $1::text AND version > $2::bigint ORDER BY version LIMIT $3::bigint

-- changed_since --
-- The rows that changed after a moment; tombstones too.
-- $1 owner, $2 moment
SELECT card_id, book_id, version, rev, sealed, head, by_hand, uid_key, name_key, deleted_at
FROM cards WHERE owner_id = $1::text AND updated_at > $2::timestamptz

-- add --
-- New cards, numbered by the caller, who holds the owner's row.
-- $1 owner, $2 book, $3 cards, $4 versions, $5 sealed, $6 heads, $7 uid keys, $8 name keys, $9 causes, $10 lines, $11 by hand, $12 device, $13 now
INSERT INTO cards (
    owner_id, book_id, card_id, version, rev, sealed, head, uid_key, name_key, cause, lines, by_hand, device, updated_at
)
SELECT $1::text, $2::text, c.card_id, c.version, 1, c.sealed, c.head, c.uid_key, c.name_key, c.cause, c.lines,
    $11::boolean, $12::bytea, $13::timestamptz
FROM unnest($3::uuid[], $4::bigint[], $5::bytea[], $6::bytea[], $7::bytea[], $8::bytea[], $9::text[], $10::text[])
    AS c (card_id, version, sealed, head, uid_key, name_key, cause, lines)

-- replace --
-- New bodies; what the rows were goes to the former revisions. A row whose revision is another by now is left alone: the
-- caller compares the count, and gives all back.
-- $1 owner, $2 cards, $3 versions, $4 sealed, $5 heads, $6 uid keys, $7 base revisions, $8 causes, $9 books, $10 name keys, $11 lines, $12 by hand, $13 device, $14 now
WITH former AS (
    INSERT INTO revisions (owner_id, card_id, version, rev, book_id, sealed, blobs, cause, device, at, until)
    SELECT $1::text, card_id, version, rev, book_id, sealed, blobs, cause, device, updated_at, $14::timestamptz
    FROM cards WHERE owner_id = $1::text AND card_id = ANY($2::uuid[])
)
UPDATE cards SET
    version = c.version, rev = c.base + 1, sealed = c.sealed, head = c.head, uid_key = c.uid_key, cause = c.cause,
    book_id = c.book_id, name_key = c.name_key, lines = c.lines, by_hand = cards.by_hand OR $12::boolean,
    device = $13::bytea, blobs = NULL, updated_at = $14::timestamptz, deleted_at = NULL
FROM unnest(
    $2::uuid[], $3::bigint[], $4::bytea[], $5::bytea[], $6::bytea[], $7::bigint[], $8::text[], $9::text[], $10::bytea[],
    $11::text[]
) AS c (card_id, version, sealed, head, uid_key, base, cause, book_id, name_key, lines)
WHERE cards.owner_id = $1::text AND cards.card_id = c.card_id AND cards.rev = c.base

-- point --
-- Which blobs the card's body points to.
-- $1 owner, $2 card, $3 blobs
UPDATE cards SET blobs = $3::bytea[] WHERE owner_id = $1::text AND card_id = $2::uuid

-- bury --
-- Leave tombstones: the body goes to the former revisions, the number stays in the feed.
-- $1 owner, $2 cards, $3 versions, $4 device, $5 now
WITH former AS (
    INSERT INTO revisions (owner_id, card_id, version, rev, book_id, sealed, blobs, cause, device, at, until)
    SELECT $1::text, card_id, version, rev, book_id, sealed, blobs, cause, device, updated_at, $5::timestamptz
    FROM cards WHERE owner_id = $1::text AND card_id = ANY($2::uuid[]) AND deleted_at IS NULL
)
UPDATE cards SET
    version = c.version, sealed = NULL, blobs = NULL, cause = 'deleted', device = $4::bytea,
    updated_at = $5::timestamptz, deleted_at = $5::timestamptz
FROM unnest($2::uuid[], $3::bigint[]) AS c (card_id, version)
WHERE cards.owner_id = $1::text AND cards.card_id = c.card_id AND cards.deleted_at IS NULL

-- live_in --
-- The live cards of a book.
-- $1 owner, $2 book
SELECT card_id FROM cards WHERE owner_id = $1::text AND book_id = $2::text AND deleted_at IS NULL

-- uploaded_only --
-- The live cards that only uploads brought, which no one edited: what the consent `store` alone allowed.
-- $1 owner
SELECT card_id FROM cards WHERE owner_id = $1::text AND deleted_at IS NULL AND NOT by_hand

-- adopt --
-- What sources brought is the owner's own from now on.
-- $1 owner, $2 cards
UPDATE cards SET by_hand = true WHERE owner_id = $1::text AND card_id = ANY($2::uuid[]) AND deleted_at IS NULL
