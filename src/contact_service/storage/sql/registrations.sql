-- lock_clock --
-- Take $1 numbers of the directory's counter; the row stays locked, so commit order = number order. With 0: only lock it.
-- $1 how many
UPDATE directory_clock SET seq = seq + $1::bigint WHERE id = 1 RETURNING seq

-- get_many --
-- The rows of these users.
-- $1 users
SELECT user_id, sealed, key_gen, share_phone, share_email, share_name, share_photo, share_account, state, class
FROM directory_users WHERE user_id = ANY($1::text[])

-- class --
-- What the app vouches for of a user.
-- $1 user
SELECT class FROM directory_users WHERE user_id = $1::text

-- chosen --
-- What these users chose to share by their own PUT: it beats the start values of a registration.
-- $1 owners
SELECT owner_id, phone, email, name, profile_photo, account FROM sharing WHERE owner_id = ANY($1::text[])

-- barred --
-- Which of these are owners whose processing is restricted, or who are being erased: nobody finds them. Crosses owners,
-- a point each.
-- $1 owners
SELECT owner_id FROM owners WHERE owner_id = ANY($1::text[]) AND state <> 'active'

-- carried --
-- Under which of these tags an account that lost the identifier has left its budget.
-- $1 carry tags
SELECT tag FROM budget_carry WHERE tag = ANY($1::bytea[])

-- put_users --
-- Register users or renew them.
-- $1 users, $2 sealed, $3 key generations, $4 phone, $5 email, $6 name, $7 photo, $8 account, $9 states, $10 classes,
-- $11 seq
INSERT INTO directory_users (
    user_id, sealed, key_gen, share_phone, share_email, share_name, share_photo, share_account, state, class, seq
)
SELECT u.user_id, u.sealed, u.key_gen, u.phone, u.email, u.name, u.photo, u.account, u.state, u.class, $11::bigint
FROM unnest(
    $1::text[], $2::bytea[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
    $10::text[]
) AS u (user_id, sealed, key_gen, phone, email, name, photo, account, state, class)
ON CONFLICT (user_id) DO UPDATE SET
    sealed = excluded.sealed, key_gen = excluded.key_gen, share_phone = excluded.share_phone,
    share_email = excluded.share_email, share_name = excluded.share_name, share_photo = excluded.share_photo,
    share_account = excluded.share_account, state = excluded.state, class = excluded.class, seq = excluded.seq

-- spread --
-- What the gate asks of these users, beside each of their bindings: in the blind index and in what Matrix clients find.
-- $1 users
WITH told AS (
    SELECT user_id,
        state || ' ' || share_phone || ' ' || share_email || ' ' || share_name || ' ' || share_photo || ' ' || share_account AS terms
    FROM directory_users WHERE user_id = ANY($1::text[])
), entries AS (
    UPDATE directory_entries AS e SET terms = told.terms FROM told
    WHERE e.user_id = told.user_id AND e.terms <> told.terms
)
UPDATE directory_matrix AS m SET terms = told.terms FROM told
WHERE m.user_id = told.user_id AND m.terms <> told.terms

-- drop_user --
-- A registered user's row goes.
-- $1 user
DELETE FROM directory_users WHERE user_id = $1::text RETURNING user_id
