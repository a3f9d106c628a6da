"""Grants: made in two places, worth nothing before the commit, and never kept."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from privacy.grants import Grant, Purpose, issue, system_grant


def test_an_issued_grant_is_pending_until_it_is_activated() -> None:
    grant = issue()
    assert not grant.active
    grant.activate()
    assert grant.active


def test_each_issued_grant_is_its_own() -> None:
    first, second = issue(), issue()
    first.activate()
    assert not second.active


@pytest.mark.parametrize("purpose", Purpose)
def test_a_system_grant_is_active_and_names_its_purpose(purpose: Purpose) -> None:
    grant = system_grant(purpose)
    assert grant.active
    assert repr(grant) == f"Grant({purpose.value}, active)"


@pytest.mark.parametrize("purpose", ["seal", None, object()])
def test_a_system_grant_needs_a_purpose_of_the_list(purpose: Any) -> None:
    with pytest.raises(TypeError):
        system_grant(purpose)


def test_a_grant_is_not_made_by_hand() -> None:
    with pytest.raises(TypeError):
        Grant(object(), "audited", active=True)


@pytest.mark.parametrize("leave", ["copy", "deepcopy", "dumps"])
def test_a_grant_is_neither_copied_nor_stored(leave: str) -> None:
    ways: dict[str, Callable[[Grant], object]] = {"copy": copy.copy, "deepcopy": copy.deepcopy, "dumps": pickle.dumps}
    with pytest.raises(TypeError, match="neither copied nor stored"):
        ways[leave](issue())


def test_a_grant_takes_no_other_attributes() -> None:
    grant: Any = issue()
    with pytest.raises(AttributeError):
        grant.active = True
