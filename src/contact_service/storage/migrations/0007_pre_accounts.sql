-- Linked accounts at providers: their tokens and cursors, links under way, what calls were made and what they cost.

-- class: owner
CREATE TABLE accounts (
    owner_id     text COLLATE "C" NOT NULL,
    account_id   uuid NOT NULL,
    provider     text COLLATE "C" NOT NULL,
    state        text NOT NULL,               -- connected, reauthorise, unlinking
    subject      bytea,                       -- sealed: whose account it is, where the provider tells
    tokens       bytea,                       -- sealed; NULL: none are held
    rev          bigint NOT NULL DEFAULT 0,   -- counts the tokens; bound into their seal
    scope        text NOT NULL,               -- as granted (RFC 6749 3.3)
    options      text NOT NULL,               -- the owner's choices that are on, by name
    resume       bytea,                       -- sealed: where a read that was cut goes on
    checkpoint   bytea,                       -- sealed: what the next delta starts from
    lease        uuid,                        -- who renews the tokens at this moment, …
    lease_until  timestamptz,                 -- … and until when that is believed
    next_due     timestamptz,                 -- when the clock reads it next; NULL: only when asked
    used_at      timestamptz NOT NULL,
    connected_at timestamptz NOT NULL,
    PRIMARY KEY (owner_id, account_id)
);

-- Links that an owner began: each is used once, within ten minutes.
-- class: owner
CREATE TABLE oauth_states (
    owner_id   text COLLATE "C" NOT NULL,
    state_id   uuid NOT NULL,
    sealed     bytea NOT NULL,                -- PKCE verifier, nonce, what was asked, where to go back to
    code       bytea,                         -- sealed: it came, and waits for the app to fetch it
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (owner_id, state_id)
);

-- The ledger of paid calls: a row before each call, with the most it may cost; its real cost after.
-- class: owner
CREATE TABLE provider_spend (
    owner_id  text COLLATE "C" NOT NULL,
    spend_id  uuid NOT NULL,
    provider  text COLLATE "C" NOT NULL,
    run_id    uuid,
    micro_usd bigint NOT NULL,
    settled   boolean NOT NULL DEFAULT false,
    at        timestamptz NOT NULL,
    PRIMARY KEY (owner_id, spend_id)
);
CREATE INDEX provider_spend_at ON provider_spend (owner_id, at);
CREATE INDEX provider_spend_run ON provider_spend (owner_id, run_id);

-- What all owners together spent on a day: the row that concurrent calls meet at.
-- class: reference
CREATE TABLE provider_days (
    day       date NOT NULL,
    micro_usd bigint NOT NULL,
    PRIMARY KEY (day)
);

-- How many calls were made lately, per app and per account, for all workers and nodes.
-- class: reference
CREATE TABLE provider_buckets (
    bucket     text COLLATE "C" NOT NULL,     -- provider, limit, and whose calls: an app's fingerprint or an account's id
    rev        bigint NOT NULL,               -- who changes it names the one it saw
    slot       bigint NOT NULL,               -- number of the newest of the slots
    counts     bigint[] NOT NULL,             -- calls by slot, the newest last
    not_before timestamptz,                   -- the provider asked for silence until then
    at         timestamptz NOT NULL,
    PRIMARY KEY (bucket)
);
