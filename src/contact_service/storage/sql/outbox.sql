-- put --
-- Leave an errand, in the commit that makes it necessary.
-- $1 owner, $2 now, $3 id, $4 task, $5 sealed payload
INSERT INTO outbox (owner_id, at, id, task, payload)
VALUES ($1::text, $2::timestamptz, $3::uuid, $4::text, $5::bytea)

-- waiting --
-- Errands that wait for the queue, of all owners by key range: those of tasks that this release knows. Walks owners.
-- $1 after this owner, $2 tasks, $3 rows at most
SELECT owner_id, at, id, task, payload
FROM outbox WHERE owner_id > $1::text AND task = ANY($2::text[])
ORDER BY owner_id, at, id LIMIT $3::bigint

-- moved --
-- The queue has these errands by now.
-- $1 owner, $2 ids
DELETE FROM outbox WHERE owner_id = $1::text AND id = ANY($2::uuid[])
