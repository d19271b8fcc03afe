"""A book of contacts by who says what of them, written down without a database: the oracle of the histories."""

from dataclasses import dataclass, field, replace

ORDER = ("google", "microsoft", "file")
Key = tuple[str, int]
"""A source and the number of a record there; records of one number are of one person."""


@dataclass(frozen=True)
class Said:
    """What a record says."""

    name: str
    numbers: frozenset[str]


@dataclass
class Person:
    """A contact: what its sources say, what the owner claims and denies beyond them."""

    uid: int
    sources: dict[Key, Said] = field(default_factory=dict)
    name: str | None = None
    numbers: set[str] = field(default_factory=set)
    denied: set[str] = field(default_factory=set)
    by_hand: bool = False
    kept_name: str | None = None

    def told(self) -> list[Said]:
        """What the sources say, those of more weight first."""
        return [
            said for _, said in sorted(self.sources.items(), key=lambda s: ORDER.index(s[0][0]))
        ]

    def base(self) -> set[str]:
        """The numbers that sources know."""
        return {number for said in self.told() for number in said.numbers}

    def shown(self) -> tuple[str, tuple[str, ...]]:
        """The contact as it stands."""
        told = self.told()
        name = self.name or (told[0].name if told else self.kept_name) or ""
        return name, tuple(sorted((self.base() - self.denied) | self.numbers))

    def become_own(self) -> None:
        """No source says anything any more, and it stays as it is shown."""
        name, numbers = self.shown()
        self.sources = {}
        self.name, self.numbers, self.denied = name, set(numbers), set()
        self.by_hand = True

    def claim(self, shown: tuple[str, tuple[str, ...]]) -> None:
        """What is shown beyond what sources say is the owner's, what is not shown she denies."""
        name, numbers = shown[0], set(shown[1])
        told = self.told()
        if not told or told[0].name != name:
            self.name = name
        self.numbers = (self.numbers & numbers) | (numbers - self.base())
        self.denied = (self.base() | self.denied) - numbers


@dataclass
class Touch:
    """What a run did to a record: what it was before (None: not there), and what became of its contact."""

    earlier: tuple[Person, Said] | None
    buried: bool = False
    left: Person | None = None


@dataclass
class Ledger:
    """The owner's contacts, alive or deleted, the records they have, and what each run touched."""

    live: list[Person] = field(default_factory=list)
    records: dict[Key, tuple[Person, Said]] = field(default_factory=dict)
    runs: dict[int, tuple[str, dict[Key, Touch]]] = field(default_factory=dict)
    buried: dict[int, list[Person]] = field(default_factory=dict)

    def of(self, uid: int) -> Person | None:
        """The live contact of that person."""
        return next((person for person in self.live if person.uid == uid), None)

    def shown(self) -> list[tuple[str, tuple[str, ...]]]:
        """The book."""
        return sorted(person.shown() for person in self.live)

    def run(self, number: int, source: str, upserts: dict[int, Said], gone: set[int]) -> None:
        """A source tells of changes."""
        touches: dict[Key, Touch] = {}
        self.runs[number] = source, touches
        for uid, said in upserts.items():
            key = source, uid
            held = self.records.get(key)
            if held is not None and held[1] == said:
                continue
            touches[key] = Touch(held)
            person = held[0] if held is not None and held[0] in self.live else self.of(uid)
            if person is None:
                person = Person(uid)
                self.live.append(person)
            self._own_before(person)
            person.sources[key] = said
            self.records[key] = person, said
        for uid in gone:
            key = source, uid
            held = self.records.pop(key, None)
            if held is not None:
                touches[key] = Touch(held)
                self._leave(held[0], key, touches[key], number)

    @staticmethod
    def _own_before(person: Person) -> None:
        """A contact that the owner made is hers when a source joins it."""
        if not person.sources and person.by_hand:
            person.become_own()

    def _leave(self, person: Person, key: Key, touch: Touch, number: int) -> None:
        if person not in self.live:
            return
        if person.by_hand and person.sources.keys() == {key}:
            touch.left = replace(person, numbers=set(person.numbers), denied=set(person.denied))
            person.become_own()
            return
        person.sources.pop(key, None)
        touch.buried = self._bury_if_nothing(person)

    def _bury_if_nothing(self, person: Person) -> bool:
        if person.sources or person.numbers or person.name is not None:
            return False
        self.live.remove(person)
        return True

    def _take(self, key: Key) -> None:
        """A record goes, and with it what only it gave."""
        person, _ = self.records.pop(key)
        if person not in self.live:
            return
        shown = person.shown()
        person.sources.pop(key, None)
        if self._bury_if_nothing(person) or person.sources:
            return
        person.kept_name = shown[0]
        person.become_own()

    def undo(self, number: int) -> None:
        """A run is taken back; what later ones changed stays."""
        _, touches = self.runs.pop(number)
        for key, touch in touches.items():
            later = [n for n in sorted(self.runs) if n > number and key in self.runs[n][1]]
            if later:
                heir = self.runs[later[0]][1][key]
                heir.earlier = touch.earlier
                heir.buried, heir.left = heir.buried or touch.buried, heir.left or touch.left
                continue
            self._back(key, touch)

    def _back(self, key: Key, touch: Touch) -> None:
        if touch.earlier is None:
            if key in self.records:
                self._take(key)
            return
        person, said = touch.earlier
        held = self.records.get(key)
        if held is not None and held[0] is not person:
            self._take(key)
        self.records[key] = touch.earlier
        if person in self.live:
            shown = person.shown()
            self._own_before(person) if touch.left is None else None
            person.sources[key] = said
            if touch.left is not None:
                left = touch.left
                person.name, person.numbers, person.denied = (
                    left.name,
                    set(left.numbers),
                    set(left.denied),
                )
                person.claim(shown)
        elif touch.buried and self.of(person.uid) is None:
            person.sources = {key: said}
            self.live.append(person)

    def unlink(self, source: str, *, keep: bool) -> None:
        """A source goes with what only it gave; `keep`: its contacts are the owner's."""
        for key in [key for key in self.records if key[0] == source]:
            if not keep:
                self._take(key)
                continue
            person, _ = self.records.pop(key)
            shown = person.shown()
            person.sources.pop(key, None)
            if person in self.live:
                person.by_hand = True
                if person.sources:
                    person.claim(shown)
                else:
                    person.name, person.numbers, person.denied = shown[0], set(shown[1]), set()
        self.runs = {n: run for n, run in self.runs.items() if run[0] != source}

    def add(self, person: Person, number: str) -> None:
        """The owner adds a number."""
        if number in person.shown()[1]:
            return
        person.by_hand = True
        person.denied.discard(number)
        if number not in person.base():
            person.numbers.add(number)

    def drop(self, person: Person, number: str) -> None:
        """The owner removes a number."""
        person.by_hand = True
        person.numbers.discard(number)
        if number in person.base():
            person.denied.add(number)

    def rename(self, person: Person, name: str) -> None:
        """The owner gives another name."""
        person.by_hand = True
        person.name = name

    def create(self, uid: int, name: str, number: str) -> None:
        """The owner makes a contact."""
        self.live.append(Person(uid, {}, name, {number}, by_hand=True))
