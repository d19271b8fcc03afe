-- begin --
-- Claim a key. No row comes back when it is claimed already.
-- $1 owner, $2 key, $3 fingerprint, $4 now
INSERT INTO idempotency_keys (owner_id, key_mac, fingerprint, at)
VALUES ($1::text, $2::bytea, $3::bytea, $4::timestamptz)
ON CONFLICT (owner_id, key_mac) DO NOTHING
RETURNING at

-- get --
-- What a key was used for and how it was answered.
-- $1 owner, $2 key
SELECT fingerprint, status, answer, at FROM idempotency_keys WHERE owner_id = $1::text AND key_mac = $2::bytea

-- answer --
-- Keep the answer, in the transaction of its effect.
-- $1 owner, $2 key, $3 status, $4 sealed answer
UPDATE idempotency_keys SET status = $3::bigint, answer = $4::bytea
WHERE owner_id = $1::text AND key_mac = $2::bytea

-- drop_old --
-- A key older than $3 may be used anew.
-- $1 owner, $2 key, $3 before
DELETE FROM idempotency_keys WHERE owner_id = $1::text AND key_mac = $2::bytea AND at < $3::timestamptz
