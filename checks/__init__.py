"""The house rules that no ready-made linter knows, each as a small module that reads the tree and returns findings.

In goes a :class:`checks.tree.Tree`; out come :class:`checks.tree.Finding` rows. ``python -m checks`` runs them all.
Who may import whom between rooms is kept by import-linter (``pyproject.toml``); the names inside a room, by these.
"""
