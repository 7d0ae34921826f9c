"""Where the energy of a day came from, by counters."""

import pytest

from ohmstead.core.accounting.balance import Balance, Counted, balance
from ohmstead.core.model.quantities import Role


@pytest.mark.req("EM-244", "EM-246", "EM-243")
def test_a_day_with_sun_and_battery_says_what_was_self_used_and_what_was_own() -> None:
    found = balance(
        [
            Counted(Role.GRID, 4_000, 10_000),
            Counted(Role.PRODUCTION, 30_000, 0),
            Counted(Role.BATTERY, 4_000, 5_000),
            Counted(Role.LOAD, 12_000, None),
            Counted(None, 9_000, None),
        ]
    )
    assert found == Balance(4_000, 10_000, 30_000, 5_000, 4_000, 23_000, 2_000, 20_000, 19_000)
    assert found.self_consumption_percent == pytest.approx(66.67, abs=0.01)
    assert found.self_sufficiency_percent == pytest.approx(82.61, abs=0.01)


def test_a_battery_that_was_sold_to_the_grid_makes_no_negative_share() -> None:
    sold = balance([Counted(Role.GRID, 0, 9_000), Counted(Role.PRODUCTION, 1_000, 0), Counted(Role.BATTERY, 9_000, 0)])
    assert (sold.self_used_j, sold.self_consumption_percent, sold.own_j) == (0, 0.0, 1_000)
    bought = balance([Counted(Role.GRID, 9_000, 0), Counted(Role.BATTERY, 0, 8_000)])
    assert (bought.consumption_j, bought.own_j, bought.self_sufficiency_percent) == (1_000, 0, 0.0)


@pytest.mark.parametrize("role, gone", [(Role.GRID, (None, None)), (Role.PRODUCTION, (None, None))])
def test_without_a_counter_that_is_needed_there_is_no_balance(role: Role, gone: tuple[None, None]) -> None:
    parts = {Role.GRID: (4_000, 100), Role.PRODUCTION: (1_000, 0), role: gone}
    found = balance(Counted(one, *joules) for one, joules in parts.items())
    assert (found.consumption_j, found.unmeasured_j, found.self_consumption_percent) == (None, None, None)
    assert found.self_sufficiency_percent is None


def test_a_supply_that_cannot_export_needs_no_export_counter_but_one_with_sun_does() -> None:
    assert balance([Counted(Role.GRID, 4_000, None)]).consumption_j == 4_000
    assert balance([Counted(Role.GRID, 4_000, None)]).self_sufficiency_percent is None
    assert balance([Counted(Role.GRID, 4_000, None), Counted(Role.PRODUCTION, 1, 0)]).consumption_j is None


@pytest.mark.parametrize("load_j, rest_j", [(9_000, 1_000), (10_400, 0), (12_000, None)])
def test_circuits_that_measure_a_little_more_than_was_consumed_leave_no_rest_and_much_more_none_that_is_known(
    load_j: int, rest_j: int | None
) -> None:
    assert balance([Counted(Role.GRID, 10_000, 0), Counted(Role.LOAD, load_j, 0)]).unmeasured_j == rest_j
