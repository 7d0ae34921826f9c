import asyncio
import json
from pathlib import Path

import pytest

from ohmstead.core.model.errors import CommandRefused, ConfigurationError, StoreError
from ohmstead.services.accounts.accounts import Accounts, SignInRefused, TooManyAttempts, may
from ohmstead.store.store import Store
from ohmstead.store.values import Document
from ohmstead.texts import LANGUAGES, word
from tests.services.accounts.memory_documents import HandClock, MemoryDocuments

PASSWORD = "sunshine on the roof"
pytestmark = pytest.mark.anyio


@pytest.fixture
def documents() -> MemoryDocuments:
    return MemoryDocuments()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def accounts(documents: MemoryDocuments, clock: HandClock) -> Accounts:
    accounts = Accounts(documents, clock)
    await accounts.set_password("owner", "owner", PASSWORD)
    return accounts


async def signed_in(accounts: Accounts, name: str = "owner", password: str = PASSWORD):
    return await accounts.sign_in(name, password, "10.0.0.9", "Test")


async def test_a_new_house_has_no_account(documents: MemoryDocuments, clock: HandClock):
    assert not await Accounts(documents, clock).any_account()


@pytest.mark.req("G-008")
async def test_the_right_password_gives_a_token_that_says_who_it_is(accounts: Accounts):
    token, sign_in = await signed_in(accounts)
    who = await accounts.who(token)
    assert who == sign_in
    assert (who.name, who.role) == ("owner", "owner")


@pytest.mark.req("G-008")
async def test_the_password_is_kept_as_argon2id_with_19_mib(accounts: Accounts, documents: MemoryDocuments):
    assert documents.kept["account", "owner"].body["password"].startswith("$argon2id$v=19$m=19456,t=2,p=1$")


async def test_neither_password_nor_token_is_kept(accounts: Accounts, documents: MemoryDocuments):
    token, _ = await signed_in(accounts)
    everything = json.dumps([kept.body for kept in documents.kept.values()])
    assert PASSWORD not in everything
    assert token.split(".")[1] not in everything


@pytest.mark.parametrize("name, password", [("owner", "wrong password"), ("nobody", PASSWORD), ("owner", "")])
async def test_a_wrong_name_and_a_wrong_password_sound_the_same(accounts: Accounts, name: str, password: str):
    with pytest.raises(SignInRefused) as refused:
        await signed_in(accounts, name, password)
    assert refused.value.reason.key == "account.wrong_password"


@pytest.mark.req("G-008")
async def test_guessing_is_slowed_even_when_the_right_password_comes_at_last(accounts: Accounts, clock: HandClock):
    for _ in range(4):
        with pytest.raises(SignInRefused):
            await signed_in(accounts, password="guess guess")
        clock.move(1)
    with pytest.raises(TooManyAttempts) as refused:
        await signed_in(accounts)
    assert refused.value.wait_s == 1.0
    clock.move(refused.value.wait_s)
    await signed_in(accounts)


async def test_guesses_made_at_once_do_not_slip_past_the_throttle(accounts: Accounts):
    outcomes = await asyncio.gather(
        *(signed_in(accounts, password="guess guess") for _ in range(12)), return_exceptions=True
    )
    assert sum(isinstance(outcome, TooManyAttempts) for outcome in outcomes) == 9


async def test_no_more_than_a_few_wait_for_the_hash(
    documents: MemoryDocuments, clock: HandClock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("ohmstead.services.accounts.passwords.LONGEST_QUEUE", 2)
    accounts = Accounts(documents, clock)
    outcomes = await asyncio.gather(
        *(accounts.sign_in("owner", "guess guess", f"10.0.1.{n}", "") for n in range(7)),
        return_exceptions=True,
    )
    busy = [o for o in outcomes if isinstance(o, CommandRefused) and o.reason.key == "account.busy"]
    assert len(busy) == 5


@pytest.mark.req("G-008")
async def test_a_revoked_sign_in_is_over_at_once(accounts: Accounts):
    token, sign_in = await signed_in(accounts)
    assert await accounts.revoke(sign_in.id, author="owner")
    assert await accounts.who(token) is None
    assert not await accounts.revoke(sign_in.id, author="owner")


async def test_one_revoked_by_another_process_is_over_within_ten_seconds(
    accounts: Accounts, documents: MemoryDocuments, clock: HandClock
):
    token, sign_in = await signed_in(accounts)
    await Accounts(documents, clock).revoke(sign_in.id, author="owner")
    clock.move(10)
    assert await accounts.who(token) is None


async def test_a_sign_in_survives_a_restart(accounts: Accounts, documents: MemoryDocuments, clock: HandClock):
    token, _ = await signed_in(accounts)
    assert (await Accounts(documents, clock).who(token)).name == "owner"


@pytest.mark.parametrize("used_every_days, lasts_days", [(31, 30), (20, 90)])
async def test_a_sign_in_ends_unused_after_30_days_and_in_any_case_after_90(
    accounts: Accounts, clock: HandClock, used_every_days: int, lasts_days: int
):
    token, _ = await signed_in(accounts)
    day = 86_400
    passed = 0
    while passed + used_every_days < lasts_days:
        clock.move(used_every_days * day)
        passed += used_every_days
        assert await accounts.who(token)
    clock.move((lasts_days - passed) * day)
    assert await accounts.who(token) is None


async def test_a_new_password_ends_all_sign_ins_of_its_account_only(accounts: Accounts):
    await accounts.set_password("guest", "viewer", "only looking around")
    mine, _ = await signed_in(accounts)
    guests, _ = await signed_in(accounts, "guest", "only looking around")
    await accounts.set_password("owner", "owner", "moonlight on the roof")
    assert await accounts.who(mine) is None
    assert (await accounts.who(guests)).role == "viewer"
    await signed_in(accounts, password="moonlight on the roof")


@pytest.mark.parametrize("token", ["", ".", "x", "0" * 16, "0" * 16 + ".", "0" * 16 + ".secret", "é" * 16 + ".é"])
async def test_a_token_that_was_never_given_is_nobody(accounts: Accounts, token: str):
    assert await accounts.who(token) is None


async def test_the_id_of_a_sign_in_with_another_secret_is_nobody(accounts: Accounts):
    token, _ = await signed_in(accounts)
    assert await accounts.who(token[:-1] + ("A" if token[-1] != "A" else "B")) is None


@pytest.mark.parametrize(
    "name, role, password, where",
    [
        ("owner", "owner", "short", "password"),
        ("owner", "owner", "x" * 1025, "password"),
        ("ownerowner", "owner", "OwnerOwner", "password"),
        (" ", "owner", PASSWORD, "name"),
        ("a\nb", "owner", PASSWORD, "name"),
        ("site", "owner", PASSWORD, "name"),
        ("owner", "king", PASSWORD, "role"),
    ],
)
async def test_an_unusable_account_is_refused_with_what_is_allowed(accounts: Accounts, name, role, password, where):
    with pytest.raises(ConfigurationError) as refused:
        await accounts.set_password(name, role, password)
    assert [mistake.where for mistake in refused.value.mistakes] == [where]
    assert password not in str(refused.value) or password == name


async def test_an_account_holds_a_bounded_number_of_sign_ins_and_loses_the_least_used(
    accounts: Accounts, clock: HandClock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("ohmstead.services.accounts.accounts.MOST_PER_ACCOUNT", 3)
    first, _ = await signed_in(accounts)
    for _ in range(3):
        clock.move(60)
        await signed_in(accounts)
    assert len(await accounts.sign_ins()) == 3
    assert await accounts.who(first) is None


@pytest.mark.req("G-008")
async def test_every_change_names_its_author_and_is_told_as_an_event(accounts: Accounts, documents: MemoryDocuments):
    _, sign_in = await signed_in(accounts)
    await accounts.revoke(sign_in.id, author="installer")
    assert documents.changes == [("account", "console"), ("sign-in", "owner"), ("sign-in", "installer")]
    assert [(event.kind, event.author, event.target) for event in documents.events] == [
        ("account.changed", "console", "owner"),
        ("account.signed_in", "owner", "owner"),
        ("account.signed_out", "installer", "owner"),
    ]
    assert all(word(event.reason, language) for event in documents.events for language in LANGUAGES)


async def test_accounts_live_in_the_real_store(tmp_path: Path, clock: HandClock):
    url = f"sqlite:///{tmp_path / 'house.sqlite'}"
    store = await Store.open(url, "via-roma-12", "Europe/Rome")
    accounts = Accounts(store.documents, clock)
    await accounts.set_password("owner", "owner", PASSWORD)
    token, _ = await signed_in(accounts)
    await store.close()
    store = await Store.open(url, "via-roma-12", "Europe/Rome")
    accounts = Accounts(store.documents, clock)
    who = await accounts.who(token)
    assert who is not None
    assert await accounts.revoke(who.id, author="owner")
    assert [each.event.kind for each in (await store.events()).events] == [
        "account.signed_out",
        "account.signed_in",
        "account.changed",
    ]
    await store.close()


@pytest.mark.parametrize("body", [None, [], {"role": "king", "password": "x"}, {"role": "owner"}])
async def test_a_damaged_account_says_so(accounts: Accounts, documents: MemoryDocuments, clock: HandClock, body):
    await documents.put(Document("account", "owner", body, "somebody"), at=clock.now().utc)
    with pytest.raises(StoreError, match=r"account\.damaged"):
        await signed_in(accounts)


def test_roles_ascend():
    assert may("owner", "installer")
    assert may("user", "viewer")
    assert not may("viewer", "user")
    assert not may("installer", "owner")
