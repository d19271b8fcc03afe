-- Discovery: key epochs, the directory's other indexes, objections, the budget, cards that wait for it, Matrix accounts.
-- Nothing here is about somebody who is not registered but the keyed tag of an objection, which they asked for.

-- Key epochs of the directory. A kind without rows has one live epoch: the keyring's current one.
-- class: reference
CREATE TABLE directory_epochs (
    kind     text COLLATE "C" NOT NULL,       -- pepper, oprf, matrix
    epoch    bigint NOT NULL,                 -- the id of its key in the keyring
    state    text NOT NULL,                   -- building, live, retiring, gone
    bits     int NOT NULL DEFAULT 0,          -- oprf: leading bits of a digest that name its bucket; fixed for the epoch
    position text COLLATE "C" NOT NULL DEFAULT '', -- building: users up to this id have their rows
    since    timestamptz NOT NULL,            -- when it came into this state
    live_at  timestamptz,                     -- building: not live before; else when it became live
    ends_at  timestamptz,                     -- retiring: its rows and its key go from then on
    PRIMARY KEY (kind, epoch),
    CHECK (kind IN ('pepper', 'oprf', 'matrix')),
    CHECK (state IN ('building', 'live', 'retiring', 'gone'))
);

-- The tag by which an objection to this identifier would be kept: the gate asks for it at every read.
ALTER TABLE directory_entries ADD COLUMN objection bytea;

-- Whose each verified identifier is, also where it is not shared: it has one user, and the next takes it from the last.
-- class: reference
CREATE TABLE directory_holders (
    tag     bytea NOT NULL,                   -- keyed hash of its own use; one key for ever
    user_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (tag)
);
CREATE INDEX directory_holders_user ON directory_holders (user_id);

-- Keyed hash over what Matrix clients send, by epoch of the Matrix pepper.
-- class: reference
CREATE TABLE directory_matrix (
    epoch    bigint NOT NULL,
    tag      bytea NOT NULL,
    kind     text COLLATE "C" NOT NULL,
    entry_id bigint NOT NULL,
    user_id  text COLLATE "C" NOT NULL,
    PRIMARY KEY (epoch, tag)
);
CREATE INDEX directory_matrix_user ON directory_matrix (user_id, epoch);

-- What private discovery compares: the first 16 bytes of the VOPRF output, for identifiers shared with everyone.
-- class: reference
CREATE TABLE directory_private (
    epoch    bigint NOT NULL,
    digest   bytea NOT NULL,                  -- a bucket is a range of it
    kind     text COLLATE "C" NOT NULL,
    entry_id bigint NOT NULL,
    user_id  text COLLATE "C" NOT NULL,
    PRIMARY KEY (epoch, digest)
);
CREATE INDEX directory_private_user ON directory_private (user_id, epoch);

-- What came into buckets and left them, for clients that hold an older state; kept for 30 days.
-- class: reference
CREATE TABLE directory_private_log (
    epoch   bigint NOT NULL,
    bucket  bigint NOT NULL,
    seq     bigint NOT NULL,                  -- number of the directory's counter
    digest  bytea NOT NULL,
    user_id text COLLATE "C" NOT NULL,
    added   boolean NOT NULL,
    at      timestamptz NOT NULL,
    PRIMARY KEY (epoch, bucket, seq, digest)
);
CREATE INDEX directory_private_log_seq ON directory_private_log (seq);
-- Up to this number rows of that log are gone: who holds an older state is given the whole bucket.
ALTER TABLE directory_clock ADD COLUMN private_floor bigint NOT NULL DEFAULT 0;

-- People who do not want to be found, registered or not: keyed tag and time only.
-- class: reference
CREATE TABLE objections (
    tag bytea NOT NULL,
    at  timestamptz NOT NULL,
    PRIMARY KEY (tag)
);

-- Who blocks this owner, carried here by the blocker's errand: buckets leave them out. The gate reads blocks itself.
-- class: owner
CREATE TABLE blocked_by (
    owner_id text COLLATE "C" NOT NULL,       -- the one who is blocked
    user_id  text COLLATE "C" NOT NULL,       -- the one who blocks
    blocked  boolean NOT NULL,
    seq      bigint NOT NULL,                 -- the directory's counter when it changed
    PRIMARY KEY (owner_id, user_id)
);

-- The discovery allowance. A unit is one identifier asked for the first time; 86,400 ticks are a unit, so that a refill
-- of n units a day is n ticks a second.
-- class: owner
CREATE TABLE budgets (
    owner_id   text COLLATE "C" NOT NULL,
    class      text NOT NULL,                 -- verified, attested
    balance    bigint NOT NULL,               -- ticks
    earned     bigint NOT NULL,               -- ticks, from the first charge on
    granted    bigint NOT NULL,               -- units given at once so far
    asked      bigint NOT NULL DEFAULT 0,     -- units of the window in which density is judged
    hits       bigint NOT NULL DEFAULT 0,
    near       bigint NOT NULL DEFAULT 0,     -- of them in runs of near phone numbers
    slow_until timestamptz,                   -- refill is halved till then
    started_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (owner_id)
);

-- Units spent on evaluations under an OPRF epoch: given back once when it ends.
-- class: owner
CREATE TABLE budget_evaluated (
    owner_id text COLLATE "C" NOT NULL,
    epoch    bigint NOT NULL,
    units    bigint NOT NULL,
    credited boolean NOT NULL DEFAULT false,
    PRIMARY KEY (owner_id, epoch)
);

-- What a verified identifier left behind when it left an account; the next account with it starts from the lower.
-- class: reference
CREATE TABLE budget_carry (
    tag        bytea NOT NULL,
    balance    bigint NOT NULL,
    earned     bigint NOT NULL,
    granted    bigint NOT NULL,
    slow_until timestamptz,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tag)
);

-- Units spent by young accounts of one network and day: the second fence.
-- class: reference
CREATE TABLE budget_networks (
    day     date NOT NULL,
    network bytea NOT NULL,                   -- keyed hash of the /24 or /48
    units   bigint NOT NULL,
    PRIMARY KEY (day, network)
);

-- Units spent by all, in 16 rows a day: the alarm compares days.
-- class: reference
CREATE TABLE budget_days (
    day   date NOT NULL,
    shard int NOT NULL,
    units bigint NOT NULL,
    hits  bigint NOT NULL,
    PRIMARY KEY (day, shard)
);

-- How the book was read when it was last matched: another reading has other identifiers, which are charged.
ALTER TABLE match_state ADD COLUMN dialled text;                        -- region that national numbers were read in
ALTER TABLE match_state ADD COLUMN prints bytea;                        -- sealed: which cards were read as what
ALTER TABLE match_state ADD COLUMN waiting bigint NOT NULL DEFAULT 0;   -- identifiers of the cards in match_queue

-- Cards whose new identifiers wait for the budget before they are matched.
-- class: owner
CREATE TABLE match_queue (
    owner_id text COLLATE "C" NOT NULL,
    card_id  uuid NOT NULL,
    place    bigint NOT NULL,                 -- order of arrival; favourites have negative ones
    PRIMARY KEY (owner_id, card_id)
);
CREATE INDEX match_queue_place ON match_queue (owner_id, place);

-- Access tokens of the Matrix face.
-- class: reference
CREATE TABLE matrix_tokens (
    token      bytea NOT NULL,                -- keyed hash
    owner_id   text COLLATE "C" NOT NULL,
    mxid       text COLLATE "C" NOT NULL,
    at         timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (token)
);
CREATE INDEX matrix_tokens_owner ON matrix_tokens (owner_id);

-- Whole sets of addresses paid for in a Matrix pepper's life: one MAC of a set, none of an address.
-- class: owner
CREATE TABLE matrix_sets (
    owner_id text COLLATE "C" NOT NULL,
    epoch    bigint NOT NULL,
    mac      bytea NOT NULL,
    at       timestamptz NOT NULL,
    PRIMARY KEY (owner_id, epoch, mac)
);

-- The gate asks of every target whether its owner is restricted or being erased: nearly nobody is.
CREATE INDEX owners_inactive ON owners (owner_id) WHERE state <> 'active';
