"""Passing a question on to one HTTP server of ours on this machine, and its answer back as it is."""

import asyncio
from typing import Any

LONGEST = 256 * 1024
DEADLINE_S = 5.0


class FarSilent(Exception):
    """It does not answer, or not with what it should."""


class FarServer:
    """One server at ``address``, such as ``http://127.0.0.1:4711``."""

    def __init__(self, address: str) -> None:
        """Nothing is opened yet."""
        self._address = address.rstrip("/")
        self._client: Any = None

    async def ask(self, method: str, path: str, body: bytes | None = None, language: str = "en") -> tuple[int, bytes]:
        """Status and body of the answer. Raises FarSilent."""
        import httpx2

        if self._client is None:
            self._client = httpx2.AsyncClient(base_url=self._address, trust_env=False, timeout=None)
        headers = {"Accept-Language": language, "Content-Type": "application/json"}
        try:
            async with asyncio.timeout(DEADLINE_S):
                answer = await self._client.request(method, path, content=body, headers=headers)
        except (TimeoutError, httpx2.HTTPError) as error:
            raise FarSilent(str(error) or type(error).__name__) from error
        if len(answer.content) > LONGEST:
            raise FarSilent(f"an answer of more than {LONGEST // 1024} KiB")
        return answer.status_code, answer.content

    async def close(self) -> None:
        """Give back the connection."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()
