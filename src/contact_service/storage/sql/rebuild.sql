-- page --
-- Registered users in the order of their ids.
-- $1 after this user, $2 rows at most
SELECT user_id, sealed, key_gen, share_phone, share_email, share_name, share_photo, share_account, state, class
FROM directory_users WHERE user_id > $1::text ORDER BY user_id LIMIT $2::bigint

-- between --
-- The registered users of a page, as they are by now.
-- $1 after this user, $2 up to this user
SELECT user_id, sealed, key_gen, share_phone, share_email, share_name, share_photo, share_account, state, class
FROM directory_users WHERE user_id > $1::text AND user_id <= $2::text

-- some --
-- Registered users of randomly chosen pages of the table.
-- $1 per cent of the table, $2 rows at most
SELECT user_id, sealed, key_gen, share_phone, share_email, share_name, share_photo, share_account, state, class
FROM directory_users TABLESAMPLE SYSTEM ($1::real) LIMIT $2::bigint

-- users_up_to --
-- How many users there are, and how many of them up to one.
-- $1 up to this user
SELECT count(*) AS n, count(*) FILTER (WHERE user_id <= $1::text) AS done FROM directory_users

-- fill_entries --
-- Bindings in an epoch that is being filled; those that a registration has written stay.
-- $1 epochs, $2 tags, $3 kinds, $4 entries, $5 users, $6 seqs, $7 objection tags
INSERT INTO directory_entries (epoch, tag, kind, entry_id, user_id, seq, objection, terms)
SELECT e.epoch, e.tag, e.kind, e.entry_id, e.user_id, e.seq, e.objection,
    u.state || ' ' || u.share_phone || ' ' || u.share_email || ' ' || u.share_name || ' ' || u.share_photo || ' ' || u.share_account
FROM unnest($1::bigint[], $2::bytea[], $3::text[], $4::bigint[], $5::text[], $6::bigint[], $7::bytea[])
    AS e (epoch, tag, kind, entry_id, user_id, seq, objection)
JOIN directory_users AS u ON u.user_id = e.user_id
ON CONFLICT (epoch, tag) DO NOTHING

-- fill_matrix --
-- The same for what Matrix clients find.
-- $1 epochs, $2 tags, $3 kinds, $4 entries, $5 users, $6 objection tags
INSERT INTO directory_matrix (epoch, tag, kind, entry_id, user_id, objection, terms)
SELECT e.epoch, e.tag, e.kind, e.entry_id, e.user_id, e.objection,
    u.state || ' ' || u.share_phone || ' ' || u.share_email || ' ' || u.share_name || ' ' || u.share_photo || ' ' || u.share_account
FROM unnest($1::bigint[], $2::bytea[], $3::text[], $4::bigint[], $5::text[], $6::bytea[])
    AS e (epoch, tag, kind, entry_id, user_id, objection)
JOIN directory_users AS u ON u.user_id = e.user_id
ON CONFLICT (epoch, tag) DO NOTHING

-- fill_private --
-- The same for private discovery's buckets.
-- $1 epochs, $2 digests, $3 kinds, $4 entries, $5 users
INSERT INTO directory_private (epoch, digest, kind, entry_id, user_id)
SELECT e.epoch, e.digest, e.kind, e.entry_id, e.user_id
FROM unnest($1::bigint[], $2::bytea[], $3::text[], $4::bigint[], $5::text[])
    AS e (epoch, digest, kind, entry_id, user_id)
ON CONFLICT (epoch, digest) DO NOTHING

-- read_entries --
-- How these users are found in one epoch.
-- $1 epoch, $2 users
SELECT tag, entry_id, user_id, seq FROM directory_entries WHERE epoch = $1::bigint AND user_id = ANY($2::text[])

-- read_matrix --
-- How Matrix clients find these users in one epoch.
-- $1 epoch, $2 users
SELECT tag, entry_id, user_id, 0::bigint AS seq
FROM directory_matrix WHERE epoch = $1::bigint AND user_id = ANY($2::text[])

-- read_private --
-- Where these users are in the buckets of one epoch.
-- $1 epoch, $2 users
SELECT digest AS tag, entry_id, user_id, 0::bigint AS seq
FROM directory_private WHERE epoch = $1::bigint AND user_id = ANY($2::text[])

-- count_entries --
-- The bindings of an epoch in a range of tags.
-- $1 epoch, $2 from this tag, $3 before this tag
SELECT count(*) FROM directory_entries WHERE epoch = $1::bigint AND tag >= $2::bytea AND tag < $3::bytea

-- count_matrix --
-- The same of what Matrix clients find.
-- $1 epoch, $2 from this tag, $3 before this tag
SELECT count(*) FROM directory_matrix WHERE epoch = $1::bigint AND tag >= $2::bytea AND tag < $3::bytea

-- count_private --
-- The same of private discovery's buckets.
-- $1 epoch, $2 from this digest, $3 before this digest
SELECT count(*) FROM directory_private WHERE epoch = $1::bigint AND digest >= $2::bytea AND digest < $3::bytea

-- oldest_entries --
-- The first bindings of an epoch by tag.
-- $1 epoch, $2 rows at most
SELECT tag FROM directory_entries WHERE epoch = $1::bigint ORDER BY tag LIMIT $2::bigint

-- oldest_matrix --
-- The same of what Matrix clients find.
-- $1 epoch, $2 rows at most
SELECT tag FROM directory_matrix WHERE epoch = $1::bigint ORDER BY tag LIMIT $2::bigint

-- oldest_private --
-- The same of private discovery's buckets.
-- $1 epoch, $2 rows at most
SELECT digest AS tag FROM directory_private WHERE epoch = $1::bigint ORDER BY digest LIMIT $2::bigint

-- drop_entries --
-- Bindings of an epoch that is gone.
-- $1 epoch, $2 tags
DELETE FROM directory_entries WHERE epoch = $1::bigint AND tag = ANY($2::bytea[])

-- drop_matrix --
-- The same of what Matrix clients found.
-- $1 epoch, $2 tags
DELETE FROM directory_matrix WHERE epoch = $1::bigint AND tag = ANY($2::bytea[])

-- drop_private --
-- The same of private discovery's buckets.
-- $1 epoch, $2 digests
DELETE FROM directory_private WHERE epoch = $1::bigint AND digest = ANY($2::bytea[])

-- oldest_log --
-- The first numbers in the log of an epoch's buckets; a bucket's lines of one number go together.
-- $1 epoch, $2 rows at most
SELECT bucket, seq FROM directory_private_log WHERE epoch = $1::bigint ORDER BY bucket, seq, digest LIMIT $2::bigint

-- drop_log --
-- The log of buckets of an epoch that is gone.
-- $1 epoch, $2 buckets, $3 seqs
DELETE FROM directory_private_log
WHERE epoch = $1::bigint AND bucket = ANY($2::bigint[]) AND seq = ANY($3::bigint[])
