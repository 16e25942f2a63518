"""Spoiled answers, one function per kind of fault."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
import socket
import struct
from typing import Final
import zlib

from aiohttp import web
import orjson

from . import pointer
from .answers import json_answer
from .faults import Fault

MEBIBYTE: Final = 2**20
HUGE_SIZE: Final = 32 * MEBIBYTE
BOMB_SIZE: Final = 1024 * MEBIBYTE
GZIP_HEADER: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
LOGIN_PAGE: Final = "<!DOCTYPE html><html><body><form>Sign in</form></body></html>"

type Proceed = Callable[[], Awaitable[web.StreamResponse]]
type Spoiler = Callable[[web.Request, Fault, Proceed], Awaitable[web.StreamResponse]]


async def spoil(
    request: web.Request, fault: Fault, proceed: Proceed
) -> web.StreamResponse:
    """Answer a request in the way of a fault."""
    return await SPOILERS[fault.kind](request, fault, proceed)


def drop(request: web.Request) -> web.Response:
    """Reset the connection; the answer returned here reaches nobody."""
    if request.transport is not None:
        if (raw := request.transport.get_extra_info("socket")) is not None:
            linger = struct.pack("ii", 1, 0)
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        request.transport.abort()
    return web.Response()


async def _status(
    request: web.Request, fault: Fault, proceed: Proceed
) -> web.StreamResponse:
    status = fault.status or 500
    if isinstance(fault.body, str):
        return web.Response(text=fault.body, status=status, headers=fault.headers)
    body = {"message": "Server Error"} if fault.body is None else fault.body
    return json_answer(body, status, fault.headers)


async def _hang(
    request: web.Request, fault: Fault, proceed: Proceed
) -> web.StreamResponse:
    await fault.released.wait()
    return await proceed()


async def _hang_after(
    request: web.Request, fault: Fault, proceed: Proceed
) -> web.StreamResponse:
    answer = await proceed()
    await fault.released.wait()
    return answer


async def _reset(
    request: web.Request, fault: Fault, proceed: Proceed
) -> web.StreamResponse:
    return drop(request)


async def _lose_answer(
    request: web.Request, fault: Fault, proceed: Proceed
) -> web.StreamResponse:
    await proceed()
    return drop(request)


async def _reset_mid_body(
    request: web.Request, fault: Fault, proceed: Proceed
) -> web.StreamResponse:
    body = _body(await proceed())
    response = web.StreamResponse()
    response.content_type = "application/json"
    response.content_length = len(body) + 1
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    # A plain close lets the first half arrive, which a hard reset might swallow.
    if request.transport is not None:
        request.transport.close()
    return response


async def _truncated(
    request: web.Request, fault: Fault, proceed: Proceed
) -> web.StreamResponse:
    body = _body(await proceed())
    return web.Response(body=body[: len(body) // 2], content_type="application/json")


async def _html(
    request: web.Request, fault: Fault, proceed: Proceed
) -> web.StreamResponse:
    text = fault.body if isinstance(fault.body, str) else LOGIN_PAGE
    status = fault.status or 200
    return web.Response(text=text, status=status, content_type="text/html")


async def _redirect(
    request: web.Request, fault: Fault, proceed: Proceed
) -> web.StreamResponse:
    headers = {"Location": fault.location}
    return web.Response(status=fault.status or 302, headers=headers)


async def _nested(
    request: web.Request, fault: Fault, proceed: Proceed
) -> web.StreamResponse:
    text = "[" * fault.depth + "]" * fault.depth
    return web.Response(text=text, content_type="application/json")


async def _replace(
    request: web.Request, fault: Fault, proceed: Proceed
) -> web.StreamResponse:
    return json_answer(fault.body, fault.status or 200)


async def _mutate(
    request: web.Request, fault: Fault, proceed: Proceed
) -> web.StreamResponse:
    answer = await proceed()
    changed = pointer.apply(orjson.loads(_body(answer)), fault.operations)
    if isinstance(answer, web.Response):
        answer.body = orjson.dumps(changed)
    return answer


async def _huge(
    request: web.Request, fault: Fault, proceed: Proceed
) -> web.StreamResponse:
    return await _stream(request, _long_json(fault.size or HUGE_SIZE), {})


async def _gzip_bomb(
    request: web.Request, fault: Fault, proceed: Proceed
) -> web.StreamResponse:
    headers = {"Content-Encoding": "gzip"}
    return await _stream(request, _bomb(fault.size or BOMB_SIZE), headers)


async def _stream(
    request: web.Request, chunks: AsyncIterator[bytes], headers: dict[str, str]
) -> web.StreamResponse:
    response = web.StreamResponse(headers=headers)
    response.content_type = "application/json"
    await response.prepare(request)
    async for chunk in chunks:
        await response.write(chunk)
    await response.write_eof()
    return response


async def _long_json(size: int) -> AsyncIterator[bytes]:
    """Yield a valid document of about a size: one long text."""
    yield b'{"data":"'
    for _ in range(-(-size // MEBIBYTE)):
        yield b"x" * MEBIBYTE
    yield b'"}'


async def _bomb(size: int) -> AsyncIterator[bytes]:
    """Yield a small gzip stream that unpacks to a valid document of a size.

    One packed block is repeated, and the check sum runs along while the client reads,
    so that nothing has to be prepared.
    """
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    plain = b" " * MEBIBYTE
    packed = packer.compress(plain) + packer.flush(zlib.Z_FULL_FLUSH)
    check, total = 0, 0
    yield GZIP_HEADER
    for _ in range(-(-size // MEBIBYTE)):
        check, total = zlib.crc32(plain, check), total + len(plain)
        yield packed
        await asyncio.sleep(0)
    ending = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    last = b'{"data":[]}'
    yield ending.compress(last) + ending.flush()
    yield struct.pack("<II", zlib.crc32(last, check), (total + len(last)) % 2**32)


def _body(answer: web.StreamResponse) -> bytes:
    body = answer.body if isinstance(answer, web.Response) else b""
    return bytes(body) if isinstance(body, bytes | bytearray) else b""


SPOILERS: Final[dict[str, Spoiler]] = {
    "status": _status,
    "hang": _hang,
    "hang_after": _hang_after,
    "reset": _reset,
    "reset_mid_body": _reset_mid_body,
    "truncated": _truncated,
    "html": _html,
    "redirect": _redirect,
    "huge": _huge,
    "gzip_bomb": _gzip_bomb,
    "nested": _nested,
    "mutate": _mutate,
    "replace": _replace,
    "lose_answer": _lose_answer,
}
