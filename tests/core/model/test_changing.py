"""Records that are made and changed fast are the same records: fields, defaults, equality, and frozen as ever."""

import inspect
from dataclasses import FrozenInstanceError, asdict, dataclass, field, fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmstead.core.model.changing import changed, quick
from ohmstead.core.model.readings import Reading


@dataclass(frozen=True, slots=True)
class Plain:
    name: str
    value: float | None = None
    parts: dict[str, float] = field(default_factory=dict)
    rest: tuple[int, ...] = ()


@quick
@dataclass(frozen=True, slots=True)
class Fast:
    name: str
    value: float | None = None
    parts: dict[str, float] = field(default_factory=dict)
    rest: tuple[int, ...] = ()


@given(
    st.text(),
    st.dictionaries(st.sampled_from(("value", "parts", "rest")), st.one_of(st.none(), st.floats(allow_nan=False))),
)
def test_a_quick_record_holds_what_a_plain_one_holds(name, given_values) -> None:
    fast, plain = Fast(name, **given_values), Plain(name, **given_values)
    assert asdict(fast) == asdict(plain)
    assert fast == Fast(name, **given_values)
    assert repr(fast) == repr(plain).replace("Plain", "Fast")
    assert asdict(changed(fast, value=7.0)) == asdict(replace(plain, value=7.0))


def test_it_takes_its_fields_by_position_and_by_name_and_says_what_is_missing() -> None:
    assert Fast("a", 1.0, {"b": 2.0}, (3,)) == Fast(rest=(3,), parts={"b": 2.0}, value=1.0, name="a")
    assert list(inspect.signature(Fast).parameters) == [item.name for item in fields(Fast)]
    with pytest.raises(TypeError, match="name"):
        Fast()  # type: ignore[call-arg]  # — that is what is shown
    with pytest.raises(TypeError, match="colour"):
        Fast("a", colour="red")  # type: ignore[call-arg]  # — that is what is shown


def test_each_has_its_own_default_where_a_factory_makes_it() -> None:
    assert Fast("a").parts is not Fast("b").parts
    assert Reading("a", None).phases is not Reading("b", None).phases  # type: ignore[arg-type]  # — no moment is needed


@pytest.mark.parametrize("one", [Fast("a"), changed(Fast("a"), value=2.0)], ids=["made", "changed"])
def test_nobody_can_change_it_afterwards(one) -> None:
    assert type(one) is Fast
    with pytest.raises(FrozenInstanceError):
        one.value = 3.0
    with pytest.raises(FrozenInstanceError):
        del one.value
    with pytest.raises((AttributeError, TypeError)):
        one.colour = "red"


def test_a_change_leaves_the_record_it_was_made_of() -> None:
    before = Fast("a", 1.0)
    assert changed(before, value=2.0, rest=(1,)) == Fast("a", 2.0, {}, (1,))
    assert before == Fast("a", 1.0)
    with pytest.raises(KeyError, match="colour"):
        changed(before, colour="red")


def test_what_cannot_be_made_so_is_refused() -> None:
    with pytest.raises(TypeError, match="slots"):
        quick(dataclass(frozen=True)(type("Loose", (), {"__annotations__": {"a": int}})))
    with pytest.raises(TypeError, match="arguments in their order"):
        quick(dataclass(frozen=True, slots=True, kw_only=True)(type("Named", (), {"__annotations__": {"a": int}})))
    with pytest.raises(TypeError, match="a base that is a quick record"):
        type("Heir", (Fast,), {})
