-- History, trash, photos, several address books, app passwords: what sync needs beside the present row of a card.

ALTER TABLE owners ADD COLUMN keyword_groups boolean NOT NULL DEFAULT false; -- a device is shown keywords as groups

-- Sealed: the name in URLs, displayname, description, dead properties (RFC 4918). NULL: the default book as it is made.
ALTER TABLE books ADD COLUMN sealed bytea;
ALTER TABLE books ADD COLUMN rev bigint NOT NULL DEFAULT 0; -- counts the revisions of `sealed`; bound into the seal

ALTER TABLE cards ADD COLUMN cause text NOT NULL DEFAULT 'created'; -- what made this revision: model/revision.py
ALTER TABLE cards ADD COLUMN device bytea;                -- sealed: who made it, in the client's words
ALTER TABLE cards ADD COLUMN blobs bytea[];               -- the blobs that the body points to
ALTER TABLE cards ADD COLUMN lines text;                  -- version of the vCard lines it came in; NULL: made as JSON
CREATE UNIQUE INDEX cards_name ON cards (owner_id, book_id, name_key) WHERE deleted_at IS NULL;
CREATE INDEX cards_trash ON cards (owner_id, deleted_at) WHERE deleted_at IS NOT NULL;

-- The device's record as it came last, the base of its next merge: a revision of the card that says just that, …
ALTER TABLE card_sources ADD COLUMN version bigint NOT NULL DEFAULT 0;
ALTER TABLE card_sources ADD COLUMN record bytea;         -- … or, where a merge made another body of it, sealed here

-- A card's former revisions; the present one is its row in cards, and its seal is moved here as it is.
-- class: owner
CREATE TABLE revisions (
    owner_id text COLLATE "C" NOT NULL,
    card_id  uuid NOT NULL,
    version  bigint NOT NULL,                 -- the number it had in the feed
    rev      bigint NOT NULL,                 -- bound into the seal
    book_id  text COLLATE "C" NOT NULL,
    sealed   bytea,                           -- NULL: at this number it was deleted
    blobs    bytea[],
    cause    text NOT NULL,
    device   bytea,
    at       timestamptz NOT NULL,            -- current from then …
    until    timestamptz NOT NULL,            -- … to then
    PRIMARY KEY (owner_id, card_id, version)
);
CREATE INDEX revisions_until ON revisions (owner_id, until);

-- Bodies that were refused as stale (CardDAV PUT): the client drops its edit, we do not.
-- class: owner
CREATE TABLE refused (
    owner_id text COLLATE "C" NOT NULL,
    card_id  uuid NOT NULL,
    id       uuid NOT NULL,
    sealed   bytea NOT NULL,
    blobs    bytea[],
    device   bytea,
    at       timestamptz NOT NULL,
    PRIMARY KEY (owner_id, card_id, id)
);

-- Photos and other binary values, cut out of the cards; content-addressed within one owner.
-- class: owner
CREATE TABLE blobs (
    owner_id text COLLATE "C" NOT NULL,
    blob     bytea NOT NULL,                  -- keyed hash of the content
    media    text NOT NULL,                   -- its media type, by its own first bytes
    size     bigint NOT NULL,
    sealed   bytea NOT NULL,
    at       timestamptz NOT NULL,
    PRIMARY KEY (owner_id, blob)
);

-- A resource name that a card had and has no more (DAV MOVE): the feed must name the old place as removed.
-- class: owner
CREATE TABLE name_tombstones (
    owner_id text COLLATE "C" NOT NULL,
    book_id  text COLLATE "C" NOT NULL,
    version  bigint NOT NULL,
    card_id  uuid NOT NULL,
    sealed   bytea NOT NULL,                  -- the name
    at       timestamptz NOT NULL,
    PRIMARY KEY (owner_id, version)
);

-- Keywords as group cards, for devices that asked for it; numbered in the transaction that edits a member.
-- class: owner
CREATE TABLE keyword_groups (
    owner_id    text COLLATE "C" NOT NULL,
    group_id    uuid NOT NULL,
    book_id     text COLLATE "C" NOT NULL,
    keyword_key bytea NOT NULL,               -- keyed hash of the keyword
    sealed      bytea NOT NULL,               -- the keyword
    version     bigint NOT NULL,
    live        boolean NOT NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (owner_id, group_id)
);
CREATE UNIQUE INDEX keyword_groups_key ON keyword_groups (owner_id, book_id, keyword_key);
CREATE INDEX keyword_groups_feed ON keyword_groups (owner_id, book_id, version);

-- class: owner
CREATE TABLE app_passwords (
    owner_id       text COLLATE "C" NOT NULL,
    password_id    uuid NOT NULL,
    name           bytea NOT NULL,            -- sealed: what the owner calls the device
    hash           text NOT NULL,             -- argon2id
    device         text NOT NULL,             -- ios, android, desktop, other
    access         text NOT NULL,             -- read, write
    keyword_groups boolean NOT NULL,
    profile_key    bytea,                     -- keyed hash of the one-time link to its profile; NULL: used or none
    profile_until  timestamptz,
    created_at     timestamptz NOT NULL,
    used_at        timestamptz,               -- to the day
    PRIMARY KEY (owner_id, password_id)
);

-- Whose an app password is: a sign-in names nothing else.
-- class: reference
CREATE TABLE dav_logins (
    password_id uuid NOT NULL,
    owner_id    text COLLATE "C" NOT NULL,
    PRIMARY KEY (password_id)
);
