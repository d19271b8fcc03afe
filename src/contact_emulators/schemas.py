"""A provider's published schema, and whether an answer is what it documents. Closed objects: no key beyond it."""

import json
from functools import cache
from pathlib import Path
from typing import Any

_ROOT = "urn:published"


class Schemas:
    """An OpenAPI document with `components.schemas`. `null_allowed`: a member that is null counts as left out."""

    def __init__(self, file: Path, *, null_allowed: bool = False) -> None:
        # Only whoever has the schemas needs the validator: the demo runs without the `emulators` extra.
        from jsonschema import Draft202012Validator  # noqa: PLC0415  the extra `emulators`, which the demo does without
        from referencing import Registry  # noqa: PLC0415  comes with the extra
        from referencing.jsonschema import DRAFT202012  # noqa: PLC0415  comes with the extra

        document = _document(file)
        self.names = frozenset(document["components"]["schemas"])
        self._null_allowed = null_allowed
        self._validator = Draft202012Validator
        self._registry = Registry().with_resource(_ROOT, DRAFT202012.create_resource(document))
        self._made: dict[str, Any] = {}

    def wrong(self, name: str, answer: Any) -> list[str]:
        """Where and by what rule `answer` is not the schema of that name; empty when it is."""
        if self._null_allowed:
            answer = without_null(answer)
        return [
            f"{name}: {error.json_path}: {error.message[:200]}"
            for error in self._of(name).iter_errors(answer)
        ]

    def _of(self, name: str) -> Any:
        if name not in self._made:
            if name not in self.names:
                raise KeyError(f"no published schema is named {name}")
            pointer = {"$ref": f"{_ROOT}#/components/schemas/{name}"}
            self._made[name] = self._validator(pointer, registry=self._registry)
        return self._made[name]


@cache
def _document(file: Path) -> Any:
    if file.suffix != ".yaml":
        return json.loads(file.read_text())
    import yaml  # noqa: PLC0415  only our own contracts are YAML, and only tests have them

    return yaml.safe_load(file.read_text())


def without_null(value: Any) -> Any:
    """The same without members that are null."""
    if isinstance(value, dict):
        return {key: without_null(held) for key, held in value.items() if held is not None}
    return [without_null(held) for held in value] if isinstance(value, list) else value
