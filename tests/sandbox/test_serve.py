"""A server inside the running event loop, and signatures as Slack makes them."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from slack_sdk.signature import SignatureVerifier
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from sandbox.delivery import signature
from sandbox.serve import serve

pytestmark = pytest.mark.anyio


async def hello(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("hello")


async def test_a_server_answers_until_it_is_stopped() -> None:
    async with aiohttp.ClientSession() as http:
        async with serve(Starlette(routes=[Route("/", hello)])) as url, http.get(url) as response:
            assert await response.text() == "hello"
        with pytest.raises(aiohttp.ClientConnectorError):
            await http.get(url)


async def test_stopping_lets_an_answer_finish() -> None:
    begun, go = asyncio.Event(), asyncio.Event()

    async def slow(_request: Request) -> PlainTextResponse:
        begun.set()
        await go.wait()
        return PlainTextResponse("finished")

    async with aiohttp.ClientSession() as http:
        async with serve(Starlette(routes=[Route("/", slow)]), stopping=go.set) as url:
            waiting = asyncio.create_task(http.get(url))
            await begun.wait()
        async with await waiting as response:
            assert await response.text() == "finished"


async def test_a_port_that_is_taken_is_an_error() -> None:
    async with serve(Starlette()) as url:
        with pytest.raises(OSError, match="in use"):
            async with serve(Starlette(), port=int(url.rsplit(":", 1)[1])):
                pass


def test_the_signature_is_slacks() -> None:
    signed = signature("secret", "1795000000", b"payload=%7B%7D")
    verifier = SignatureVerifier("secret")
    assert verifier.generate_signature(timestamp="1795000000", body=b"payload=%7B%7D") == signed
