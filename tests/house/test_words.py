"""Names and docstrings: every public thing says what the caller learns, no name says nothing, a test is a sentence."""

import ast
import re
from collections.abc import Iterable, Iterator
from inspect import cleandoc

from house import tree
from house.tree import OF_CLIENT, OF_TESTS, OURS, Source

BANNED = {"manager", "helper", "utils", "common", "data", "info", "process", "service"}
# No more than three, each with its reason.
ALLOWED = {
    "DataKey": "the word of the field for the key that seals one owner's values",
    "data_received": "asyncio's name of the callback",
}
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+")
_METHODS = "GET|HEAD|POST|PUT|PATCH|DELETE|PROPFIND|PROPPATCH|REPORT|MKCOL"
_ENDPOINT = re.compile(rf"(?:{_METHODS}) /\S*")
# What an endpoint takes: the JSON API's Caller, the web app's Visitor with or without Starlette's Request.
_TAKEN = {("Caller",), ("Visitor",), ("Request",), ("Visitor", "Request")}
_GIVEN = {"Answer", "Response"}


def _named(file: Source) -> Iterator[tuple[str, str]]:
    yield tree.told(file.path), file.path.parent.name if _is_package(file) else file.path.stem
    for node in ast.walk(file.tree):
        if isinstance(node, (ast.ClassDef, *tree.FUNCTIONS)):
            yield file.at(node), node.name


def _is_package(file: Source) -> bool:
    return file.path.name == "__init__.py"


def empty_words(files: Iterable[Source]) -> list[str]:
    return [
        f"{where} {name}"
        for file in files
        for where, name in _named(file)
        if name != tree.PACKAGE
        and name not in ALLOWED
        and BANNED & {word.lower() for word in _WORD.findall(name)}
    ]


def undocumented(files: Iterable[Source]) -> list[str]:
    found: list[str] = []
    for file in files:
        if not ast.get_docstring(file.tree):
            found.append(f"{tree.told(file.path)}: module")
        found += [
            f"{one.where} {one.name}"
            for one in file.functions
            if one.public and not _dunder(one.name) and not ast.get_docstring(one.node)
        ]
        found += [
            f"{file.at(node)} {node.name}"
            for node in file.tree.body
            if isinstance(node, ast.ClassDef)
            and not node.name.startswith("_")
            and not ast.get_docstring(node)
        ]
    return found


def _dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def placeless(files: Iterable[Source]) -> list[str]:
    """Public functions that answer requests and do not begin by naming their method and path."""
    return [
        f"{one.where} {one.name}"
        for one in tree.functions(files)
        if one.public
        and isinstance(one.node, ast.AsyncFunctionDef)
        and _answers(one.node)
        and not _ENDPOINT.match(cleandoc(ast.get_docstring(one.node) or ""))
    ]


def _answers(node: ast.AsyncFunctionDef) -> bool:
    taken = tuple(
        ast.unparse(each.annotation)
        for each in node.args.args
        if each.annotation and each.arg != "self"
    )
    return taken in _TAKEN and node.returns is not None and ast.unparse(node.returns) in _GIVEN


def no_sentences(files: Iterable[Source]) -> list[str]:
    """Tests whose name is no sentence: fewer than three words after `test_`."""
    return [
        f"{one.where} {one.name}"
        for one in tree.functions(files)
        if one.name.startswith("test_") and len(one.name.split("_")) < 4
    ]


def test_no_name_says_nothing() -> None:
    assert empty_words((*OURS, *OF_CLIENT)) == []
    assert len(ALLOWED) <= 3
    named = {name for file in OURS for _, name in _named(file)}
    assert named >= set(ALLOWED), "an exception nobody needs"


def test_planted_empty_words_are_caught() -> None:
    text = (
        "class HTTPInfoBox: ...\ndef load_data(): ...\nclass Database: ...\ndef processed(): ...\n"
    )
    assert empty_words([tree.planted(text, "card_utils.py")]) == [
        "card_utils.py card_utils",
        "card_utils.py:1 HTTPInfoBox",
        "card_utils.py:2 load_data",
    ]


def test_every_module_class_and_public_function_has_a_docstring() -> None:
    assert undocumented((*OURS, *OF_CLIENT)) == []


def test_planted_silence_is_caught() -> None:
    text = "class A:\n    def b(self): ...\n    def _c(self): ...\n    def __len__(self): ...\ndef d():\n    def e(): ...\n"
    assert undocumented([tree.planted(text)]) == [
        "planted.py: module",
        "planted.py:2 b",
        "planted.py:5 d",
        "planted.py:1 A",
    ]


def test_every_endpoint_names_its_method_and_path() -> None:
    inside = [file for file in OURS if (tree.SOURCE / "endpoints") in file.path.parents]
    asked = [one for one in tree.functions(inside) if one.public and _endpoint(one)]
    assert len(asked) > 20, "endpoints are no longer recognised by what they take and give"
    assert placeless(inside) == []


def _endpoint(one: tree.Function) -> bool:
    return isinstance(one.node, ast.AsyncFunctionDef) and _answers(one.node)


def test_a_planted_endpoint_without_a_place_is_caught() -> None:
    said = 'async def put(caller: Caller) -> Answer:\n    """PUT /v1/x -> 204."""\n'
    silent = 'async def get(visitor: Visitor, request: Request) -> Response:\n    """The page."""\n'
    helps = 'async def read(caller: Caller) -> Page:\n    """A page."""\n'
    assert placeless([tree.planted(said + silent + helps)]) == ["planted.py:3 get"]


def test_every_test_is_named_by_a_sentence() -> None:
    assert no_sentences(OF_TESTS) == []


def test_a_planted_test_without_a_sentence_is_caught() -> None:
    text = "def test_upload(): ...\ndef test_upload_2(): ...\ndef test_a_repeat_changes_nothing(): ...\n"
    told = ["planted.py:1 test_upload", "planted.py:2 test_upload_2"]
    assert no_sentences([tree.planted(text)]) == told
