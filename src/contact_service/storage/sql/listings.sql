-- delta --
-- What a listing needs to move on, in one statement, for each is a round trip: the head, all books, and what was
-- numbered after $2: names that went, keywords, and at most $3 places. Bodies are not read.
-- $1 owner, $2 version, $3 places at most
SELECT
    o.owner_id, o.version, o.epoch, o.consents, o.state, o.key_gen, o.live_cards, o.keyword_groups, o.feed_floor,
    ARRAY(
        SELECT (b.book_id, b.version, b.feed_floor, b.sealed, b.rev)
        FROM books AS b WHERE b.owner_id = $1::text ORDER BY b.book_id
    ) AS books,
    ARRAY(
        SELECT (t.book_id, t.version, t.card_id, t.sealed)
        FROM name_tombstones AS t WHERE t.owner_id = $1::text AND t.version > $2::bigint ORDER BY t.version
    ) AS left_names,
    ARRAY(
        SELECT (k.group_id, k.book_id, k.keyword_key, k.sealed, k.version, k.live, k.at)
        FROM keyword_groups AS k WHERE k.owner_id = $1::text AND k.version > $2::bigint ORDER BY k.version
    ) AS keywords,
    ARRAY(
        SELECT (
            c.card_id, c.book_id, c.version, c.rev, c.deleted_at IS NOT NULL, c.updated_at, c.lines,
            CASE WHEN c.name_key IS NOT NULL THEN c.head END
        )
        FROM cards AS c
        WHERE c.owner_id = $1::text AND c.version > $2::bigint ORDER BY c.version LIMIT $3::bigint
    ) AS places
FROM owners AS o WHERE o.owner_id = $1::text
