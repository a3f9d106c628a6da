"""A Phi that is logged, in whatever way, is not shown."""

from __future__ import annotations

import io
import logging
from typing import Any

import pytest
import structlog

from privacy.phi import Phi
from tests.privacy.test_phi_channels import CANARY, assert_clean, everything_of, raise_chain, through


@pytest.mark.parametrize("level", [logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL])
@pytest.mark.parametrize("message", ["%s", "%r", "%d", "{}"])
def test_logging_does_not_show_it_at_any_level(
    level: int, message: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    logger = logging.getLogger("noted.test.channels")
    logger.setLevel(logging.DEBUG)
    monkeypatch.setattr(logger, "handlers", [handler])
    monkeypatch.setattr(logger, "propagate", False)  # pytest's own handler would raise what this one prints.
    # What a failing handler prints is a channel too.
    monkeypatch.setattr(logging, "raiseExceptions", True)
    phi: Any = Phi(CANARY)
    logger.log(level, message, phi)
    logger.log(level, phi)
    logger.log(level, "x", extra={"client": phi})
    logger.log(level, "x %(client)r", {"client": phi})
    try:
        raise_chain(phi)
    except RuntimeError:
        logger.log(level, "x", exc_info=True)
    assert_clean(out.getvalue() + "".join(capfd.readouterr()))


@pytest.mark.parametrize(
    "renderer",
    [
        structlog.processors.JSONRenderer(),
        structlog.processors.KeyValueRenderer(),
        structlog.processors.LogfmtRenderer(),
        structlog.dev.ConsoleRenderer(colors=False),
    ],
    ids=lambda renderer: type(renderer).__name__,
)
def test_structlog_does_not_show_it(renderer: Any, capfd: pytest.CaptureFixture[str]) -> None:
    out = io.StringIO()
    logger = structlog.wrap_logger(
        structlog.PrintLogger(out), processors=[structlog.processors.dict_tracebacks, renderer]
    )
    for values in ({"client": Phi(CANARY)}, {"clients": [Phi(CANARY)]}, {"event_data": {"client": Phi(CANARY)}}):
        _, error = through(lambda _, values=values: logger.info("note.signed", **values))
        if error:
            out.write(everything_of(error))
    try:
        raise_chain(Phi(CANARY))
    except RuntimeError:
        _, error = through(lambda _: logger.exception("note.failed"))
        if error:
            out.write(everything_of(error))
    assert_clean(out.getvalue() + "".join(capfd.readouterr()))
