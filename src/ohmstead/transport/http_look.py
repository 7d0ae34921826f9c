"""One look at a web page of a device that is not trusted: address and path in, the body of a good answer out.

Bounded in time and size, without redirects, and without what the surroundings say about proxies.
"""

import asyncio

from ohmstead.core.model.reasons import Reason

LOOK_S = 2.0
AT_MOST = 65_536
"""Bytes of a body; the longest identity is a tenth of it."""


class NoPage(Exception):
    """No good answer. ``spoke`` tells whether it was HTTP at all."""

    def __init__(self, reason: Reason, spoke: bool) -> None:
        """``reason`` has a text in every language."""
        super().__init__(reason.key)
        self.reason = reason
        self.spoke = spoke


async def look(host: str, port: int, path: str, deadline_s: float = LOOK_S) -> bytes:
    """The body at ``path``, by GET. Raises NoPage."""
    import httpx2

    name = f"[{host}]" if ":" in host else host
    where = f"http://{name}:{port}"
    try:
        async with (
            asyncio.timeout(deadline_s),
            httpx2.AsyncClient(trust_env=False) as client,
            client.stream("GET", where + path) as answer,
        ):
            if answer.status_code != 200:
                raise NoPage(Reason("page.status", {"where": where, "came": answer.status_code}), spoke=True)
            body = b""
            async for part in answer.aiter_bytes(4096):
                body += part
                if len(body) > AT_MOST:
                    raise NoPage(Reason("page.too_long", {"where": where, "limit": AT_MOST}), spoke=True)
            return body
    except TimeoutError as error:
        params = {"where": where, "deadline_s": f"{deadline_s:g} s"}
        raise NoPage(Reason("device.unreachable", params), spoke=False) from error
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        detail = str(error) or type(error).__name__
        raise NoPage(Reason("page.none", {"where": where, "detail": detail}), spoke=False) from error
