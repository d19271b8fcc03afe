"""Mutants of what devices send: the desk, batches, uploads, keys, the history, CardDAV's writes (reliability.md T4m)."""

from sync.planting import Mutant

_DEVICES = "sync/test_in_process.py::test_devices_agree_with_the_application_in_the_end"
_BASES = "actions/test_bases.py::"
_KEYS = "endpoints/test_idempotency.py::"
_BATCH = "endpoints/test_batch.py::test_a_bad_item_never_sinks_the_rest"
_UPLOAD = "endpoints/test_upload.py::"
_FULL_VIEW = f"{_UPLOAD}test_a_full_view_removes_only_what_this_device_had_brought"
_DAV = "endpoints/carddav/test_cards.py::"
_CONDITIONS = f"{_DAV}test_conditions_are_held"

MUTANTS = (
    Mutant(
        "a key is ignored",
        "actions/idempotency.py",
        "    return key_mac, print_mac, begun\n",
        "    return key_mac, print_mac, True\n",
        f"{_KEYS}test_five_at_once_make_one_contact",
    ),
    Mutant(
        "an answer is given to another body",
        "actions/idempotency.py",
        "    if kept.fingerprint != print_mac:\n",
        "    if False:\n",
        f"{_KEYS}test_each_post_under_a_key",
    ),
    Mutant(
        "an answer is kept before its commit",
        "actions/idempotency.py",
        "        answer = await story(ctx)\n        sealed",
        "        before = once.__dict__.get(str(key_mac))\n"
        "        answer = once.__dict__[str(key_mac)] = before or await story(ctx)\n        sealed",
        "sync/test_repeats.py::test_what_was_not_committed_is_no_answer",
    ),
    Mutant(
        "what may be done already is done again",
        "storage/db.py",
        "            if tries == TRIES or not transaction.again:\n",
        "            if tries == TRIES:\n",
        "storage/test_transaction.py::"
        "test_a_connection_lost_in_commit_is_not_told_again_and_says_that_it_may_be_done",
    ),
    Mutant(
        "a base is ignored",
        "actions/desk.py",
        "        if base is None:\n            self._change(sheet, media.stored(",
        "        if True:\n            self._change(sheet, media.stored(",
        _DEVICES,
    ),
    Mutant(
        "mine is taken for the merge",
        "actions/desk.py",
        "        self._change(sheet, merged.json, Cause.MERGED)\n",
        "        self._change(sheet, mine, Cause.MERGED)\n",
        _DEVICES,
    ),
    Mutant(
        "theirs is taken for the merge",
        "actions/desk.py",
        "        self._change(sheet, merged.json, Cause.MERGED)\n",
        "        pass\n",
        _DEVICES,
    ),
    Mutant(
        "a patch is read on what stands",
        "actions/desk.py",
        "        on = sheet.card.json if base is None else self._base(sheet, base)\n",
        "        on = sheet.card.json\n",
        f"{_BASES}test_a_patch_is_read_on_its_base_not_on_what_stands",
    ),
    Mutant(
        "a delete wins over a later edit",
        "actions/desk.py",
        "        if base is not None and (sheet.touched or read_etag(base) != self._place(sheet)):\n",
        "        if False:\n",
        _DEVICES,
    ),
    Mutant(
        "an edit that says nothing new revives",
        "actions/desk.py",
        "            if not merging.is_news(held, mine, self._laid.region):\n                raise NotFound\n",
        "",
        _DEVICES,
    ),
    Mutant(
        "an edit of a deleted contact is lost",
        "actions/desk.py",
        " or (sheet.trashed and base is None):\n",
        " or sheet.trashed:\n",
        _DEVICES,
    ),
    Mutant(
        "a revived contact takes the uid of another",
        "actions/desk.py",
        "        if holder is not None:\n            raise UidTaken(str(holder))\n        self._add_live()\n",
        "        self._add_live()\n",
        f"{_BASES}test_an_edit_whose_uid_another_contact_took_is_refused",
    ),
    Mutant(
        "If-Match is ignored",
        "actions/desk.py",
        '        if if_match not in {None, "*"} and',
        "        if False and",
        "endpoints/test_contacts.py::test_a_stale_write_is_412_with_the_current_contact",
    ),
    Mutant(
        "a uid with another content is answered as the same",
        "actions/desk.py",
        "            if not same(self._sheets[holder].card.json, content.json):\n",
        "            if False:\n",
        "actions/test_cards.py::test_a_live_uid_with_other_content_names_its_holder",
    ),
    Mutant(
        "a create that is repeated is refused",
        "actions/desk.py",
        "            if not same(self._sheets[holder].card.json, content.json):\n",
        "            if True:\n",
        "sync/test_repeats.py::"
        "test_a_thousand_creates_sent_twice_without_a_key_are_a_thousand_contacts",
    ),
    Mutant(
        "an edit leaves no former revision",
        "storage/sql/cards.sql",
        "    FROM cards WHERE owner_id = $1::text AND card_id = ANY($2::uuid[])\n)\n",
        "    FROM cards WHERE owner_id = $1::text AND card_id = ANY($2::uuid[]) AND sealed IS NULL\n)\n",
        _DEVICES,
    ),
    Mutant(
        "a bad item sinks the batch",
        "actions/batch.py",
        "        return _change(desk, operation, parsed)\n    except Problem as problem:\n",
        "        return _change(desk, operation, parsed)\n    except ZeroDivisionError as problem:\n",
        _BATCH,
    ),
    Mutant(
        "a batch is carried out backwards",
        "actions/batch.py",
        "    outcomes = [_carry_out(desk, o, p) for o, p in zip(taken, parsed, strict=True)]\n",
        "    outcomes = [_carry_out(desk, o, p) for o, p in [*zip(taken, parsed)][::-1]][::-1]\n",
        _BATCH,
    ),
    Mutant(
        "results are told in another order",
        "endpoints/json/batch.py",
        "    told = iter([_result(result) for result in results])\n",
        "    told = iter([_result(result) for result in results[::-1]])\n",
        _BATCH,
    ),
    Mutant(
        "a partial view is taken for a full one",
        "actions/upload_plan.py",
        '        if prepared.batch.view == "full":\n',
        "        if True:\n",
        _FULL_VIEW,
    ),
    Mutant(
        "a full view takes what other devices hold too",
        "actions/weaving.py",
        "        after = {one.id: one.card for one in said if one.id not in drops} | dict(puts)\n",
        "        after = dict(puts)\n",
        "actions/test_upload.py::test_a_live_uid_from_another_source_joins_that_contact",
    ),
    Mutant(
        "a device's records are any device's",
        "actions/upload_records.py",
        '    return Source(batch.source.kind, key.mac(b"device:" + _utf8(batch.source.device_id)))\n',
        '    return Source(batch.source.kind, key.mac(b"device:"))\n',
        _FULL_VIEW,
    ),
    Mutant(
        "a hand edit goes with the device's record",
        "actions/import_removals.py",
        "    if keep_edited and is_last and row.by_hand:\n",
        "    if False:\n",
        "actions/importing/test_engine.py::test_a_hand_edited_contact_outlives_its_source_as_it_is",
    ),
    Mutant(
        "an upload writes over what a person made",
        "actions/weaving.py",
        "        is_plain = not row.by_hand and len(puts) < 2\n",
        "        is_plain = True\n",
        "actions/test_upload.py::test_a_members_that_a_person_added_outlive_the_devices_next_version",
    ),
    Mutant(
        "an upload is planned on rows that are old",
        "actions/upload.py",
        "    if ctx.head.version == prepared.version:\n",
        "    if True:\n",
        "actions/test_upload.py::test_an_upload_decoded_before_another_write_is_planned_anew",
    ),
    Mutant(
        "NDJSON that was cut is taken",
        "formats/upload.py",
        "        if line.strip():\n",
        '        if line.strip() and (number < len(lines) or line.endswith(b"}")):\n',
        f"{_UPLOAD}test_ndjson_is_the_same_upload",
    ),
    Mutant(
        "CardDAV: If-Match is ignored",
        "actions/conditions.py",
        "        return (not self.if_match or _names(self.if_match, place)) and not (\n",
        "        return not (\n",
        _CONDITIONS,
    ),
    Mutant(
        "CardDAV: If-None-Match is ignored",
        "actions/conditions.py",
        "            self.if_none_match and _names(self.if_none_match, place)\n",
        "            False\n",
        _CONDITIONS,
    ),
    Mutant(
        "CardDAV: a stale PUT is lost",
        "actions/resources.py",
        "            await _refuse(ctx, row, sent)\n",
        "            pass\n",
        f"{_DAV}test_a_stale_put_is_kept_in_the_history",
    ),
    Mutant(
        "CardDAV: a MOVE leaves what it wrote over",
        "actions/relocation.py",
        "[moved], _gone(there)",
        "[moved], []",
        f"{_DAV}test_a_moved_card_keeps_its_id_and_its_old_name_is_told_as_gone",
    ),
    Mutant(
        "a restored contact is not of the time it says",
        "actions/history.py",
        "        found = desk.at(card, int(revision))\n        if found is None:\n",
        "        found = desk.last(card)\n        if found is None:\n",
        "actions/test_history.py::test_any_revision_comes_back_as_a_new_edit",
    ),
)
