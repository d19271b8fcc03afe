-- make --
-- The owner's row, made by the first authenticated request. No row comes back when another request was first.
-- $1 owner, $2 epoch, $3 now
INSERT INTO owners (owner_id, epoch, created_at)
VALUES ($1::text, $2::bigint, $3::timestamptz)
ON CONFLICT (owner_id) DO NOTHING
RETURNING version

-- make_book --
-- An empty address book.
-- $1 owner, $2 book
INSERT INTO books (owner_id, book_id)
VALUES ($1::text, $2::text)
ON CONFLICT (owner_id, book_id) DO NOTHING

-- lock --
-- The owner's head, held until commit: commit order = number order, and a withdrawal waits for a running upload.
-- $1 owner
SELECT owner_id, version, epoch, consents, state, key_gen, live_cards, keyword_groups, feed_floor
FROM owners WHERE owner_id = $1::text FOR UPDATE

-- head --
-- The owner's head as this transaction sees it.
-- $1 owner
SELECT owner_id, version, epoch, consents, state, key_gen, live_cards, keyword_groups, feed_floor
FROM owners WHERE owner_id = $1::text

-- advance --
-- Hand out the numbers up to $2, note the last one each book got, and the change in the count of live cards; the row is
-- locked already. None when it is at another number than $6 by now.
-- $1 owner, $2 version, $3 change of live cards, $4 books, $5 their versions, $6 the owner's version until now
WITH booked AS (
    UPDATE books SET version = b.version
    FROM unnest($4::text[], $5::bigint[]) AS b (book_id, version)
    WHERE books.owner_id = $1::text AND books.book_id = b.book_id
)
UPDATE owners SET version = $2::bigint, live_cards = live_cards + $3::bigint
WHERE owner_id = $1::text AND version = $6::bigint

-- set_consents --
-- The bit set of purposes given now.
-- $1 owner, $2 bits
UPDATE owners SET consents = $2::bigint WHERE owner_id = $1::text

-- set_keyword_groups --
-- Whether some device is shown keywords as groups from now on.
-- $1 owner, $2 shown
UPDATE owners SET keyword_groups = $2::boolean WHERE owner_id = $1::text

-- set_state --
-- Whether the owner may act and be found: active, restricted, erasing.
-- $1 owner, $2 state
UPDATE owners SET state = $2::text WHERE owner_id = $1::text
