-- open --
-- The row of a day, for `spend` to meet at.
-- $1 day
INSERT INTO provider_days (day, micro_usd) VALUES ($1::date, 0) ON CONFLICT (day) DO NOTHING

-- spend --
-- Spend on that day, if the limit covers it: concurrent ones wait for the row. No row comes back otherwise.
-- $1 day, $2 millionths of a USD, $3 limit
UPDATE provider_days SET micro_usd = micro_usd + $2::bigint
WHERE day = $1::date AND micro_usd + $2::bigint <= $3::bigint
RETURNING micro_usd

-- give_back --
-- What a call cost less than it might have.
-- $1 day, $2 millionths of a USD
UPDATE provider_days SET micro_usd = micro_usd - $2::bigint WHERE day = $1::date

-- drop --
-- Past days go.
-- $1 before
DELETE FROM provider_days WHERE day < $1::date
