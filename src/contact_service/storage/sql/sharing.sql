-- get --
-- What the owner chose, if ever.
-- $1 owner
SELECT phone, email, name, profile_photo, suggest_me, account FROM sharing WHERE owner_id = $1::text

-- put --
-- Keep the owner's choice; from now on it beats what the app says at registration.
-- $1 owner, $2 phone, $3 email, $4 name, $5 profile photo, $6 suggest me, $7 account, $8 now
INSERT INTO sharing (owner_id, phone, email, name, profile_photo, suggest_me, account, updated_at)
VALUES ($1::text, $2::text, $3::text, $4::text, $5::text, $6::boolean, $7::text, $8::timestamptz)
ON CONFLICT (owner_id) DO UPDATE SET
    phone = excluded.phone, email = excluded.email, name = excluded.name, profile_photo = excluded.profile_photo,
    suggest_me = excluded.suggest_me, account = excluded.account, updated_at = excluded.updated_at
