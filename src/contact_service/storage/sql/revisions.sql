-- of_card --
-- A card's revisions below a number, newest first: the present one from its row, the former ones as they were kept.
-- $1 owner, $2 card, $3 below this number, $4 rows at most
SELECT card_id, version, rev, book_id, sealed, cause, device, updated_at AS at, NULL AS until
FROM cards WHERE owner_id = $1::text AND card_id = $2::uuid AND version < $3::bigint
UNION ALL
SELECT card_id, version, rev, book_id, sealed, cause, device, at, until
FROM revisions WHERE owner_id = $1::text AND card_id = $2::uuid AND version < $3::bigint
ORDER BY version DESC LIMIT $4::bigint

-- at_versions --
-- What cards were at these numbers: the bases of merges.
-- $1 owner, $2 cards, $3 versions
SELECT r.card_id, r.version, r.rev, r.book_id, r.sealed, r.cause, r.device, r.at, r.until
FROM unnest($2::uuid[], $3::bigint[]) AS b (card_id, version)
JOIN revisions AS r ON r.card_id = b.card_id AND r.version = b.version
WHERE r.owner_id = $1::text AND r.sealed IS NOT NULL

-- last --
-- The newest former revision of each card that has a body.
-- $1 owner, $2 cards
SELECT DISTINCT ON (card_id) card_id, version, rev, book_id, sealed, cause, device, at, until
FROM revisions WHERE owner_id = $1::text AND card_id = ANY($2::uuid[]) AND sealed IS NOT NULL
ORDER BY card_id, version DESC

-- current_at --
-- What cards were at a moment, where a former revision tells; one without a body was deleted then.
-- $1 owner, $2 cards, $3 moment
SELECT DISTINCT ON (card_id) card_id, version, rev, book_id, sealed, cause, device, at, until
FROM revisions
WHERE owner_id = $1::text AND card_id = ANY($2::uuid[]) AND at <= $3::timestamptz AND until > $3::timestamptz
ORDER BY card_id, version DESC

-- trash --
-- Cards deleted since a moment whose last body is still held, by id.
-- $1 owner, $2 since, $3 after this card, $4 rows at most
SELECT c.card_id, c.version, r.rev, r.book_id, r.sealed, c.device, c.deleted_at
FROM cards AS c
JOIN revisions AS r ON r.owner_id = c.owner_id AND r.card_id = c.card_id AND r.rev = c.rev
WHERE c.owner_id = $1::text AND r.owner_id = $1::text AND c.deleted_at > $2::timestamptz
    AND ($3::uuid IS NULL OR c.card_id > $3::uuid) AND r.sealed IS NOT NULL
ORDER BY c.card_id LIMIT $4::bigint

-- refuse --
-- Keep a body that was refused as stale.
-- $1 owner, $2 card, $3 id, $4 sealed, $5 blobs, $6 device, $7 now
INSERT INTO refused (owner_id, card_id, id, sealed, blobs, device, at)
VALUES ($1::text, $2::uuid, $3::uuid, $4::bytea, $5::bytea[], $6::bytea, $7::timestamptz)

-- forget_refused --
-- Only the newest of a card's refused bodies stay.
-- $1 owner, $2 card, $3 how many
DELETE FROM refused WHERE owner_id = $1::text AND card_id = $2::uuid AND id NOT IN (
    SELECT id FROM refused WHERE owner_id = $1::text AND card_id = $2::uuid ORDER BY id DESC LIMIT $3::bigint
)

-- refused_of --
-- The refused bodies of a card, newest first.
-- $1 owner, $2 card
SELECT id, sealed, device, at FROM refused WHERE owner_id = $1::text AND card_id = $2::uuid ORDER BY id DESC
