import pytest

from ohmstead.services.accounts.throttle import Throttle


def fail(throttle: Throttle, times: int, address: str = "10.0.0.9", account: str = "owner", now_s: float = 0.0) -> None:
    for _ in range(times):
        throttle.attempt(address, account, now_s)


@pytest.mark.req("G-008")
def test_the_pause_doubles_with_each_failure_after_three():
    throttle = Throttle()
    pauses = []
    for _ in range(6):
        pauses.append(throttle.wait_s("10.0.0.9", "owner", 0.0))
        throttle.attempt("10.0.0.9", "owner", 0.0)
    assert pauses == [0, 0, 0, 1, 2, 4]


def test_the_pause_never_exceeds_a_quarter_of_an_hour():
    throttle = Throttle()
    fail(throttle, 5000)
    assert throttle.wait_s("10.0.0.9", "owner", 0.0) == 900


def test_the_pause_passes_with_time():
    throttle = Throttle()
    fail(throttle, 5)
    assert throttle.wait_s("10.0.0.9", "owner", 3.9) == pytest.approx(0.1)
    assert throttle.wait_s("10.0.0.9", "owner", 4.0) == 0


def test_a_guesser_does_not_lock_out_the_owner_at_another_address():
    throttle = Throttle()
    fail(throttle, 100)
    assert throttle.wait_s("10.0.0.10", "owner", 0.0) == 0


def test_many_account_names_from_one_address_are_slowed_too():
    throttle = Throttle()
    for number in range(25):
        throttle.attempt("10.0.0.9", f"guess{number}", 0.0)
    assert throttle.wait_s("10.0.0.9", "fresh", 0.0) > 0


def test_all_addresses_of_one_ipv6_network_count_as_one():
    throttle = Throttle()
    for number in range(6):
        throttle.attempt(f"2001:db8::{number + 1}", "owner", 0.0)
    assert throttle.wait_s("2001:db8::ffff", "owner", 0.0) == throttle.wait_s("2001:db8::1", "owner", 0.0) > 0
    assert throttle.wait_s("2001:db8:0:1::1", "owner", 0.0) == 0


def test_a_success_takes_its_own_attempts_back_but_not_those_on_other_accounts():
    throttle = Throttle()
    for number in range(25):
        throttle.attempt("10.0.0.9", f"guess{number}", 0.0)
    throttle.attempt("10.0.0.9", "mine", 0.0)
    throttle.succeeded("10.0.0.9", "mine")
    assert throttle.wait_s("10.0.0.9", "guess3", 0.0) > 0


def test_failures_are_forgotten_after_an_hour():
    throttle = Throttle()
    fail(throttle, 50)
    throttle.attempt("10.0.0.9", "owner", 3601.0)
    assert throttle.wait_s("10.0.0.9", "owner", 3601.0) == 0


def test_memory_stays_bounded_under_a_flood():
    throttle = Throttle(capacity=100)
    for number in range(10_000):
        throttle.attempt(f"10.{number // 65536}.{number // 256 % 256}.{number % 256}", "owner", 0.0)
    assert len(throttle) == 100
