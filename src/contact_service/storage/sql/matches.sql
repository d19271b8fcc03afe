-- add --
-- Keep pairs of a card and a registered user.
-- $1 owner, $2 cards, $3 users, $4 kinds, $5 entries
INSERT INTO matches (owner_id, card_id, user_id, kind, entry_id)
SELECT $1::text, m.card_id, m.user_id, m.kind, m.entry_id
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::bigint[]) AS m (card_id, user_id, kind, entry_id)
ON CONFLICT (owner_id, card_id, user_id, kind) DO UPDATE SET entry_id = excluded.entry_id

-- drop_cards --
-- Forget what these cards matched.
-- $1 owner, $2 cards
DELETE FROM matches WHERE owner_id = $1::text AND card_id = ANY($2::uuid[])

-- drop_entries --
-- Forget pairs that rest on bindings that are gone.
-- $1 owner, $2 entries
DELETE FROM matches WHERE owner_id = $1::text AND entry_id = ANY($2::bigint[])

-- drop_all --
-- Forget all of the owner's matches.
-- $1 owner
DELETE FROM matches WHERE owner_id = $1::text

-- of_owner --
-- All pairs of the owner, by card.
-- $1 owner
SELECT card_id, user_id, kind, entry_id FROM matches WHERE owner_id = $1::text ORDER BY card_id, user_id, kind

-- standing --
-- How far the owner's book is matched, and all pairs of it, by card: one row, with nulls where there is no state.
-- $1 owner
SELECT s.through_seq, s.book_version, s.metadata, s.region, s.matched_at, s.dialled, s.prints, s.waiting,
    p.cards, p.users, p.kinds, p.entries
FROM (
    SELECT array_agg(card_id ORDER BY card_id, user_id, kind) AS cards,
        array_agg(user_id ORDER BY card_id, user_id, kind) AS users,
        array_agg(kind ORDER BY card_id, user_id, kind) AS kinds,
        array_agg(entry_id ORDER BY card_id, user_id, kind) AS entries
    FROM matches WHERE owner_id = $1::text
) AS p
LEFT JOIN match_state s ON s.owner_id = $1::text

-- state --
-- How far the owner's book is matched.
-- $1 owner
SELECT through_seq, book_version, metadata, region, matched_at, dialled, prints, waiting
FROM match_state WHERE owner_id = $1::text

-- set_state --
-- Note how far the owner's book is matched.
-- $1 owner, $2 directory clock, $3 owner version, $4 phone metadata, $5 region named, $6 now, $7 region read in,
-- $8 prints, $9 identifiers that wait
INSERT INTO match_state (
    owner_id, through_seq, book_version, metadata, region, matched_at, dialled, prints, waiting
)
VALUES (
    $1::text, $2::bigint, $3::bigint, $4::text, $5::text, $6::timestamptz, $7::text, $8::bytea, $9::bigint
)
ON CONFLICT (owner_id) DO UPDATE SET
    through_seq = excluded.through_seq, book_version = excluded.book_version, metadata = excluded.metadata,
    region = excluded.region, matched_at = excluded.matched_at, dialled = excluded.dialled,
    prints = excluded.prints, waiting = excluded.waiting

-- drop_state --
-- Start matching from nothing next time.
-- $1 owner
DELETE FROM match_state WHERE owner_id = $1::text
