-- get --
-- An account's state of the discovery budget.
-- $1 owner
SELECT balance, earned, granted, started_at, updated_at, slow_until, asked, hits, near
FROM budgets WHERE owner_id = $1::text

-- lock --
-- The same, held until commit: two nodes spend one after the other. `class` is that of the last charge.
-- $1 owner
SELECT class, balance, earned, granted, started_at, updated_at, slow_until, asked, hits, near
FROM budgets WHERE owner_id = $1::text FOR UPDATE

-- start --
-- The state at the first charge, held until commit; that of another transaction where it was first.
-- $1 owner, $2 class, $3 balance, $4 earned, $5 granted, $6 now
INSERT INTO budgets (owner_id, class, balance, earned, granted, started_at, updated_at)
VALUES ($1::text, $2::text, $3::bigint, $4::bigint, $5::bigint, $6::timestamptz, $6::timestamptz)
ON CONFLICT (owner_id) DO UPDATE SET class = budgets.class
RETURNING balance, earned, granted, started_at, updated_at, slow_until, asked, hits, near

-- put --
-- The state as it is from now on; the row is locked.
-- $1 owner, $2 class, $3 balance, $4 earned, $5 granted, $6 updated at, $7 slow until, $8 asked, $9 hits, $10 near
UPDATE budgets SET
    class = $2::text, balance = $3::bigint, earned = $4::bigint, granted = $5::bigint, updated_at = $6::timestamptz,
    slow_until = $7::timestamptz, asked = $8::bigint, hits = $9::bigint, near = $10::bigint
WHERE owner_id = $1::text

-- since --
-- Since when the account is.
-- $1 owner
SELECT created_at FROM owners WHERE owner_id = $1::text

-- holds --
-- Whether a user has a verified identifier.
-- $1 user
SELECT EXISTS (SELECT 1 FROM directory_holders WHERE user_id = $1::text) AS holds

-- note_evaluated --
-- Units spent under a key epoch of private discovery.
-- $1 owner, $2 epoch, $3 units
INSERT INTO budget_evaluated (owner_id, epoch, units) VALUES ($1::text, $2::bigint, $3::bigint)
ON CONFLICT (owner_id, epoch) DO UPDATE SET units = budget_evaluated.units + excluded.units

-- credit --
-- What was spent under an epoch, once: no row comes back the second time.
-- $1 owner, $2 epoch
UPDATE budget_evaluated SET credited = true
WHERE owner_id = $1::text AND epoch = $2::bigint AND NOT credited
RETURNING units

-- carry --
-- Keep a state under the tags of identifiers that leave an account; beside one that lies there, the poorer.
-- $1 tags, $2 balance, $3 earned, $4 granted, $5 slow until, $6 updated at
INSERT INTO budget_carry (tag, balance, earned, granted, slow_until, updated_at)
SELECT c.tag, $2::bigint, $3::bigint, $4::bigint, $5::timestamptz, $6::timestamptz
FROM unnest($1::bytea[]) AS c (tag)
ON CONFLICT (tag) DO UPDATE SET
    balance = least(budget_carry.balance, excluded.balance),
    earned = greatest(budget_carry.earned, excluded.earned),
    granted = greatest(budget_carry.granted, excluded.granted),
    slow_until = greatest(budget_carry.slow_until, excluded.slow_until),
    updated_at = greatest(budget_carry.updated_at, excluded.updated_at)

-- carried --
-- Take the states that lie under these tags.
-- $1 tags
DELETE FROM budget_carry WHERE tag = ANY($1::bytea[])
RETURNING balance, earned, granted, slow_until, updated_at

-- hold_network --
-- What young accounts of a network spent this day; the row is held until commit.
-- $1 day, $2 network
INSERT INTO budget_networks (day, network, units) VALUES ($1::date, $2::bytea, 0)
ON CONFLICT (day, network) DO UPDATE SET units = budget_networks.units
RETURNING units

-- add_network --
-- Count units of a young account; the row is held.
-- $1 day, $2 network, $3 units
UPDATE budget_networks SET units = units + $3::bigint WHERE day = $1::date AND network = $2::bytea

-- add_day --
-- Count units and hits of all.
-- $1 day, $2 shard, $3 units, $4 hits
INSERT INTO budget_days (day, shard, units, hits) VALUES ($1::date, $2::int, $3::bigint, $4::bigint)
ON CONFLICT (day, shard) DO UPDATE SET
    units = budget_days.units + excluded.units, hits = budget_days.hits + excluded.hits

-- days --
-- Units of all by day.
-- $1 first day
SELECT day, sum(units)::bigint AS units FROM budget_days WHERE day >= $1::date GROUP BY day

-- drop_carry --
-- States that nobody took up in time go: each is full by now.
-- $1 before, $2 rows at most
DELETE FROM budget_carry WHERE tag IN (
    SELECT tag FROM budget_carry
    WHERE updated_at < $1::timestamptz AND (slow_until IS NULL OR slow_until < $1::timestamptz) LIMIT $2::bigint
)

-- drop_networks --
-- Counts of past days go.
-- $1 before, $2 rows at most
DELETE FROM budget_networks WHERE (day, network) IN (
    SELECT day, network FROM budget_networks WHERE day < $1::date LIMIT $2::bigint
)

-- drop_days --
-- Counts of past days go.
-- $1 before
DELETE FROM budget_days WHERE day < $1::date
