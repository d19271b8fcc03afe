-- number --
-- The number of the owner's next run; it is never given again.
-- $1 owner
UPDATE owners SET imports_made = imports_made + 1 WHERE owner_id = $1::text RETURNING imports_made

-- auto_merge --
-- Whether runs may merge what is surely the same.
-- $1 owner
SELECT auto_merge FROM owners WHERE owner_id = $1::text

-- set_auto_merge --
-- Choose it.
-- $1 owner, $2 whether
UPDATE owners SET auto_merge = $2::boolean WHERE owner_id = $1::text

-- add --
-- A run that waits for its turn.
-- $1 owner, $2 import, $3 number, $4 kind, $5 account, $6 preview, $7 sealed, $8 total, $9 now
INSERT INTO imports (owner_id, import_id, number, kind, account_id, preview, state, phase, sealed, rev, total, made_at)
VALUES ($1::text, $2::uuid, $3::bigint, $4::text, $5::uuid, $6::boolean, 'queued', 'queued', $7::bytea, 1, $8::bigint,
    $9::timestamptz)

-- get --
-- One run.
-- $1 owner, $2 import
SELECT import_id, number, kind, account_id, preview, state, phase, sealed, rev, done, total, percent, created, updated, unchanged,
    removed, rejected, held, waiting_until, lease_token, lease_until, made_at, ended_at
FROM imports WHERE owner_id = $1::text AND import_id = $2::uuid

-- page --
-- Runs, the newest first.
-- $1 owner, $2 older than this one, $3 rows at most
SELECT import_id, number, kind, account_id, preview, state, phase, sealed, rev, done, total, percent, created, updated, unchanged,
    removed, rejected, held, waiting_until, lease_token, lease_until, made_at, ended_at
FROM imports WHERE owner_id = $1::text AND import_id < $2::uuid
ORDER BY import_id DESC LIMIT $3::bigint

-- standing --
-- The runs that have not ended.
-- $1 owner
SELECT import_id, account_id, state, lease_until FROM imports
WHERE owner_id = $1::text AND state IN ('queued', 'running')
ORDER BY import_id

-- take --
-- Begin or go on with a run that nobody works on. No row comes back when it has ended or is being worked on.
-- $1 owner, $2 import, $3 token, $4 now, $5 lease until
UPDATE imports
SET state = 'running', phase = 'reading', waiting_until = NULL, lease_token = $3::uuid, lease_until = $5::timestamptz
WHERE owner_id = $1::text AND import_id = $2::uuid AND state IN ('queued', 'running')
    AND (lease_until IS NULL OR lease_until <= $4::timestamptz)
RETURNING import_id, number, kind, account_id, preview, state, phase, sealed, rev, done, total, percent, created, updated, unchanged,
    removed, rejected, held, waiting_until, lease_token, lease_until, made_at, ended_at

-- renew --
-- Go on holding it. No row comes back when it was taken away.
-- $1 owner, $2 import, $3 token, $4 lease until
UPDATE imports SET lease_until = $4::timestamptz
WHERE owner_id = $1::text AND import_id = $2::uuid AND lease_token = $3::uuid
RETURNING import_id

-- advance --
-- What a page came to, under the token it was read with. No row comes back when that was taken away, or the row is
-- another by now.
-- $1 owner, $2 import, $3 token, $4 lease until, $5 sealed, $6 total, $7 done, $8 created, $9 updated, $10 unchanged,
-- $11 removed, $12 rejected, $13 held, $14 percent, $15 revision
UPDATE imports
SET phase = 'reading', waiting_until = NULL, lease_until = $4::timestamptz, sealed = $5::bytea, rev = rev + 1, total = $6::bigint, done = done + $7::bigint,
    created = created + $8::bigint, updated = updated + $9::bigint, unchanged = unchanged + $10::bigint,
    removed = removed + $11::bigint, rejected = rejected + $12::bigint, held = held + $13::bigint,
    percent = $14::bigint
WHERE owner_id = $1::text AND import_id = $2::uuid AND lease_token = $3::uuid AND rev = $15::bigint
RETURNING import_id

-- park --
-- Let it wait: nobody works on it until then. No row comes back as in advance.
-- $1 owner, $2 import, $3 token, $4 sealed, $5 waiting until, $6 revision
UPDATE imports
SET phase = 'waiting', lease_token = NULL, lease_until = NULL, sealed = $4::bytea, rev = rev + 1,
    waiting_until = $5::timestamptz
WHERE owner_id = $1::text AND import_id = $2::uuid AND lease_token = $3::uuid AND rev = $6::bigint
RETURNING import_id

-- finish --
-- It ends, by the hand that works on it. No row comes back as in advance.
-- $1 owner, $2 import, $3 token, $4 sealed, $5 state, $6 now, $7 revision
UPDATE imports
SET state = $5::text, phase = 'ended', lease_token = NULL, lease_until = NULL, waiting_until = NULL, sealed = $4::bytea,
    rev = rev + 1, ended_at = $6::timestamptz
WHERE owner_id = $1::text AND import_id = $2::uuid AND lease_token = $3::uuid AND rev = $7::bigint
RETURNING import_id

-- free --
-- Nobody works on it any more; what stands in it is not known to who did.
-- $1 owner, $2 import, $3 token
UPDATE imports SET lease_token = NULL, lease_until = NULL
WHERE owner_id = $1::text AND import_id = $2::uuid AND lease_token = $3::uuid

-- pause --
-- It waits until $5, or goes on, and is held meanwhile.
-- $1 owner, $2 import, $3 token, $4 phase, $5 waiting until
UPDATE imports SET phase = $4::text, waiting_until = $5::timestamptz
WHERE owner_id = $1::text AND import_id = $2::uuid AND lease_token = $3::uuid

-- turn --
-- Its state is another by the owner's word, whoever works on it.
-- $1 owner, $2 import, $3 sealed, $4 state, $5 now
UPDATE imports
SET state = $4::text, phase = 'ended', lease_token = NULL, lease_until = NULL, waiting_until = NULL, sealed = $3::bytea,
    rev = rev + 1, ended_at = coalesce(ended_at, $5::timestamptz)
WHERE owner_id = $1::text AND import_id = $2::uuid

-- set_phase --
-- What is being done with it.
-- $1 owner, $2 import, $3 phase
UPDATE imports SET phase = $3::text WHERE owner_id = $1::text AND import_id = $2::uuid

-- of_account --
-- The runs of one account that have not ended.
-- $1 owner, $2 account
SELECT import_id FROM imports
WHERE owner_id = $1::text AND account_id = $2::uuid AND state IN ('queued', 'running')

-- held --
-- Whether it is still worked on under that token.
-- $1 owner, $2 import, $3 token
SELECT lease_token = $3::uuid AS held FROM imports WHERE owner_id = $1::text AND import_id = $2::uuid

-- progress --
-- What a listener is told; nothing of it is sealed.
-- $1 owner, $2 import
SELECT state, phase, rev, done, total, percent, created, updated, unchanged, removed, rejected, held, waiting_until
FROM imports WHERE owner_id = $1::text AND import_id = $2::uuid
