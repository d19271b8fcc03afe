-- of_run --
-- What a run cost so far, at the most.
-- $1 owner, $2 run
SELECT coalesce(sum(micro_usd), 0)::bigint AS spent FROM provider_spend WHERE owner_id = $1::text AND run_id = $2::uuid

-- of_owner --
-- What the owner's calls cost since a moment, at the most.
-- $1 owner, $2 since
SELECT coalesce(sum(micro_usd), 0)::bigint AS spent FROM provider_spend WHERE owner_id = $1::text AND at >= $2::timestamptz

-- add --
-- A call that is about to be made, with the most it may cost.
-- $1 owner, $2 id, $3 provider, $4 run, $5 millionths of a USD, $6 now
INSERT INTO provider_spend (owner_id, spend_id, provider, run_id, micro_usd, at)
VALUES ($1::text, $2::uuid, $3::text, $4::uuid, $5::bigint, $6::timestamptz)

-- settle --
-- What it cost, once.
-- $1 owner, $2 id, $3 millionths of a USD
UPDATE provider_spend SET micro_usd = $3::bigint, settled = true
WHERE owner_id = $1::text AND spend_id = $2::uuid AND NOT settled
RETURNING spend_id

-- drop --
-- Rows of before a moment go.
-- $1 owner, $2 before
DELETE FROM provider_spend WHERE owner_id = $1::text AND at < $2::timestamptz

-- past --
-- Owners of rows of before a moment, by key range. Walks provider_spend.
-- $1 after this owner, $2 before, $3 rows at most
SELECT DISTINCT owner_id FROM provider_spend
WHERE owner_id > $1::text AND at < $2::timestamptz ORDER BY owner_id LIMIT $3::bigint
