"""What a client's overview shows of its use."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import User
from clients.models import Client
from tests.clients.people import registered
from tests.console.html import Page
from tokens.models import DailyCount

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Browser]


def overview(browser: Browser, client: Client) -> Page:
    return Page(browser.get(f"/clients/{client.pk}/").content.decode())


def text_of(shown: Page) -> str:
    return next(element.text for element in shown.elements if element.tag == "main")


def is_drawn(shown: Page) -> bool:
    return any(element.get("class") == "spark" for element in shown.elements)


def test_a_client_that_was_issued_tokens_shows_how_many_a_day_also_to_whoever_sees_no_drawing(
    sign_in: SignIn, auditor: User
) -> None:
    client = registered().client
    DailyCount.objects.create(client=client, day=timezone.now().date(), issued=1_412, refused=3)
    shown = overview(sign_in(auditor), client)
    assert "1,412 in all · 3 refused" in text_of(shown)
    assert is_drawn(shown)
    rows = [element.text for element in shown.elements if element.tag == "tr"]
    assert f"{timezone.now():%-d %b %Y}1,4123" in rows


def test_an_unused_client_says_so(sign_in: SignIn, auditor: User) -> None:
    shown = overview(sign_in(auditor), registered().client)
    assert "issued no token in this time" in text_of(shown)
    assert not is_drawn(shown)
