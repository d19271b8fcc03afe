-- What nodes of the release before have written while this one came up is said beside the bindings as well: they know
-- neither column, so what they bound is hidden, and what somebody chose there to share no more may still be found.
UPDATE directory_entries AS e SET terms = u.terms FROM (
    SELECT user_id,
        state || ' ' || share_phone || ' ' || share_email || ' ' || share_name || ' ' || share_photo || ' ' || share_account AS terms
    FROM directory_users
) AS u
WHERE e.user_id = u.user_id AND e.terms <> u.terms;
UPDATE directory_matrix AS m SET objection = e.objection, terms = e.terms
FROM directory_entries AS e
WHERE e.user_id = m.user_id AND e.entry_id = m.entry_id
    AND (m.terms <> e.terms OR m.objection IS DISTINCT FROM e.objection);
