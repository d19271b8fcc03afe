-- put --
-- Keywords whose members are others now, each with its number. One that was there before keeps its id.
-- $1 owner, $2 new ids, $3 books, $4 keyword keys, $5 sealed keywords, $6 versions, $7 live, $8 now
INSERT INTO keyword_groups (owner_id, group_id, book_id, keyword_key, sealed, version, live, at)
SELECT $1::text, g.group_id, g.book_id, g.keyword_key, g.sealed, g.version, g.live, $8::timestamptz
FROM unnest($2::uuid[], $3::text[], $4::bytea[], $5::bytea[], $6::bigint[], $7::boolean[])
    AS g (group_id, book_id, keyword_key, sealed, version, live)
ON CONFLICT (owner_id, book_id, keyword_key)
DO UPDATE SET version = excluded.version, live = excluded.live, at = excluded.at

-- of_owner --
-- All rows of the owner, by number.
-- $1 owner
SELECT group_id, book_id, keyword_key, sealed, version, live, at
FROM keyword_groups WHERE owner_id = $1::text ORDER BY version
