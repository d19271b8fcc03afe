"""What an undo leaves alone: records that a later run changed, or brought anew after this one had removed them.

The later run's undo then brings back what this one's would: the runs that are left stand as if this one had never been.
"""

from collections.abc import Sequence

from contact_service.actions.context import Context
from contact_service.actions.run_parts import Run
from contact_service.actions.source_records import OWN, own_key
from contact_service.storage import import_undo
from contact_service.storage import source_records as rows
from contact_service.storage.import_undo import Earlier


async def untouched(ctx: Context, run: Run, earlier: Sequence[Earlier]) -> list[Earlier]:
    """Those that no later run touched, with what the owner said beside them; the others are handed on."""
    told = {one.id[2]: one for one in earlier if one.id[0] != OWN.kind}
    owns = {one.id[2]: one for one in earlier if one.id[0] == OWN.kind}
    changed, remade = await _later(ctx, run, told)
    await import_undo.hand_on(ctx.tx, run.of, run.number, changed)
    again = {key: number for key, number in remade.items() if told[key].record is not None}
    await _lift(ctx, run, [told[key] for key in again], list(again.values()))
    left = [one for key, one in told.items() if key not in changed and key not in remade]
    cards = {own_key(one.record.card) for one in left if one.record is not None}
    await _lift_owns(ctx, run, owns, {key: told[key] for key in again}, again)
    return left + [one for key, one in owns.items() if key in cards]


async def _later(
    ctx: Context, run: Run, told: dict[bytes, Earlier]
) -> tuple[set[bytes], dict[bytes, int]]:
    """The records that a later run changed or removed first, and those that one brought anew first, with its number."""
    if not told:
        return set(), {}
    runs: dict[bytes, set[int]] = {}
    births: dict[bytes, set[int]] = {}
    for key, number, born in await import_undo.after(ctx.tx, run.of, run.number, told):
        runs.setdefault(key, set()).add(number)
        births.setdefault(key, set()).add(born or 0)
    for key, record in (await rows.among(ctx.tx, run.of, told)).items():
        births.setdefault(key, set()).add(record.born)
    changed: set[bytes] = set()
    remade: dict[bytes, int] = {}
    for key in told:
        born = min((n for n in births.get(key, ()) if n > run.number), default=None)
        touched = min(runs.get(key, ()), default=None)
        if born is not None and (touched is None or born < touched):
            remade[key] = born
        elif touched is not None:
            changed.add(key)
    return changed, remade


async def _lift(ctx: Context, run: Run, many: Sequence[Earlier], to: list[int]) -> None:
    if not many:
        return
    await import_undo.lift(ctx.tx, run.number, [one.id for one in many], to)
    keys = [one.id[2] for one in many]
    first = [one.record.born for one in many if one.record is not None]
    await import_undo.reborn(ctx.tx, run.of, keys, to, first)
    await rows.reborn(ctx.tx, run.of, keys, to, first)


async def _lift_owns(
    ctx: Context,
    run: Run,
    owns: dict[bytes, Earlier],
    told: dict[bytes, Earlier],
    again: dict[bytes, int],
) -> None:
    """What the owner said beside records that are handed on goes with them."""
    numbers = {
        own_key(one.record.card): again[key] for key, one in told.items() if one.record is not None
    }
    going = [one for key, one in owns.items() if key in numbers]
    await import_undo.lift(
        ctx.tx, run.number, [one.id for one in going], [numbers[one.id[2]] for one in going]
    )
