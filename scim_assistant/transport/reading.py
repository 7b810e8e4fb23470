"""Reads the body of an answer within bounds, which hold while it is unpacked too."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

from scim_assistant.errors import UnreadableAnswer
from scim_assistant.sentence import Sentence, say
from scim_assistant.transport import HttpRequest, details_of

KNOWN_KINDS = frozenset({"br", "compress", "deflate", "dcb", "dcz", "exi", "gzip", "zstd"})
"""What content codings are called; what a service makes up is not repeated, since it may be anything.

Source: IANA, HTTP Content Coding Registry.
"""


def whole_body(raw: Iterable[bytes], coding: str, request: HttpRequest, *, host: str, status: int) -> bytes:
    """Read a body to its end, unless it gets longer than ``request.max_bytes``.

    Args:
        raw: The body as it comes, still packed.
        coding: The header Content-Encoding.
        request: What was asked.
        host: Whose answer it is.
        status: Its status.

    Raises:
        UnreadableAnswer: It is too long, damaged, or packed in a way that was not offered.
    """
    kinds = [kind for kind in (part.strip().casefold() for part in coding.split(",")) if kind]
    kinds = ["gzip" if kind == "x-gzip" else kind for kind in kinds if kind != "identity"]
    body = bytearray()
    unpacker = _Unpacker() if kinds else None
    came = 0
    # What does not shrink grows a little by being packed; what unpacks to nothing must have an end too.
    most_packed = request.max_bytes + request.max_bytes // 1024 + 1024
    for chunk in raw:
        if chunk and kinds not in ([], ["gzip"]):
            raise _not_offered(kinds, request, host, status)
        came += len(chunk)
        if unpacker is None:
            body += chunk
        else:
            try:
                unpacker.unpack(chunk, into=body, most=request.max_bytes)
            except zlib.error as fault:
                raise _damaged(request, host, status, str(fault)) from fault
        if len(body) > request.max_bytes or came > most_packed:
            raise _too_long(request, status)
    if unpacker is not None and came and not unpacker.ended:
        raise _damaged(request, host, status, "the end of the gzip data is missing")
    return bytes(body)


class _Unpacker:
    """Unpacks gzip piece by piece, and never more of it than is wanted.

    Source: RFC 1952 section 2.2: one member may follow the other. Whatever else follows is damage.
    """

    def __init__(self) -> None:
        self._inflater = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)

    @property
    def ended(self) -> bool:
        """The last member has come in full, its checksum included."""
        return self._inflater.eof

    def unpack(self, data: bytes, *, into: bytearray, most: int) -> None:
        """Add what ``data`` unpacks to, until ``into`` is longer than ``most``."""
        while data and len(into) <= most:
            if self._inflater.eof:
                self._inflater = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
            into += self._inflater.decompress(data, most + 1 - len(into))
            data = self._inflater.unused_data if self._inflater.eof else self._inflater.unconsumed_tail


def _too_long(request: HttpRequest, status: int) -> UnreadableAnswer:
    return UnreadableAnswer(
        request.what,
        say(
            "The answer was longer than {limit:,} bytes, so reading it was stopped.", limit=request.max_bytes
        ),
        say("Check that the address leads to the service and not to a download or a web page."),
        details_of(request, status),
    )


def _damaged(request: HttpRequest, host: str, status: int, said: str) -> UnreadableAnswer:
    return UnreadableAnswer(
        request.what,
        say("The answer of {host} was damaged: it could not be unpacked.", host=host),
        _whoever(),
        details_of(request, status, said),
    )


def _not_offered(kinds: list[str], request: HttpRequest, host: str, status: int) -> UnreadableAnswer:
    known = set(kinds) <= KNOWN_KINDS
    return UnreadableAnswer(
        request.what,
        say(
            "The answer of {host} is packed as {kinds}, although only gzip was offered.",
            host=host,
            kinds=", ".join(kinds),
        )
        if known
        else say("The answer of {host} is packed in a way that nobody offered.", host=host),
        _whoever(),
        details_of(request, status),
    )


def _whoever() -> Sentence:
    return say("Try again; if it stays so, the service or a proxy on the way is at fault.")
