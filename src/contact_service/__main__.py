"""`python -m contact_service` is `contacts`."""

from contact_service.cli.main import run

run()
