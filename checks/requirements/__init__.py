"""Requirements and the tests that show them.

The catalogue (``checks/catalogue/*.toml``) holds every ID; the pytest plug-in reads the ``req`` markers and writes what
passed; the page puts both together as ``docs/requirements.md``.
"""
