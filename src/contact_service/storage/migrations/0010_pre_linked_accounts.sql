-- Linked accounts: registered users may be found by an account of theirs elsewhere, where they say so.

ALTER TABLE sharing ADD COLUMN account text NOT NULL DEFAULT 'nobody';              -- who finds me by a linked account
ALTER TABLE directory_users ADD COLUMN share_account text NOT NULL DEFAULT 'nobody'; -- effective: the user's own choice

-- The provider's id, sealed like the name, for the directory is asked by the id itself. NULL: none, or none that is one.
ALTER TABLE social_edges ADD COLUMN sealed_id bytea;
ALTER TABLE social_edges ADD COLUMN paid boolean NOT NULL DEFAULT false; -- charged: the directory may be asked about them
