"""The pages about signing keys: who may see and rotate, what they say, and that they show no private part."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

import audit
from accounts.models import User
from audit.models import Event
from tests.clients.people import person
from tokens.models import SigningKey
from tokens.signing_keys import rotation
from tokens.signing_keys.pairs import ALGORITHMS
from tokens.signing_keys.ring import value_of

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Browser]

ROLES = ("Administrator", "Auditor", "Client manager", "Developer", "")
VIEW, ROTATE = "keys.view", "keys.rotate"
LADDER = (
    ("key_list", "get", (200, 200, VIEW, VIEW, VIEW)),
    ("key_rotate", "get", (200, ROTATE, ROTATE, ROTATE, ROTATE)),
    ("key_rotate", "post", (302, ROTATE, ROTATE, ROTATE, ROTATE)),
    ("key_withdraw", "get", (200, ROTATE, ROTATE, ROTATE, ROTATE)),
    ("key_withdraw", "post", (302, ROTATE, ROTATE, ROTATE, ROTATE)),
)


def retired() -> SigningKey:
    rotation.rotate(by=audit.SYSTEM, now=timezone.now())
    return SigningKey.objects.filter(state="retired").order_by("pk")[0]


@pytest.mark.parametrize(
    ("page", "verb", "role", "answer"),
    [(page, verb, role, answer) for page, verb, row in LADDER for role, answer in zip(ROLES, row, strict=True)],
)
def test_r59_and_r60_each_page_answers_each_role_as_the_table_says(
    page: str, verb: str, role: str, answer: int | str, sign_in: SignIn
) -> None:
    key = retired()
    before = list(SigningKey.objects.order_by("pk").values_list("kid", "state"))
    browser = sign_in(person("viewer", role) if role else person("viewer"))
    response = getattr(browser, verb)(reverse(page, args=[key.pk] if page == "key_withdraw" else []))
    if isinstance(answer, str):
        assert response.status_code == 403
        assert answer in response.content.decode()
    else:
        assert response.status_code == answer
    changed = list(SigningKey.objects.order_by("pk").values_list("kid", "state")) != before
    assert changed is (answer == 302)


@pytest.fixture
def browser(sign_in: SignIn) -> Browser:
    return sign_in(person("ada", "Administrator"))


def shown(browser: Browser, page: str, *args: object) -> str:
    return browser.get(reverse(page, args=args)).content.decode()


def test_the_list_tells_every_key_with_its_state_and_no_private_part(browser: Browser) -> None:
    retired()
    page = shown(browser, "key_list")
    for row in SigningKey.objects.all():
        assert row.kid in page
        private = value_of(row).private.as_dict(private=True)
        assert not [name for name in ("d", "p", "q") if name in private and str(private[name]) in page]
    assert [page.count(f">{state}<") for state in ("Current", "Next", "Retired")] == [2, 2, 2]
    assert "/jwks" in page


def test_an_auditor_sees_no_button_that_would_be_refused(sign_in: SignIn) -> None:
    retired()
    page = shown(sign_in(person("ann", "Auditor")), "key_list")
    assert reverse("key_rotate") not in page
    assert "Withdraw" not in page


def test_the_first_look_makes_the_keys_and_the_page_warns_that_they_are_young(browser: Browser) -> None:
    page = shown(browser, "key_rotate")
    assert "The next keys are young" in page
    SigningKey.objects.update(created=timezone.now() - timedelta(days=2))
    assert "The next keys are young" not in shown(browser, "key_rotate")


def test_rotating_names_who_did_it_and_a_second_click_does_nothing(browser: Browser) -> None:
    shown(browser, "key_list")
    seen = " ".join(SigningKey.objects.filter(state="current").values_list("kid", flat=True))
    assert browser.post(reverse("key_rotate"), {"seen": seen}).status_code == 302
    second = browser.post(reverse("key_rotate"), {"seen": seen})
    assert second.status_code == 409
    assert "Somebody else changed the keys meanwhile" in second.content.decode()
    assert SigningKey.objects.count() == 3 * len(ALGORITHMS)
    assert Event.objects.get(kind="signing_keys.rotated").actor_name == "ada"


def test_a_withdrawn_key_leaves_the_key_set_and_a_key_that_signs_cannot_be_withdrawn(browser: Browser) -> None:
    key = retired()
    assert "published no longer" in browser.post(reverse("key_withdraw", args=[key.pk]), follow=True).content.decode()
    assert not SigningKey.objects.filter(pk=key.pk).exists()
    current = SigningKey.objects.filter(state="current")[0]
    for number in (key.pk, current.pk, 2**70):
        assert browser.post(f"/settings/keys/{number}/withdraw/").status_code == 404
    assert Event.objects.get(kind="signing_keys.withdrawn").detail == {"kid": key.kid}


def test_keys_that_cannot_be_opened_are_said_on_top(browser: Browser) -> None:
    shown(browser, "key_list")
    SigningKey.objects.filter(state="next").update(private_sealed=b"\x01" + b"x" * 60)
    page = shown(browser, "key_list")
    assert "cannot open its signing keys" in page
    assert page.count("Cannot be opened") == 2
    assert "The next keys cannot be opened" in shown(browser, "key_rotate")
