-- heads --
-- The heads of many owners in one statement: the coalesced read behind every request. Crosses owners.
-- $1 owners
SELECT owner_id, version, epoch, consents, state, key_gen, live_cards, keyword_groups, feed_floor
FROM owners WHERE owner_id = ANY($1::text[])

-- wrapped_keys --
-- Wrapped data keys of many owners; the caller matches owner and generation together. Crosses owners.
-- $1 owners, $2 generations
SELECT owner_id, gen, wrapped
FROM vault.data_keys WHERE owner_id = ANY($1::text[]) AND gen = ANY($2::bigint[])

-- dav_logins --
-- Whose many app passwords are: the first half of a sign-in.
-- $1 ids
SELECT password_id, owner_id FROM dav_logins WHERE password_id = ANY($1::uuid[])

-- app_passwords --
-- Many app passwords as sign-ins need them, read at each request so that a revoked one is out at once; the caller
-- matches owner and id together. Crosses owners.
-- $1 owners, $2 ids
SELECT owner_id, password_id, hash, device, access, keyword_groups, used_at
FROM app_passwords WHERE owner_id = ANY($1::text[]) AND password_id = ANY($2::uuid[])
