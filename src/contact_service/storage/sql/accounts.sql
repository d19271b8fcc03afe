-- all --
-- The owner's linked accounts, oldest first.
-- $1 owner
SELECT account_id, provider, state, subject, tokens, rev, scope, options, resume, checkpoint, next_due, used_at, connected_at
FROM accounts WHERE owner_id = $1::text ORDER BY account_id

-- get --
-- One of them.
-- $1 owner, $2 id
SELECT account_id, provider, state, subject, tokens, rev, scope, options, resume, checkpoint, next_due, used_at, connected_at
FROM accounts WHERE owner_id = $1::text AND account_id = $2::uuid

-- add --
-- Keep a linked account.
-- $1 owner, $2 id, $3 provider, $4 sealed subject, $5 sealed tokens, $6 their number, $7 scope, $8 options, $9 due, $10 now
INSERT INTO accounts (owner_id, account_id, provider, state, subject, tokens, rev, scope, options, next_due, used_at,
    connected_at)
VALUES ($1::text, $2::uuid, $3::text, 'connected', $4::bytea, $5::bytea, $6::bigint, $7::text, $8::text,
    $9::timestamptz, $10::timestamptz, $10::timestamptz)

-- connect --
-- The same account linked again: what it has now. A lease on the former tokens ends.
-- $1 owner, $2 id, $3 sealed subject, $4 sealed tokens, $5 their number, $6 scope, $7 options, $8 due, $9 now
UPDATE accounts SET state = 'connected', subject = $3::bytea, tokens = $4::bytea, rev = $5::bigint, scope = $6::text,
    options = $7::text, next_due = $8::timestamptz, used_at = $9::timestamptz, connected_at = $9::timestamptz,
    lease = NULL, lease_until = NULL
WHERE owner_id = $1::text AND account_id = $2::uuid

-- mark --
-- Another state; tokens that lead nowhere any more go.
-- $1 owner, $2 id, $3 state, $4 whether the tokens go
UPDATE accounts SET state = $3::text, tokens = CASE WHEN $4::boolean THEN NULL ELSE tokens END,
    lease = NULL, lease_until = NULL, next_due = NULL
WHERE owner_id = $1::text AND account_id = $2::uuid

-- remove --
-- Forget it.
-- $1 owner, $2 id
DELETE FROM accounts WHERE owner_id = $1::text AND account_id = $2::uuid

-- put_cursor --
-- Where its next read begins, in the transaction of the page that led there; a checkpoint stays until the next one.
-- $1 owner, $2 id, $3 sealed resume, $4 sealed checkpoint
UPDATE accounts SET resume = $3::bytea, checkpoint = coalesce($4::bytea, checkpoint)
WHERE owner_id = $1::text AND account_id = $2::uuid

-- drop_cursor --
-- Its next read is of everything.
-- $1 owner, $2 id
UPDATE accounts SET resume = NULL, checkpoint = NULL WHERE owner_id = $1::text AND account_id = $2::uuid

-- lease --
-- Take the lease on its tokens, if nobody has it and they are still those of number $3: by the database's clock, which
-- all workers share. No row comes back otherwise.
-- $1 owner, $2 id, $3 number of the tokens, $4 lease, $5 for how long
UPDATE accounts SET lease = $4::uuid, lease_until = now() + $5::interval
WHERE owner_id = $1::text AND account_id = $2::uuid AND state = 'connected' AND rev = $3::bigint
    AND (lease IS NULL OR lease_until <= now())
RETURNING lease

-- renew --
-- The new tokens, from who holds the lease: it ends. No row comes back when another has it by now.
-- $1 owner, $2 id, $3 lease, $4 sealed tokens, $5 their number
UPDATE accounts SET tokens = $4::bytea, rev = $5::bigint, lease = NULL, lease_until = NULL
WHERE owner_id = $1::text AND account_id = $2::uuid AND lease = $3::uuid
RETURNING rev

-- release --
-- End the lease, the tokens stay.
-- $1 owner, $2 id, $3 lease
UPDATE accounts SET lease = NULL, lease_until = NULL
WHERE owner_id = $1::text AND account_id = $2::uuid AND lease = $3::uuid

-- lost --
-- The grant is gone, as who holds the lease has learned: connect again.
-- $1 owner, $2 id, $3 lease
UPDATE accounts SET state = 'reauthorise', tokens = NULL, lease = NULL, lease_until = NULL, next_due = NULL
WHERE owner_id = $1::text AND account_id = $2::uuid AND lease = $3::uuid

-- used --
-- It is being read; the clock's next turn is at $3.
-- $1 owner, $2 id, $3 due, $4 now
UPDATE accounts SET used_at = $4::timestamptz, next_due = $3::timestamptz
WHERE owner_id = $1::text AND account_id = $2::uuid

-- due --
-- Accounts whose turn has come, or whose tokens nobody used since $3, of all owners by key range. Walks accounts.
-- $1 after this owner, $2 now, $3 used before, $4 rows at most
SELECT owner_id, account_id, coalesce(next_due <= $2::timestamptz, false) AS due
FROM accounts
WHERE owner_id > $1::text
    AND (next_due <= $2::timestamptz OR (used_at < $3::timestamptz AND tokens IS NOT NULL))
ORDER BY owner_id, account_id LIMIT $4::bigint

-- imported --
-- When the newest whole import of each of the owner's accounts ended.
-- $1 owner
SELECT account_id, max(ended_at) AS at FROM imports
WHERE owner_id = $1::text AND account_id IS NOT NULL AND state = 'done' AND NOT preview
GROUP BY account_id
