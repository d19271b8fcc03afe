-- The first schema. Rules: docs/explanation/schema.md. Owner tables lead with owner_id in every key and index; the
-- directory holds registered users only and is the same on every node; nothing here is plaintext of a person's card.

-- class: owner
CREATE TABLE owners (
    owner_id   text COLLATE "C" NOT NULL,
    version    bigint NOT NULL DEFAULT 0,     -- number of the last row change; never goes back
    epoch      bigint NOT NULL,               -- random 32 bits; another one after a restore from backup
    consents   bigint NOT NULL DEFAULT 0,     -- bit set of the purposes given now; history: consents
    state      text NOT NULL DEFAULT 'active',
    key_gen    bigint NOT NULL DEFAULT 1,     -- generation of the data key that writes use
    live_cards bigint NOT NULL DEFAULT 0,     -- how many cards are not deleted: the bound of 50,000 without a count
    created_at timestamptz NOT NULL,
    PRIMARY KEY (owner_id),
    CHECK (state IN ('active', 'restricted', 'erasing'))
);

-- class: owner
CREATE TABLE books (
    owner_id   text COLLATE "C" NOT NULL,
    book_id    text COLLATE "C" NOT NULL,
    version    bigint NOT NULL DEFAULT 0,     -- last number given to a row of this book
    feed_floor bigint NOT NULL DEFAULT 0,     -- tombstones up to this number are purged: older tokens are expired
    PRIMARY KEY (owner_id, book_id),
    FOREIGN KEY (owner_id) REFERENCES owners (owner_id) ON DELETE CASCADE
);

-- class: owner
CREATE TABLE cards (
    owner_id   text COLLATE "C" NOT NULL,
    card_id    uuid NOT NULL,                 -- UUIDv7, made by the service
    book_id    text COLLATE "C" NOT NULL,
    version    bigint NOT NULL,               -- the row's place in the change feed
    rev        bigint NOT NULL,               -- counts this card's revisions; bound into the seal
    sealed     bytea,                         -- the body; NULL in a bare tombstone
    head       bytea,                         -- sealed UID (and DAV name): a listing never opens bodies
    uid_key    bytea NOT NULL,                -- keyed hash of the UID, unique among a book's live rows
    name_key   bytea,                         -- keyed hash of the DAV resource name, when it is not the default one
    by_hand    boolean NOT NULL,              -- made or edited by the owner, not only brought by an upload
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (owner_id, card_id)
);
CREATE INDEX cards_feed ON cards (owner_id, version);
CREATE INDEX cards_book_feed ON cards (owner_id, book_id, version);
CREATE UNIQUE INDEX cards_uid ON cards (owner_id, book_id, uid_key) WHERE deleted_at IS NULL;

-- class: owner
CREATE TABLE card_sources (
    owner_id   text COLLATE "C" NOT NULL,
    kind       text COLLATE "C" NOT NULL,     -- ios, android, sim, other
    device_id  bytea NOT NULL,                -- keyed hash of the device's id
    source_key bytea NOT NULL,                -- keyed hash of the record's id on that device
    card_id    uuid NOT NULL,
    digest     bytea NOT NULL,                -- keyed hash of the record as it came
    PRIMARY KEY (owner_id, kind, device_id, source_key)
);

CREATE SCHEMA vault;

-- class: owner
CREATE TABLE vault.data_keys (
    owner_id   text COLLATE "C" NOT NULL,
    gen        bigint NOT NULL,
    wrapped    bytea NOT NULL,
    state      text NOT NULL,                 -- live, retired
    created_at timestamptz NOT NULL,
    PRIMARY KEY (owner_id, gen)
);

-- class: owner
CREATE TABLE consents (
    owner_id       text COLLATE "C" NOT NULL,
    purpose        text COLLATE "C" NOT NULL,
    n              bigint NOT NULL,           -- 1, 2, 3 … per purpose; rows are never changed
    granted        boolean NOT NULL,
    policy_version text NOT NULL,
    policy_sha256  bytea NOT NULL,
    source         text NOT NULL,
    device_id      bytea,
    at             timestamptz NOT NULL,
    request_id     text NOT NULL,
    PRIMARY KEY (owner_id, purpose, n)
);

-- class: owner
CREATE TABLE sharing (
    owner_id      text COLLATE "C" NOT NULL,
    phone         text NOT NULL,
    email         text NOT NULL,
    name          text NOT NULL,
    profile_photo text NOT NULL,
    suggest_me    boolean NOT NULL,
    updated_at    timestamptz NOT NULL,
    PRIMARY KEY (owner_id)
);

-- class: owner
CREATE TABLE blocks (
    owner_id text COLLATE "C" NOT NULL,
    user_id  text COLLATE "C" NOT NULL,
    since    timestamptz NOT NULL,
    PRIMARY KEY (owner_id, user_id)
);

-- class: owner
CREATE TABLE matches (
    owner_id text COLLATE "C" NOT NULL,
    card_id  uuid NOT NULL,
    user_id  text COLLATE "C" NOT NULL,
    kind     text COLLATE "C" NOT NULL,       -- phone, email: sharing is asked per kind
    entry_id bigint NOT NULL,                 -- the directory binding it rests on
    PRIMARY KEY (owner_id, card_id, user_id, kind)
);
CREATE INDEX matches_knows ON matches (owner_id, user_id);

-- class: owner
CREATE TABLE match_state (
    owner_id    text COLLATE "C" NOT NULL,
    through_seq bigint NOT NULL,              -- directory clock up to which the whole book is matched
    book_version bigint NOT NULL,             -- owner version whose identifiers are matched
    metadata    text NOT NULL,                -- version of the phone metadata the identifiers were read with
    region      text,                         -- ISO 3166 region that the last upload named for national numbers
    matched_at  timestamptz NOT NULL,
    PRIMARY KEY (owner_id)
);

-- class: owner
CREATE TABLE idempotency_keys (
    owner_id    text COLLATE "C" NOT NULL,
    key_mac     bytea NOT NULL,               -- keyed hash of the Idempotency-Key
    fingerprint bytea NOT NULL,               -- keyed hash of method, path, body
    status      bigint,                       -- NULL while the first request is being answered
    answer      bytea,                        -- sealed headers and body
    at          timestamptz NOT NULL,
    PRIMARY KEY (owner_id, key_mac)
);

-- class: owner
CREATE TABLE outbox (
    owner_id text COLLATE "C" NOT NULL,
    at       timestamptz NOT NULL,
    id       uuid NOT NULL,
    task     text NOT NULL,
    payload  bytea,                           -- sealed; ids only
    PRIMARY KEY (owner_id, at, id)
);

-- class: owner
CREATE TABLE audit (
    owner_id    text COLLATE "C" NOT NULL,
    at          timestamptz NOT NULL,
    id          uuid NOT NULL,
    actor       text NOT NULL,
    actor_kind  text NOT NULL,
    action      text NOT NULL,
    object_kind text,
    object_id   text,
    n           bigint,
    outcome     text NOT NULL,
    request_id  text,
    PRIMARY KEY (owner_id, at, id)
);

-- class: reference
CREATE TABLE directory_clock (
    id  int NOT NULL,                         -- always 1
    seq bigint NOT NULL,                      -- a counter row, not a sequence: commit order = number order
    PRIMARY KEY (id)
);
INSERT INTO directory_clock (id, seq) VALUES (1, 0);

-- class: reference
CREATE TABLE directory_users (
    user_id       text COLLATE "C" NOT NULL,
    sealed        bytea NOT NULL,             -- identifiers and profile, under the user's own data key (kind dir)
    key_gen       bigint NOT NULL,
    share_phone   text NOT NULL,              -- effective: the user's own choice, else the start value
    share_email   text NOT NULL,
    share_name    text NOT NULL,
    share_photo   text NOT NULL,
    state         text NOT NULL,              -- active, suspended
    class         text NOT NULL,              -- verified, attested
    seq           bigint NOT NULL,
    PRIMARY KEY (user_id)
);

-- class: reference
CREATE TABLE directory_entries (
    epoch    bigint NOT NULL,                 -- pepper epoch of the tag
    tag      bytea NOT NULL,                  -- blind index of the identifier
    kind     text COLLATE "C" NOT NULL,
    entry_id bigint NOT NULL,                 -- lives as long as the binding, the same in all epochs
    user_id  text COLLATE "C" NOT NULL,
    seq      bigint NOT NULL,
    PRIMARY KEY (epoch, tag)
);
CREATE INDEX directory_entries_user ON directory_entries (user_id, epoch);
CREATE INDEX directory_entries_seq ON directory_entries (epoch, seq);
