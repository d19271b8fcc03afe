-- A Matrix look-up of a thousand digests reads one row of one table each, as every other look-up does.

-- The same as beside the bindings of the blind index: what the gate asks of the user, and the tag of an objection to
-- being found by the identifier. The bindings are the same ones: they come and go together, behind the directory's counter.
ALTER TABLE directory_matrix ADD COLUMN objection bytea;
ALTER TABLE directory_matrix ADD COLUMN terms text NOT NULL DEFAULT '';
UPDATE directory_matrix AS m SET objection = e.objection, terms = e.terms
FROM directory_entries AS e
WHERE e.user_id = m.user_id AND e.entry_id = m.entry_id;
