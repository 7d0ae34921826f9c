"""Packages that are declared in one place and not in the other are caught."""

from checks import locks

TREE = {
    "pyproject.toml": '[project]\ndependencies = ["numpy", "sqlalchemy[asyncio]>=2.1,<2.2"]\n',
    "requirements/runtime.in": "# what a site needs\nnumpy\nsqlalchemy[asyncio]>=2.1,<2.2\n",
    "requirements/runtime.lock": "numpy==2.0 \\\n    --hash=sha256:0\nsqlalchemy[asyncio]==2.1\n",
    "requirements/dev.in": "-r runtime.in\npytest\n",
    "requirements/dev.lock": "pytest==9.2\n",
    "requirements/uv.in": "uv\n",
    "requirements/uv.lock": "uv==0.13.8\n",
}


def test_places_that_agree_are_let_through(said):
    assert said(locks.check, TREE) == []


def test_a_package_only_in_the_project_is_caught(said):
    tree = {**TREE, "requirements/runtime.in": "numpy\n"}
    assert said(locks.check, tree) == [
        "pyproject.toml: 'sqlalchemy[asyncio]>=2.1,<2.2' does not stand in requirements/runtime.in"
    ]


def test_a_package_only_among_the_requirements_is_caught(said):
    tree = {**TREE, "requirements/runtime.in": TREE["requirements/runtime.in"] + "scipy\n"}
    assert said(locks.check, tree) == [
        "requirements/runtime.in: 'scipy' does not stand in pyproject.toml",
        "requirements/runtime.lock: 'scipy' is not locked",
    ]


def test_a_package_that_is_not_locked_is_caught(said):
    tree = {**TREE, "requirements/dev.in": "-r runtime.in\npytest\nruff\n"}
    assert said(locks.check, tree) == ["requirements/dev.lock: 'ruff' is not locked"]
