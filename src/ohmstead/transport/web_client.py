"""Asking an HTTP device for one document: bounded in time and size, and never led to another host.

Nothing of an address but what people may read, and nothing of the answer but its size and status, gets into a reason:
URLs and headers carry secrets.
"""

import asyncio
import logging
import ssl
from typing import Any
from urllib.parse import urljoin, urlsplit

from ohmstead.core.model.errors import DeviceError, DeviceGarbled, DeviceRefused, DeviceUnreachable
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.sources import bare
from ohmstead.transport.opening import cause
from ohmstead.transport.web_address import Credentials, WebAddress

LONGEST = 256 * 1024
"""No meter says more in one answer."""
HOPS = 3
"""Redirects within the same host, one after the other."""
_MOVED = frozenset({301, 302, 303, 307, 308})
_SIGN_IN = frozenset({401, 403})
_OK = 200


class WebDevice:
    """One device that answers HTTP; its connection is kept between questions."""

    def __init__(self, address: WebAddress, digest: bool = False) -> None:
        """``digest``: sign in by RFC 7616 (SHA-256, as the device asks for) instead of sending the password."""
        self.address = address
        self._digest = digest
        self._client: Any = None

    async def get(self, url: str, deadline_s: float) -> bytes:
        """The body of the answer to GET ``url``. Raises DeviceError."""
        if self._client is None:
            try:
                self._client = await asyncio.to_thread(self._made)
            except OSError as error:
                raise DeviceUnreachable(self._reason("http.no_connection", url, _origin(error))) from None
        import httpx2

        try:
            async with asyncio.timeout(deadline_s):
                return await self._followed(url)
        except TimeoutError as error:
            params = {"where": bare(url), "deadline_s": f"{deadline_s:g} s"}
            raise DeviceUnreachable(Reason("http.silent", params)) from error
        except httpx2.HTTPError as error:
            raise self._failed(url, error) from None
        except (httpx2.InvalidURL, ValueError, LookupError, RuntimeError) as error:
            raise DeviceGarbled(self._reason("http.no_http", url, type(error).__name__)) from None
        finally:
            if self._client is not None:
                self._client.cookies.clear()  # nobody signs in by them here, and a device could send ever more

    async def close(self) -> None:
        """Give back the connection; the next question makes a new one."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def _made(self) -> Any:
        """A client. Its library takes longer to load than a tick may last, hence the thread."""
        import httpx2

        logging.getLogger("httpx2").setLevel(logging.WARNING)  # it would log whole addresses, secrets and all
        known = self.address.credentials
        return httpx2.AsyncClient(
            auth=self._auth(known),
            headers=_headers(known),
            verify=ssl.create_default_context(cafile=known.ca) if self.address.url.startswith("https") else False,
            trust_env=False,
            timeout=None,
            limits=httpx2.Limits(max_connections=1),
        )

    def _auth(self, known: Credentials) -> Any:
        import httpx2

        if known.password is None and known.username is None:
            return None
        kind = httpx2.DigestAuth if self._digest else httpx2.BasicAuth
        return kind(known.username or "admin", known.password or "")

    async def _followed(self, url: str) -> bytes:
        for _ in range(HOPS):
            async with self._client.stream("GET", url) as response:
                if response.status_code not in _MOVED:
                    return await self._body(url, response)
                target = urljoin(url, response.headers.get("location", ""))
            if urlsplit(target)[:2] != urlsplit(url)[:2]:
                raise DeviceRefused(self._reason("http.elsewhere", url, bare(target)))
            url = target
        raise DeviceRefused(self._reason("http.circle", url, str(HOPS)))

    async def _body(self, url: str, response: Any) -> bytes:
        status: int = response.status_code
        if status in _SIGN_IN:
            raise DeviceRefused(self._reason("http.sign_in", url, str(status)))
        if status != _OK:
            raise DeviceRefused(self._reason("http.status", url, str(status)))
        if response.headers.get("content-encoding", "identity") != "identity":
            raise DeviceGarbled(self._reason("http.encoded", url, "compressed"))
        body = bytearray()
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > LONGEST:
                raise DeviceGarbled(self._reason("http.too_long", url, f"{LONGEST // 1024} KiB"))
        return bytes(body)

    def _failed(self, url: str, error: Exception) -> DeviceError:
        import httpx2

        if isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout):
            return DeviceUnreachable(self._reason("http.no_connection", url, _origin(error)))
        if isinstance(error, httpx2.ProtocolError):
            return DeviceGarbled(self._reason("http.no_http", url, type(error).__name__))
        return DeviceUnreachable(self._reason("http.broken", url, type(error).__name__))

    def _reason(self, key: str, url: str, detail: str) -> Reason:
        return Reason(key, {"where": bare(url), "detail": detail})


def _headers(known: Credentials) -> dict[str, str]:
    headers = {"Accept": "application/json", "Accept-Encoding": "identity", **dict(known.headers)}
    return headers | {"Authorization": f"Bearer {known.token}"} if known.token else headers


def _origin(error: BaseException | None) -> str:
    """The system's words at the bottom of a chain of errors: those above may repeat the address."""
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return f"TLS: {error.reason or 'failed'}"
        if isinstance(error, OSError) and (error.errno or error.strerror):
            return cause(error)
        error = error.__cause__ or error.__context__
    return "no connection"
