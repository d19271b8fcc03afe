-- due --
-- How many rows of each class are past their time, and how many blobs nothing will point to once those are gone.
-- $1 owner, $2 history and trash before, $3 tombstones before, $4 answers before, $5 now, $6 budgets before, $7 Matrix peppers, $8 imports before
-- $9 verdicts before, $10 files of imports before, $11 bytes of rejects before
SELECT
    (
        SELECT count(*) FROM revisions AS r WHERE r.owner_id = $1::text AND r.until < $2::timestamptz AND NOT EXISTS (
            SELECT FROM source_records AS s JOIN cards AS c ON c.card_id = s.card_id
            WHERE s.owner_id = $1::text AND c.owner_id = $1::text AND c.deleted_at IS NULL
                AND s.card_id = r.card_id AND s.version = r.version AND s.record IS NULL
        ) AND NOT EXISTS (
            SELECT FROM import_undo AS u
            WHERE u.owner_id = $1::text AND u.card_id = r.card_id AND u.version = r.version AND u.record IS NULL
                AND u.at >= $8::timestamptz
        )
    ) AS history,
    (SELECT count(*) FROM refused WHERE owner_id = $1::text AND at < $2::timestamptz) AS refused,
    (
        SELECT count(*) FROM cards
        WHERE owner_id = $1::text AND deleted_at < $2::timestamptz AND deleted_at >= $3::timestamptz AND uid_key <> ''
    ) AS trash,
    (SELECT count(*) FROM idempotency_keys WHERE owner_id = $1::text AND at < $4::timestamptz) AS answers,
    (SELECT count(*) FROM cards WHERE owner_id = $1::text AND deleted_at < $3::timestamptz) AS tombstones,
    (SELECT count(*) FROM name_tombstones WHERE owner_id = $1::text AND at < $3::timestamptz) AS names,
    (SELECT count(*) FROM keyword_groups WHERE owner_id = $1::text AND NOT live AND at < $3::timestamptz) AS keywords,
    (SELECT count(*) FROM app_passwords WHERE owner_id = $1::text AND profile_until < $5::timestamptz) AS links,
    (
        SELECT count(*) FROM blobs WHERE owner_id = $1::text AND at < $5::timestamptz AND blob NOT IN (
            SELECT unnest(c.blobs) FROM cards AS c WHERE c.owner_id = $1::text AND c.blobs IS NOT NULL
            UNION ALL
            SELECT unnest(r.blobs) FROM revisions AS r
            WHERE r.owner_id = $1::text AND r.blobs IS NOT NULL AND (r.until >= $2::timestamptz OR EXISTS (
                SELECT FROM source_records AS s JOIN cards AS c ON c.card_id = s.card_id
                WHERE s.owner_id = $1::text AND c.owner_id = $1::text AND c.deleted_at IS NULL
                    AND s.card_id = r.card_id AND s.version = r.version AND s.record IS NULL
            ) OR EXISTS (
                SELECT FROM import_undo AS u
                WHERE u.owner_id = $1::text AND u.card_id = r.card_id AND u.version = r.version AND u.record IS NULL
                    AND u.at >= $8::timestamptz
            ))
            UNION ALL
            SELECT unnest(f.blobs) FROM refused AS f
            WHERE f.owner_id = $1::text AND f.blobs IS NOT NULL AND f.at >= $2::timestamptz
            UNION ALL
            SELECT unnest(o.blobs) FROM source_records AS o WHERE o.owner_id = $1::text AND o.blobs IS NOT NULL
            UNION ALL
            SELECT unnest(e.blobs) FROM import_undo AS e
            WHERE e.owner_id = $1::text AND e.blobs IS NOT NULL AND e.at >= $8::timestamptz
        )
    ) AS blobs,
    (
        SELECT count(*) FROM budgets
        WHERE owner_id = $1::text AND updated_at < $6::timestamptz
            AND (slow_until IS NULL OR slow_until < $6::timestamptz)
    ) AS budgets,
    (SELECT count(*) FROM matrix_sets WHERE owner_id = $1::text AND epoch <> ALL($7::bigint[])) AS sets,
    (SELECT count(*) FROM import_undo WHERE owner_id = $1::text AND at < $8::timestamptz) AS earlier,
    (SELECT count(*) FROM validations WHERE owner_id = $1::text AND at < $9::timestamptz) AS validations,
    (SELECT count(*) FROM import_parts WHERE owner_id = $1::text AND at < $10::timestamptz) AS files,
    (
        SELECT count(*) FROM import_rejects
        WHERE owner_id = $1::text AND at < $11::timestamptz AND at >= $8::timestamptz AND sealed IS NOT NULL
    ) AS raws,
    (SELECT count(*) FROM import_rejects WHERE owner_id = $1::text AND at < $8::timestamptz) AS rejects,
    (SELECT count(*) FROM imports WHERE owner_id = $1::text AND ended_at < $8::timestamptz) AS imports

-- history --
-- Former revisions go; but not those of live cards that say what a source said last, nor what an undo brings back.
-- $1 owner, $2 before, $3 rows at most
DELETE FROM revisions WHERE owner_id = $1::text AND (card_id, version) IN (
    SELECT r.card_id, r.version FROM revisions AS r
    WHERE r.owner_id = $1::text AND r.until < $2::timestamptz AND NOT EXISTS (
        SELECT FROM source_records AS s JOIN cards AS c ON c.card_id = s.card_id
        WHERE s.owner_id = $1::text AND c.owner_id = $1::text AND c.deleted_at IS NULL
            AND s.card_id = r.card_id AND s.version = r.version AND s.record IS NULL
    ) AND NOT EXISTS (
        SELECT FROM import_undo AS u
        WHERE u.owner_id = $1::text AND u.card_id = r.card_id AND u.version = r.version AND u.record IS NULL
    )
    LIMIT $3::bigint
)

-- refused --
-- Bodies that were refused as stale go.
-- $1 owner, $2 before, $3 rows at most
DELETE FROM refused WHERE owner_id = $1::text AND (card_id, id) IN (
    SELECT card_id, id FROM refused WHERE owner_id = $1::text AND at < $2::timestamptz LIMIT $3::bigint
)

-- trash --
-- Tombstones become bare. A resource name stays: the feed must name what is gone.
-- $1 owner, $2 before, $3 rows at most
UPDATE cards SET uid_key = '', device = NULL, head = CASE WHEN name_key IS NOT NULL THEN head END
WHERE owner_id = $1::text AND card_id IN (
    SELECT card_id FROM cards
    WHERE owner_id = $1::text AND deleted_at < $2::timestamptz AND uid_key <> '' LIMIT $3::bigint
)

-- answers --
-- Answers kept under Idempotency-Keys go.
-- $1 owner, $2 before, $3 rows at most
DELETE FROM idempotency_keys WHERE owner_id = $1::text AND key_mac IN (
    SELECT key_mac FROM idempotency_keys WHERE owner_id = $1::text AND at < $2::timestamptz LIMIT $3::bigint
)

-- tombstones --
-- Tombstones leave the feed; the caller raises the floors to the numbers that come back.
-- $1 owner, $2 before, $3 rows at most
DELETE FROM cards WHERE owner_id = $1::text AND card_id IN (
    SELECT card_id FROM cards WHERE owner_id = $1::text AND deleted_at < $2::timestamptz LIMIT $3::bigint
)
RETURNING book_id, version

-- names --
-- Names that cards had leave the feed; as tombstones.
-- $1 owner, $2 before, $3 rows at most
DELETE FROM name_tombstones WHERE owner_id = $1::text AND version IN (
    SELECT version FROM name_tombstones WHERE owner_id = $1::text AND at < $2::timestamptz LIMIT $3::bigint
)
RETURNING book_id, version

-- keywords --
-- Groups of keywords that are no more leave the feed; as tombstones.
-- $1 owner, $2 before, $3 rows at most
DELETE FROM keyword_groups WHERE owner_id = $1::text AND group_id IN (
    SELECT group_id FROM keyword_groups
    WHERE owner_id = $1::text AND NOT live AND at < $2::timestamptz LIMIT $3::bigint
)
RETURNING book_id, version

-- raise_floor --
-- Tokens of the whole feed from below this number are expired.
-- $1 owner, $2 number
UPDATE owners SET feed_floor = greatest(feed_floor, $2::bigint) WHERE owner_id = $1::text

-- raise_floors --
-- Tokens of these books from below these numbers are expired.
-- $1 owner, $2 books, $3 numbers
UPDATE books SET feed_floor = greatest(books.feed_floor, b.version)
FROM unnest($2::text[], $3::bigint[]) AS b (book_id, version)
WHERE books.owner_id = $1::text AND books.book_id = b.book_id

-- links --
-- One-time links that nobody used in time lead nowhere.
-- $1 owner, $2 now
UPDATE app_passwords SET profile_key = NULL, profile_until = NULL
WHERE owner_id = $1::text AND profile_until < $2::timestamptz

-- budgets --
-- A discovery budget that nobody drew on goes: it is full by now, and a new one begins lower. With it, what was spent
-- under key epochs.
-- $1 owner, $2 before
WITH past AS (
    DELETE FROM budget_evaluated WHERE owner_id = $1::text AND EXISTS (
        SELECT FROM budgets
        WHERE owner_id = $1::text AND updated_at < $2::timestamptz
            AND (slow_until IS NULL OR slow_until < $2::timestamptz)
    )
)
DELETE FROM budgets
WHERE owner_id = $1::text AND updated_at < $2::timestamptz
    AND (slow_until IS NULL OR slow_until < $2::timestamptz)

-- sets --
-- Sets of Matrix addresses that were paid for under a pepper that is gone go.
-- $1 owner, $2 peppers that are not
DELETE FROM matrix_sets WHERE owner_id = $1::text AND epoch <> ALL($2::bigint[])

-- validations --
-- Verdicts of validators go.
-- $1 owner, $2 before
DELETE FROM validations WHERE owner_id = $1::text AND at < $2::timestamptz

-- wipe_revisions --
-- The former revisions of deleted cards go.
-- $1 owner, $2 cards
DELETE FROM revisions WHERE owner_id = $1::text AND card_id = ANY($2::uuid[])

-- wipe_refused --
-- The refused bodies of deleted cards go.
-- $1 owner, $2 cards
DELETE FROM refused WHERE owner_id = $1::text AND card_id = ANY($2::uuid[])

-- wipe_heads --
-- The tombstones of deleted cards become bare; as trash.
-- $1 owner, $2 cards
UPDATE cards SET uid_key = '', device = NULL, head = CASE WHEN name_key IS NOT NULL THEN head END
WHERE owner_id = $1::text AND card_id = ANY($2::uuid[]) AND deleted_at IS NOT NULL

-- earlier --
-- What records were before runs goes: nobody takes those runs back any more.
-- $1 owner, $2 before, $3 rows at most
DELETE FROM import_undo WHERE owner_id = $1::text AND (kind, source, source_key, number) IN (
    SELECT kind, source, source_key, number FROM import_undo
    WHERE owner_id = $1::text AND at < $2::timestamptz LIMIT $3::bigint
)

-- files --
-- Pieces of files that no run has read to the end go.
-- $1 owner, $2 before, $3 rows at most
DELETE FROM import_parts WHERE owner_id = $1::text AND (import_id, n) IN (
    SELECT import_id, n FROM import_parts WHERE owner_id = $1::text AND at < $2::timestamptz LIMIT $3::bigint
)

-- raws --
-- What rejected records were goes; that there were some stays for as long as the report.
-- $1 owner, $2 before, $3 rows at most
UPDATE import_rejects SET sealed = NULL WHERE owner_id = $1::text AND (import_id, n) IN (
    SELECT import_id, n FROM import_rejects
    WHERE owner_id = $1::text AND at < $2::timestamptz AND sealed IS NOT NULL LIMIT $3::bigint
)

-- rejects --
-- Rejects go with the report that they belong to.
-- $1 owner, $2 before, $3 rows at most
DELETE FROM import_rejects WHERE owner_id = $1::text AND (import_id, n) IN (
    SELECT import_id, n FROM import_rejects WHERE owner_id = $1::text AND at < $2::timestamptz LIMIT $3::bigint
)

-- imports --
-- Runs that have ended go.
-- $1 owner, $2 before, $3 rows at most
DELETE FROM imports WHERE owner_id = $1::text AND import_id IN (
    SELECT import_id FROM imports WHERE owner_id = $1::text AND ended_at < $2::timestamptz LIMIT $3::bigint
)
