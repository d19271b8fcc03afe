"""Mutants of what devices are told: numbers, tokens, pages, tombstones, snapshots, CardDAV's feed (reliability.md T4m)."""

from sync.planting import Mutant

_DEVICES = "sync/test_in_process.py::test_devices_agree_with_the_application_in_the_end"
_GAP = "sync/test_gap.py::test_a_writer_that_waits_before_its_commit_is_passed_by_nobody"
_TOKENS = "endpoints/test_changes.py::test_tokens_that_are_no_good"
_DAV = "endpoints/carddav/test_sync.py::"
_DAV_PAGES = f"{_DAV}test_any_pages_between_any_edits_join_to_the_book"

MUTANTS = (
    Mutant(
        "a page's token is the final state",
        "actions/changes.py",
        "        token=house.signer.sync_token(owner, epoch, sent[-1][0], token.start),\n",
        "        token=head_token(house, book.head),\n",
        _DEVICES,
    ),
    Mutant(
        "the last row is sent again",
        "actions/snapshot.py",
        "        return self._fed[bisect_right(self._fed, since, key=_version) :]\n",
        "        return self._fed[bisect_left(self._fed, since, key=_version) :]\n",
        _DEVICES,
    ),
    Mutant(
        "the last tombstone is sent again",
        "actions/snapshot.py",
        "        return self.gone[bisect_right(self.gone, since, key=_first) :]\n",
        "        return self.gone[bisect_left(self.gone, since, key=_first) :]\n",
        _DEVICES,
    ),
    Mutant(
        "a page is one row too long",
        "actions/changes.py",
        "    sent = rows[:limit]\n",
        "    sent = rows[: limit + 1]\n",
        _DEVICES,
    ),
    Mutant(
        "a page lacks the row that its token names",
        "actions/changes.py",
        "        [row for _, row in sent],\n",
        "        [row for _, row in sent[:-1]],\n",
        _DEVICES,
    ),
    Mutant(
        "tombstones are not sent",
        "actions/changes.py",
        "    if not removed:\n",
        "    if removed or not removed:\n",
        _DEVICES,
    ),
    Mutant(
        "tombstones are dropped at once",
        "storage/sql/cards.sql",
        "SELECT card_id, version, rev, sealed, updated_at, deleted_at IS NOT NULL AS deleted, book_id\n"
        "FROM cards WHERE owner_id = $1::text AND",
        "SELECT card_id, version, rev, sealed, updated_at, deleted_at IS NOT NULL AS deleted, book_id\n"
        "FROM cards WHERE owner_id = $1::text AND deleted_at IS NULL AND",
        _DEVICES,
    ),
    Mutant(
        "a first sync is told of no removal while it pages",
        "actions/changes.py",
        "    removed = book.removed(max(token.version, token.start or 0))\n",
        "    removed = book.removed(token.version if token.start is None else book.head.version)\n",
        "actions/test_changes.py::"
        "test_a_contact_deleted_while_a_first_sync_pages_arrives_as_removed",
    ),
    Mutant(
        "a first sync forgets when it began",
        "actions/changes.py",
        "sent[-1][0], token.start)",
        "sent[-1][0])",
        "actions/test_changes.py::"
        "test_a_contact_deleted_while_a_first_sync_pages_arrives_as_removed",
    ),
    Mutant(
        "a future token is taken",
        "actions/changes.py",
        "    if token.version > last:\n",
        "    if False:\n",
        _TOKENS,
    ),
    Mutant(
        "an expired token is answered with a delta",
        "actions/changes.py",
        "    if token.epoch != epoch or owed_from < floor:\n",
        "    if token.epoch != epoch:\n",
        "actions/test_changes.py::test_a_token_below_the_floor_is_expired",
    ),
    Mutant(
        "a token of another epoch is taken",
        "actions/changes.py",
        "    if token.epoch != epoch or owed_from < floor:\n",
        "    if owed_from < floor:\n",
        _TOKENS,
    ),
    Mutant(
        "a token is anybody's",
        "vault/tokens.py",
        "for part in scope]",
        "for part in scope[:1]]",
        _TOKENS,
    ),
    Mutant(
        "a token is not signed",
        "vault/tokens.py",
        "        return body if hmac.compare_digest(raw[-_MAC_BYTES:], self._mac(scope, body)) else None\n",
        "        return body\n",
        _TOKENS,
    ),
    Mutant(
        "the owner's row is not locked",
        "storage/sql/owners.sql",
        "FROM owners WHERE owner_id = $1::text FOR UPDATE\n",
        "FROM owners WHERE owner_id = $1::text\n",
        _GAP,
    ),
    Mutant(
        "the head is read before the lock",
        "actions/edge.py",
        "        locked = await owners.lock(tx)\n        if locked is None:\n",
        "        locked = await owners.read(tx)\n        await owners.lock(tx)\n        if locked is None:\n",
        _GAP,
    ),
    Mutant(
        "a removal has no number of its own",
        "storage/sql/cards.sql",
        "    version = c.version, sealed = NULL, blobs = NULL",
        "    sealed = NULL, blobs = NULL",
        _DEVICES,
    ),
    Mutant(
        "an edit has no number of its own",
        "storage/sql/cards.sql",
        "    version = c.version, rev = c.base + 1",
        "    rev = c.base + 1",
        _DEVICES,
    ),
    Mutant(
        "a photo is no change",
        "actions/portrait.py",
        '    desk.patch(card, {"media": {**entries, place: entry}}, if_match=if_match)\n',
        "    desk.patch(card, {}, if_match=if_match)\n",
        "endpoints/test_photos.py::test_devices_see_it_as_an_edit_and_the_same_picture_twice_as_none",
    ),
    Mutant(
        "a keyword's members are no change",
        "actions/keywords.py",
        '        desk.patch(card, {"keywords": _swapped(words, gone, new)})\n',
        "        desk.patch(card, {})\n",
        "endpoints/test_groups.py::test_a_rename_of_a_keyword_is_in_the_delta_of_every_member",
    ),
    Mutant(
        "a tag tells the revision, not the number",
        "actions/snapshot.py",
        "etag(epoch, row.version), member)",
        "etag(epoch, row.rev), member)",
        _DEVICES,
    ),
    Mutant(
        "a snapshot is served after a write",
        "actions/snapshots.py",
        "kept.head.epoch != head.epoch or kept.head.version < head.version:",
        "kept.head.epoch != head.epoch:",
        _DEVICES,
    ),
    Mutant(
        "a snapshot is anybody's",
        "actions/snapshots.py",
        "        kept = self._kept.get(head.owner)\n"
        "        if kept is None or kept.head.epoch != head.epoch or",
        "        kept = next(iter(self._kept.values()), None)\n        if kept is None or",
        _DEVICES,
    ),
    Mutant(
        "an older tombstone of a restored contact is told",
        "actions/snapshot.py",
        "            del self.gone[bisect_left(self.gone, died, key=_first)]\n",
        "            pass\n",
        _DEVICES,
    ),
    Mutant(
        "CardDAV: a page's token is the final state",
        "actions/dav_changes.py",
        "    last = _told(house, head, book, projection, sent[-1][0], at.start)\n",
        "    last = token(house, head, book, projection)\n",
        f"{_DAV}test_seven_changes_at_limit_three_are_all_seven_and_then_none",
    ),
    Mutant(
        "CardDAV: a name that went is not told",
        "actions/listing.py",
        "            self.shelved(row.book).leave(row.version, name)\n            return\n",
        "            return\n",
        _DAV_PAGES,
    ),
    Mutant(
        "CardDAV: a moved card's old name is not told",
        "actions/relocation.py",
        "by_hand=True, left=[left])",
        "by_hand=True)",
        _DAV_PAGES,
    ),
    Mutant(
        "CardDAV: a name that is taken again is told as gone",
        "actions/listing.py",
        " if name not in self._names}",
        "}",
        _DAV_PAGES,
    ),
    Mutant(
        "CardDAV: a page does not say that there is more",
        "endpoints/carddav/reports.py",
        "    if page.more:\n",
        "    if not page.more:\n",
        f"{_DAV}test_seven_changes_at_limit_three_are_all_seven_and_then_none",
    ),
    Mutant(
        "CardDAV: a write wakes every book's devices",
        "storage/sql/owners.sql",
        "books.owner_id = $1::text AND books.book_id = b.book_id",
        "books.owner_id = $1::text",
        f"{_DAV}test_another_book_does_not_wake_this_ones_devices",
    ),
)
