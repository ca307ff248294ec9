"""One API server, asked politely: a client-side limit, `Retry-After`, and time limits that a stalled answer cannot escape."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from mtlsaudit.errors import ClusterError
from mtlsaudit.sources.cluster.access import Access

_BUSY = frozenset({429, 500, 502, 503, 504})
_MOST_PATIENCE = 30.0
_CHUNK = 1 << 18


class Refused(Exception):
    """The API server said no: `status` is that of HTTP, the text its own reason, `retry_after` in seconds if it asked for it."""

    def __init__(self, status: int, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.retry_after = retry_after


class NoAnswer(Exception):
    """No complete answer came: refused connection, TLS, a stalled or broken stream. The text says which."""


class Limiter:
    """A token bucket: `rate` requests a second, and as many at once after a pause. Fair to other clients of the server."""

    def __init__(self, rate: float) -> None:
        self._gap = 1 / rate
        self._lock = threading.Lock()
        self._burst = max(1.0, rate)
        self._next = 0.0

    def wait(self) -> None:
        """Return when the next request may go."""
        with self._lock:
            now = time.monotonic()
            self._next = max(self._next, now - self._burst * self._gap) + self._gap
            pause = self._next - now
        if pause > 0:
            time.sleep(pause)


class Connection:
    """GETs of one cluster, from any thread. `timeout` is in seconds and holds for each whole answer; `retries` for each request."""

    def __init__(self, access: Access, rate: float = 50, timeout: float = 60, retries: int = 4) -> None:
        self.name = access.name
        self._access = access
        self._pool = access.pool()
        self._limiter = Limiter(rate)
        self._timeout = timeout
        self._retries = retries
        self._lock = threading.Lock()
        self._renewed = False
        self.requests = 0

    def get(self, path: str, query: Mapping[str, str] | None = None, accept: str = "application/json") -> bytes:
        """The body of a 200. Raises Refused, NoAnswer after the retries, ClusterError where nobody can be asked."""
        return self.send("GET", path + (f"?{urlencode(query)}" if query else ""), accept=accept)

    def send(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        accept: str = "application/json",
        content: str = "application/json",
    ) -> bytes:
        """As `get`, for any method; `content` is the type of the body."""
        attempt = 0
        while True:
            try:
                return self._once(method, path, body, {"accept": accept, "content-type": content})
            except (Refused, NoAnswer) as error:
                pause = self._pause(error, attempt)
                if pause is None:
                    raise
                attempt += 1
                time.sleep(pause)

    def close(self) -> None:
        self._pool.clear()
        self._access.close()

    def _pause(self, error: Refused | NoAnswer, attempt: int) -> float | None:
        """Seconds to wait before the next try; None for no more tries."""
        if isinstance(error, Refused) and error.status == 401:
            return 0.0 if self._renew() else None
        if attempt >= self._retries or (isinstance(error, Refused) and error.status not in _BUSY):
            return None
        asked = error.retry_after if isinstance(error, Refused) else None
        return min(_MOST_PATIENCE, float(0.25 * 2**attempt if asked is None else asked))

    def _renew(self) -> bool:
        """Credentials may have expired on the way: load them anew, once."""
        with self._lock:
            if self._renewed:
                return False
            self._renewed = True
            self._access.load()
            self._pool = self._access.pool()
            return True

    def _once(self, method: str, path: str, body: bytes | None, types: Mapping[str, str]) -> bytes:
        import urllib3

        self._limiter.wait()
        headers = urllib3.HTTPHeaderDict([*types.items(), ("user-agent", "mtlsaudit")])
        for name, value in self._access.headers():
            headers.add(name, value)
        if body is None:
            del headers["content-type"]
        limit = urllib3.Timeout(connect=min(10.0, self._timeout), read=self._timeout)
        self.requests += 1
        try:
            answer = self._pool.request(
                method, self._access.host + path, body=body, headers=headers, timeout=limit, retries=False,
                redirect=False, preload_content=False,
            )  # fmt: skip
            try:
                data = self._whole(answer)
            finally:
                answer.release_conn()
        except urllib3.exceptions.HTTPError as error:
            raise self._trouble(error) from None
        if answer.status == 200 or (method == "POST" and answer.status == 201):
            return data
        raise Refused(answer.status, _reason(answer.status, data), _seconds(answer.headers.get("Retry-After")))

    def _whole(self, answer: Any) -> bytes:
        """The body, in no more time than the limit: a read timeout alone starts anew with every byte."""
        end = time.monotonic() + self._timeout
        parts = []
        while part := answer.read1(_CHUNK, decode_content=True):  # what is there: `read` would wait for the whole chunk
            parts.append(part)
            if time.monotonic() > end:
                answer.close()
                raise NoAnswer(f"the answer was not complete after {self._timeout:g} seconds (--request-timeout)")
        return b"".join(parts)

    def _trouble(self, error: Exception) -> Exception:
        """A certificate that is not trusted will not be trusted at the next try; a network may come back."""
        import urllib3

        if "CERTIFICATE_VERIFY_FAILED" in str(error) or isinstance(error, urllib3.exceptions.LocationParseError):
            return ClusterError(f"{self.name}: {self._access.host} is not trusted: {_cause(error)}")
        if isinstance(error, urllib3.exceptions.ReadTimeoutError):
            return NoAnswer(f"no answer within {self._timeout:g} seconds (--request-timeout)")
        return NoAnswer(f"{self._access.host} does not answer: {_cause(error)}")


def _cause(error: Exception) -> str:
    """The innermost message, without the addresses of objects that urllib3 puts around it."""
    inner: BaseException = error
    for _ in range(5):
        below = getattr(inner, "reason", None) or inner.__cause__ or inner.__context__
        if not isinstance(below, BaseException):
            break
        inner = below
    text = str(inner).rpartition(">: ")[2] or str(inner)
    return text.strip() or type(inner).__name__


def _reason(status: int, data: bytes) -> str:
    """The message of a `Status` object, or the beginning of what came instead."""
    import json

    try:
        message = json.loads(data).get("message", "")
    except (ValueError, AttributeError):
        message = data[:200].decode("utf-8", "replace").strip()
    return f"{status}: {message}" if message else f"HTTP {status}"


def _seconds(value: str | None) -> float | None:
    try:
        return None if value is None else max(0.0, float(value))
    except ValueError:
        return None
