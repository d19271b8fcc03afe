-- owners --
-- A page of all owners, by key. Walks owners.
-- $1 after this owner, $2 rows at most
SELECT owner_id FROM owners WHERE owner_id > $1::text ORDER BY owner_id LIMIT $2::bigint

-- renew --
-- Another epoch for each of these owners: the first number, or the second where that is the one they had. Crosses owners:
-- after a restore all of them wait for it, and none of their rows depends on another's.
-- $1 owners, $2 epoch, $3 another epoch
UPDATE owners SET epoch = CASE WHEN epoch = $2::bigint THEN $3::bigint ELSE $2::bigint END
WHERE owner_id = ANY($1::text[])
