-- add --
-- Keep an app password.
-- $1 owner, $2 id, $3 name, sealed, $4 hash, $5 device, $6 access, $7 keyword groups, $8 profile key, $9 its end, $10 now
INSERT INTO app_passwords (owner_id, password_id, name, hash, device, access, keyword_groups, profile_key, profile_until,
    created_at)
VALUES ($1::text, $2::uuid, $3::bytea, $4::text, $5::text, $6::text, $7::boolean, $8::bytea, $9::timestamptz,
    $10::timestamptz)

-- add_login --
-- Whose it is: a sign-in names nothing but the id.
-- $1 id, $2 owner
INSERT INTO dav_logins (password_id, owner_id) VALUES ($1::uuid, $2::text)

-- count --
-- How many the owner has, and how many of them show keywords as groups.
-- $1 owner
SELECT count(*) AS n, count(*) FILTER (WHERE keyword_groups) AS grouped FROM app_passwords WHERE owner_id = $1::text

-- all --
-- The owner's app passwords, oldest first.
-- $1 owner
SELECT password_id, name, device, access, keyword_groups, created_at, used_at
FROM app_passwords WHERE owner_id = $1::text ORDER BY password_id

-- remove --
-- Revoke one. No row comes back when there was none.
-- $1 owner, $2 id
DELETE FROM app_passwords WHERE owner_id = $1::text AND password_id = $2::uuid RETURNING keyword_groups

-- remove_login --
-- Its id leads to nobody any more.
-- $1 id
DELETE FROM dav_logins WHERE password_id = $1::uuid

-- mark_used --
-- Note the day $3 on which it was used; a day that is noted is not written again.
-- $1 owner, $2 id, $3 the day's first moment
UPDATE app_passwords SET used_at = $3::timestamptz
WHERE owner_id = $1::text AND password_id = $2::uuid AND (used_at IS NULL OR used_at < $3::timestamptz)

-- profile --
-- The one-time link to its profile, held until commit: two who follow it wait for each other.
-- $1 owner, $2 id
SELECT profile_key, profile_until FROM app_passwords
WHERE owner_id = $1::text AND password_id = $2::uuid FOR UPDATE

-- end_profile --
-- The link was followed and leads nowhere from now on.
-- $1 owner, $2 id
UPDATE app_passwords SET profile_key = NULL, profile_until = NULL
WHERE owner_id = $1::text AND password_id = $2::uuid
