-- lock_clock --
-- Take $1 numbers of the directory's counter; the row stays locked, so commit order = number order.
-- $1 how many
UPDATE directory_clock SET seq = seq + $1::bigint WHERE id = 1 RETURNING seq

-- get --
-- One registered user's row.
-- $1 user
SELECT user_id, sealed, key_gen, share_phone, share_email, share_name, share_photo, state, class
FROM directory_users WHERE user_id = $1::text

-- get_many --
-- The rows of these users.
-- $1 users
SELECT user_id, sealed, key_gen, share_phone, share_email, share_name, share_photo, state, class
FROM directory_users WHERE user_id = ANY($1::text[])

-- chosen --
-- What these users chose to share by their own PUT: it beats the start values of a registration.
-- $1 owners
SELECT owner_id, phone, email, name, profile_photo FROM sharing WHERE owner_id = ANY($1::text[])

-- put_users --
-- Register users or renew them.
-- $1 users, $2 sealed, $3 key generations, $4 phone, $5 email, $6 name, $7 photo, $8 states, $9 classes, $10 seq
INSERT INTO directory_users (user_id, sealed, key_gen, share_phone, share_email, share_name, share_photo, state, class, seq)
SELECT u.user_id, u.sealed, u.key_gen, u.phone, u.email, u.name, u.photo, u.state, u.class, $10::bigint
FROM unnest($1::text[], $2::bytea[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[])
    AS u (user_id, sealed, key_gen, phone, email, name, photo, state, class)
ON CONFLICT (user_id) DO UPDATE SET
    sealed = excluded.sealed, key_gen = excluded.key_gen, share_phone = excluded.share_phone,
    share_email = excluded.share_email, share_name = excluded.share_name, share_photo = excluded.share_photo,
    state = excluded.state, class = excluded.class, seq = excluded.seq

-- entries_of --
-- The bindings of these users.
-- $1 epoch, $2 users
SELECT tag, kind, entry_id, user_id, seq FROM directory_entries
WHERE epoch = $1::bigint AND user_id = ANY($2::text[])

-- drop_entries --
-- Take bindings out, whoever holds them: an identifier has one user.
-- $1 epoch, $2 tags
DELETE FROM directory_entries WHERE epoch = $1::bigint AND tag = ANY($2::bytea[])

-- put_entries --
-- Bind identifiers to users.
-- $1 epoch, $2 tags, $3 kinds, $4 entries, $5 users, $6 seqs
INSERT INTO directory_entries (epoch, tag, kind, entry_id, user_id, seq)
SELECT $1::bigint, e.tag, e.kind, e.entry_id, e.user_id, e.seq
FROM unnest($2::bytea[], $3::text[], $4::bigint[], $5::text[], $6::bigint[]) AS e (tag, kind, entry_id, user_id, seq)
ON CONFLICT (epoch, tag) DO UPDATE SET
    kind = excluded.kind, entry_id = excluded.entry_id, user_id = excluded.user_id, seq = excluded.seq

-- drop_user --
-- A registered user's row goes.
-- $1 user
DELETE FROM directory_users WHERE user_id = $1::text RETURNING user_id

-- drop_entries_of --
-- A user's bindings go.
-- $1 user
DELETE FROM directory_entries WHERE user_id = $1::text

-- set_sharing --
-- What a registered user shares from now on.
-- $1 user, $2 phone, $3 email, $4 name, $5 photo, $6 seq
UPDATE directory_users SET share_phone = $2::text, share_email = $3::text, share_name = $4::text,
    share_photo = $5::text, seq = $6::bigint
WHERE user_id = $1::text
RETURNING user_id
