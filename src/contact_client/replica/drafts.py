"""What becomes of drafts, pure: when the owner edits, when the service answers, when a page of the feed arrives.

A contact's drafts are its chain, oldest first. Only the first may be on its way. An edit joins the last draft unless
that one is on its way; then it becomes the next, made on what the service was sent: it waits, and is rebased onto what
the service made of it once a page brings that.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from contact_client.replica.rebase import rebase
from contact_client.replica.store import Change, Draft, Held
from contact_client.values import Conflict, Contact

Step = tuple[Change, tuple[Conflict, ...]]
"""What is to be other, and what a rebasing replaced."""


def edited(chain: Sequence[Draft], held: Held | None, after: bytes, *, flies: bool) -> Change:
    """The owner made `after` of the contact, empty: deleted it. `flies`: the last draft is on its way.

    One of `chain` and `held` is there.
    """
    last = chain[-1] if chain else None
    if last is None:
        assert held is not None, "what is edited is in the book"
        waits = not held.settled
        return Change(added=(Draft(held.id, held.json, after, held.etag, waits=waits),))
    if flies:
        return Change(added=(Draft(last.contact, last.after, after, waits=True),))
    if not (last.before or after):
        return Change(done=(last.seq,))  # made and deleted before anybody heard of it
    return Change(altered=(replace(last, after=after),))


def accepted(draft: Draft, later: Sequence[Draft], now: Held, held: Held | None) -> Step:
    """The service did it and has the contact at the etag of `now`; `held` is how it is known here, if at all."""
    done = Change(done=(draft.seq,))
    if not draft.after:
        return done | Change(gone=(draft.contact,), done=tuple(each.seq for each in later)), ()
    if draft.contact != now.id:
        done |= Change(aliases={draft.contact: now.id})
    waiting = [replace(each, contact=now.id, base=now.etag, waits=True) for each in later]
    if held is None or held.etag != now.etag or not held.settled:
        return done | Change(held=(now,), altered=tuple(waiting)), ()
    # It made no difference there: what is known here is how it stands, and no page will tell it again.
    change, conflicts = settled(waiting, held.etag, held.json)
    return done | Change(altered=tuple(waiting)) | change, conflicts


def settled(chain: Sequence[Draft], etag: str, json: bytes) -> Step:
    """The contact stands at `etag` as `json`: a draft that did not know that is rebased onto it."""
    if not chain or not (chain[0].waits or chain[0].blind):
        return Change(), ()
    first = chain[0]
    if not first.after:
        # Kept at what the owner had seen: if it was edited since, the service says so.
        return Change(altered=(replace(first, base=first.base or etag, waits=False),)), ()
    return _onto(first, etag, json)


def removed(chain: Sequence[Draft]) -> Change:
    """The contact is deleted there: a deletion is done, an edit brings it back (sync.md 3)."""
    if not chain:
        return Change()
    first = chain[0]
    if not first.after:
        return Change(done=(first.seq,))
    if not first.waits:
        return Change()
    return Change(altered=(replace(first, waits=False, blind=True),))


def refused(draft: Draft, later: Sequence[Draft]) -> Step:
    """The service will not do it: the draft goes, the next one is carried over to what it was made on."""
    done = Change(done=(draft.seq,))
    if not later:
        return done, ()
    following = later[0]
    if following.after and draft.before:
        after, conflicts = rebase(draft.after, following.after, draft.before)
    else:
        after, conflicts = following.after, ()
    if not (after or draft.before):
        return done | Change(done=(following.seq,)), ()
    moved = replace(draft, after=after, seq=following.seq)
    return done | Change(altered=(moved,)), _of(draft.contact, conflicts)


def outlived(draft: Draft, current: Contact) -> Step:
    """The revision it was made on is no longer held there: it is rebased onto the contact as it stands."""
    return _onto(draft, current.etag, current.json)


def _onto(draft: Draft, etag: str, json: bytes) -> Step:
    after, conflicts = rebase(draft.before, draft.after, json)
    moved = replace(draft, before=json, after=after, base=etag, waits=False, blind=False)
    return Change(altered=(moved,)), _of(draft.contact, conflicts)


def _of(contact: str, conflicts: Sequence[Conflict]) -> tuple[Conflict, ...]:
    return tuple(replace(each, contact=contact) for each in conflicts)
