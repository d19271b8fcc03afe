"""docs/reference/schema.md, which is made from the migrations' words, against what they make of a database."""

import re

from contact_service.cli import reference
from contact_service.storage import placement
from contact_service.storage.db import Db

_COLUMNS = """
SELECT name, attname FROM unnest($1::text[]) AS name
JOIN pg_attribute ON attrelid = name::regclass WHERE attnum > 0 AND NOT attisdropped
"""


async def test_the_page_has_every_column_of_every_table_and_no_other(db: Db) -> None:
    tables = sorted(placement.TABLES.keys() - {"schema_migrations"})
    stand = await db.ask(lambda con: con.fetch(_COLUMNS, tables))
    told = {
        (section.partition("`")[0], column)
        for section in reference.schema().split("\n## `")[1:]
        for column in re.findall(r"^\| (?!column )(\w+) \|", section, re.MULTILINE)
    }
    assert {tuple(row) for row in stand} == told
