"""May a site listen at an address? Asked before a charger is commanded and the web framework is loaded (G-008)."""

import ipaddress
from typing import TYPE_CHECKING

from ohmstead.core.model.errors import ConfigurationError, Mistake

if TYPE_CHECKING:
    from ohmstead.services.accounts.accounts import Accounts


def is_loopback(host: str) -> bool:
    """Whether an address to listen on reaches this machine alone."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


async def check_accounts(accounts: "Accounts", host: str) -> None:
    """Raise ConfigurationError when ``host`` lets others in and nobody could sign in."""
    if not is_loopback(host) and not await accounts.any_account():
        raise ConfigurationError(
            (
                Mistake(
                    "--listen",
                    f"{host} without any account",
                    "an address of this machine alone (127.0.0.1), or any address once there is an account",
                    "Set a password first, with the same --data: ohmstead password --config site.toml",
                ),
            )
        )
