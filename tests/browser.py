"""A real Chromium for the tests that look at a page. PYTEST_DONT_REWRITE: some tests import this before pytest loads it.

A test module says `pytest_plugins = ("tests.browser",)` and takes the fixture `browser`, one for the whole run.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# The first two for containers, where Chromium cannot build its sandbox; the others keep it off the network.
_QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def chromium_path() -> Path | None:
    """Where Chromium is: what NOTED_CHROMIUM says, else the system's, or None."""
    wanted = os.environ.get("NOTED_CHROMIUM")
    if wanted:
        return Path(wanted)
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    return Path(found) if found else None


@contextlib.asynccontextmanager
async def launch() -> AsyncGenerator[Browser]:
    """A running Chromium without a window.

    Errors: skips the test where there is none, and fails it when CI=true, so that nobody takes a skip for a pass.
    """
    path = chromium_path()
    if path is None:
        missing = "There is no Chromium on this machine: install one, or name it in NOTED_CHROMIUM."
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=_QUIET)
        try:
            yield browser
        finally:
            await browser.close()


@pytest.fixture(scope="session")
async def browser(anyio_backend: str) -> AsyncGenerator[Browser]:
    """One Chromium for the whole run."""
    async with launch() as ready:
        yield ready
