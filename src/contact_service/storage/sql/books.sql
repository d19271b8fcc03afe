-- of_owner --
-- All of an owner's books.
-- $1 owner
SELECT book_id, version, feed_floor, sealed, rev FROM books WHERE owner_id = $1::text ORDER BY book_id

-- make --
-- A new book; no row comes back when it is there.
-- $1 owner, $2 book, $3 sealed, $4 version
INSERT INTO books (owner_id, book_id, version, feed_floor, sealed, rev)
VALUES ($1::text, $2::text, $4::bigint, $4::bigint, $3::bytea, 1)
ON CONFLICT (owner_id, book_id) DO NOTHING
RETURNING book_id

-- set_sealed --
-- Other properties of a book.
-- $1 owner, $2 book, $3 sealed, $4 rev
UPDATE books SET sealed = $3::bytea, rev = $4::bigint WHERE owner_id = $1::text AND book_id = $2::text

-- drop --
-- A book goes; its tombstones stay in the owner's feed.
-- $1 owner, $2 book
DELETE FROM books WHERE owner_id = $1::text AND book_id = $2::text

-- leave_name --
-- A resource name that a card had and has no more.
-- $1 owner, $2 book, $3 version, $4 card, $5 sealed name, $6 now
INSERT INTO name_tombstones (owner_id, book_id, version, card_id, sealed, at)
VALUES ($1::text, $2::text, $3::bigint, $4::uuid, $5::bytea, $6::timestamptz)
