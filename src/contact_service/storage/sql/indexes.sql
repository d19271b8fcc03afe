-- holders --
-- Whose these identifiers are.
-- $1 holder tags
SELECT tag, user_id FROM directory_holders WHERE tag = ANY($1::bytea[])

-- hold --
-- These identifiers are these users' from now on.
-- $1 holder tags, $2 users
INSERT INTO directory_holders (tag, user_id)
SELECT h.tag, h.user_id FROM unnest($1::bytea[], $2::text[]) AS h (tag, user_id)
ON CONFLICT (tag) DO UPDATE SET user_id = excluded.user_id WHERE directory_holders.user_id <> excluded.user_id

-- release --
-- These identifiers are no longer these users'.
-- $1 holder tags, $2 users
DELETE FROM directory_holders WHERE tag = ANY($1::bytea[]) AND user_id = ANY($2::text[])

-- release_all --
-- A user holds nothing any more.
-- $1 user
DELETE FROM directory_holders WHERE user_id = $1::text

-- bound --
-- The bindings of these users in one epoch.
-- $1 epoch, $2 users
SELECT tag, kind, entry_id, user_id, seq FROM directory_entries
WHERE epoch = $1::bigint AND user_id = ANY($2::text[])

-- put_entries --
-- Bind identifiers to users, whose rows are written first; a tag that another holds goes over.
-- $1 epochs, $2 tags, $3 kinds, $4 entries, $5 users, $6 seqs, $7 objection tags
INSERT INTO directory_entries (epoch, tag, kind, entry_id, user_id, seq, objection, terms)
SELECT e.epoch, e.tag, e.kind, e.entry_id, e.user_id, e.seq, e.objection,
    u.state || ' ' || u.share_phone || ' ' || u.share_email || ' ' || u.share_name || ' ' || u.share_photo || ' ' || u.share_account
FROM unnest($1::bigint[], $2::bytea[], $3::text[], $4::bigint[], $5::text[], $6::bigint[], $7::bytea[])
    AS e (epoch, tag, kind, entry_id, user_id, seq, objection)
JOIN directory_users AS u ON u.user_id = e.user_id
ON CONFLICT (epoch, tag) DO UPDATE SET
    kind = excluded.kind, entry_id = excluded.entry_id, user_id = excluded.user_id, seq = excluded.seq,
    objection = excluded.objection, terms = excluded.terms

-- put_matrix --
-- The same bindings as Matrix clients find them.
-- $1 epochs, $2 tags, $3 kinds, $4 entries, $5 users, $6 objection tags
INSERT INTO directory_matrix (epoch, tag, kind, entry_id, user_id, objection, terms)
SELECT e.epoch, e.tag, e.kind, e.entry_id, e.user_id, e.objection,
    u.state || ' ' || u.share_phone || ' ' || u.share_email || ' ' || u.share_name || ' ' || u.share_photo || ' ' || u.share_account
FROM unnest($1::bigint[], $2::bytea[], $3::text[], $4::bigint[], $5::text[], $6::bytea[])
    AS e (epoch, tag, kind, entry_id, user_id, objection)
JOIN directory_users AS u ON u.user_id = e.user_id
ON CONFLICT (epoch, tag) DO UPDATE SET
    kind = excluded.kind, entry_id = excluded.entry_id, user_id = excluded.user_id,
    objection = excluded.objection, terms = excluded.terms

-- put_private --
-- The same bindings in private discovery's buckets.
-- $1 epochs, $2 digests, $3 kinds, $4 entries, $5 users
INSERT INTO directory_private (epoch, digest, kind, entry_id, user_id)
SELECT e.epoch, e.digest, e.kind, e.entry_id, e.user_id
FROM unnest($1::bigint[], $2::bytea[], $3::text[], $4::bigint[], $5::text[])
    AS e (epoch, digest, kind, entry_id, user_id)
ON CONFLICT (epoch, digest) DO UPDATE SET
    kind = excluded.kind, entry_id = excluded.entry_id, user_id = excluded.user_id

-- renumber --
-- These bindings may be hits for who missed them before: they take a new number.
-- $1 users, $2 entries, $3 seq
UPDATE directory_entries SET seq = $3::bigint WHERE user_id = ANY($1::text[]) AND entry_id = ANY($2::bigint[])

-- drop_entries --
-- These bindings go, in all epochs.
-- $1 users, $2 entries
DELETE FROM directory_entries WHERE user_id = ANY($1::text[]) AND entry_id = ANY($2::bigint[])

-- drop_matrix --
-- They go from what Matrix clients find.
-- $1 users, $2 entries
DELETE FROM directory_matrix WHERE user_id = ANY($1::text[]) AND entry_id = ANY($2::bigint[])

-- drop_private --
-- They go from the buckets.
-- $1 users, $2 entries
DELETE FROM directory_private WHERE user_id = ANY($1::text[]) AND entry_id = ANY($2::bigint[])
RETURNING epoch, digest, user_id

-- log --
-- What came into buckets and what left them.
-- $1 epochs, $2 buckets, $3 seqs, $4 digests, $5 users, $6 added, $7 now
INSERT INTO directory_private_log (epoch, bucket, seq, digest, user_id, added, at)
SELECT l.epoch, l.bucket, l.seq, l.digest, l.user_id, l.added, $7::timestamptz
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bytea[], $5::text[], $6::boolean[])
    AS l (epoch, bucket, seq, digest, user_id, added)
