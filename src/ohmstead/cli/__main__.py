"""``python -m ohmstead.cli`` is the ``ohmstead`` command."""

from ohmstead.cli.main import app

app()
