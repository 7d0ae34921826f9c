"""Runs the tests in another order each time, so that none can lean on its neighbour.

Files are shuffled, and so are the tests within each file; a file stays together, so that its fixtures are made once.
The order follows a number printed in the head of the run; ``--order NUMBER`` repeats it, ``--order 0`` keeps the files'
own order.
"""

import random
from itertools import groupby
from typing import Any

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds ``--order``."""
    parser.addoption("--order", type=int, default=None, metavar="NUMBER", help="the order to run the tests in")


def pytest_configure(config: pytest.Config) -> None:
    """Draws the number, or takes the controller's in a worker of pytest-xdist."""
    handed_down = getattr(config, "workerinput", {}).get("order")
    if handed_down is not None:
        config.option.order = handed_down
    elif config.option.order is None:
        config.option.order = random.randrange(1, 10_000)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Hands the number to a worker of pytest-xdist, as all of them must collect in one order."""
    node.workerinput["order"] = node.config.option.order


def pytest_report_header(config: pytest.Config) -> str:
    """Tells how to repeat this order."""
    return f"order: --order {config.option.order}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Shuffles."""
    if not config.option.order:
        return
    dice = random.Random(config.option.order)
    files = [list(group) for _, group in groupby(items, key=lambda item: item.path)]
    dice.shuffle(files)
    for file in files:
        dice.shuffle(file)
    items[:] = [item for file in files for item in file]
