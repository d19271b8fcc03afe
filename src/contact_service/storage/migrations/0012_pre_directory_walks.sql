-- A look-up of a thousand tags walks fewer pages and reads fewer rows.

-- Tags come in no order, and are asked for one by one: a bucket of a hash is one page, however many there are; the tree
-- of the primary key, three or four. Nothing has been released that these statements could keep waiting.
CREATE INDEX directory_entries_tag ON directory_entries USING hash (tag);
CREATE INDEX directory_matrix_tag ON directory_matrix USING hash (tag);

-- What the gate asks of its user, beside each binding: state, then who may see what, as directory_users has them. A
-- look-up reads one row of one table an identifier. Written wherever either is, behind the directory's counter. Empty,
-- by a node of the older release, hides.
ALTER TABLE directory_entries ADD COLUMN terms text NOT NULL DEFAULT '';
UPDATE directory_entries AS e
SET terms =
    u.state || ' ' || u.share_phone || ' ' || u.share_email || ' ' || u.share_name || ' ' || u.share_photo || ' ' || u.share_account
FROM directory_users AS u WHERE u.user_id = e.user_id;
