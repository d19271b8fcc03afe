-- of_owner --
-- The cards that wait for the budget, in the order in which they will be matched.
-- $1 owner
SELECT card_id, place FROM match_queue WHERE owner_id = $1::text ORDER BY place, card_id

-- among --
-- Which of these cards wait.
-- $1 owner, $2 cards
SELECT card_id FROM match_queue WHERE owner_id = $1::text AND card_id = ANY($2::uuid[])

-- last --
-- The last place that was given to a card that waits; a favourite's by what it is placed before the others.
-- $1 owner, $2 how much that is
SELECT coalesce(max(CASE WHEN place < 0 THEN place + $2::bigint ELSE place END), 0)::bigint AS last
FROM match_queue WHERE owner_id = $1::text

-- add --
-- Cards wait; one that waits already keeps its place.
-- $1 owner, $2 cards, $3 places
INSERT INTO match_queue (owner_id, card_id, place)
SELECT $1::text, q.card_id, q.place
FROM unnest($2::uuid[], $3::bigint[]) AS q (card_id, place)
ON CONFLICT (owner_id, card_id) DO NOTHING

-- drop_cards --
-- These cards wait no more.
-- $1 owner, $2 cards
DELETE FROM match_queue WHERE owner_id = $1::text AND card_id = ANY($2::uuid[])

-- drop_all --
-- No card waits any more.
-- $1 owner
DELETE FROM match_queue WHERE owner_id = $1::text
