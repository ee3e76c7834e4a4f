"""R14's single look at a secret, and the snippets that developers copy."""

from __future__ import annotations

import shlex
from typing import Any
from urllib.parse import unquote_plus

import pytest

from accounts import once
from clients.secrets import shown_once
from clients.snippets import Subject, env_file, get_a_token

SECRET = "asc_AbCdEf_0123456789"


def look(secret: str) -> shown_once.Look:
    return shown_once.Look(occasion="registered", secret=secret)


def test_r14_a_secret_is_taken_once_and_lies_in_the_session_unreadable() -> None:
    session: dict[str, Any] = {}
    shown_once.put(session, look(SECRET), client_pk=7, user_pk=1)
    assert SECRET not in str(session)
    assert SECRET not in repr(look(SECRET))
    assert shown_once.take(session, client_pk=7, user_pk=1) == look(SECRET)
    assert session == {}
    assert shown_once.take(session, client_pk=7, user_pk=1) is None


def test_r14_it_is_bound_to_its_client_and_its_user() -> None:
    session: dict[str, Any] = {}
    shown_once.put(session, look(SECRET), client_pk=7, user_pk=1)
    assert shown_once.take(session, client_pk=8, user_pk=1) is None
    assert shown_once.take(session, client_pk=7, user_pk=2) is None
    assert session == {}


def test_r14_it_lapses(monkeypatch: pytest.MonkeyPatch) -> None:
    session: dict[str, Any] = {}
    shown_once.put(session, look(SECRET), client_pk=7, user_pk=1)
    monkeypatch.setattr(once, "LASTS", -1)
    assert shown_once.take(session, client_pk=7, user_pk=1) is None


def test_r14_two_tabs_do_not_take_each_others() -> None:
    session: dict[str, Any] = {}
    shown_once.put(session, look("seven"), client_pk=7, user_pk=1)
    shown_once.put(session, look("eight"), client_pk=8, user_pk=1)
    assert shown_once.take(session, client_pk=7, user_pk=1) == look("seven")
    assert shown_once.take(session, client_pk=8, user_pk=1) == look("eight")


def subject(**changes: Any) -> Subject:
    values = {
        "issuer": "https://auth.example.com",
        "client_id": "billing-sync",
        "confidential": True,
        "grants": ("client_credentials",),
        "redirect_uri": "https://a.example/cb",
    }
    return Subject(**{**values, **changes})


def test_the_curl_of_a_service_gets_a_token_with_the_secret_it_shows() -> None:
    snippet = get_a_token(subject(), secret=SECRET)
    assert snippet is not None
    assert shlex.split(snippet.text.replace("\\\n", " ")) == [
        "curl", "https://auth.example.com/token", "--user", f"billing-sync:{SECRET}",
        "--data", "grant_type=client_credentials",
    ]  # fmt: skip


@pytest.mark.parametrize("secret", ['it\'s $HOME `id` "x"', "per%cent+plus:colon", "!important#"])
@pytest.mark.parametrize("client_id", ["my client", "https://a.example/id", "$(id)", "o'brien"])
def test_hostile_ids_and_secrets_reach_curl_as_they_are_and_run_nothing(client_id: str, secret: str) -> None:
    snippet = get_a_token(subject(client_id=client_id), secret=secret)
    assert snippet is not None
    words = shlex.split(snippet.text.replace("\\\n", " "))
    user = words[words.index("--user") + 1]
    assert [unquote_plus(half) for half in user.split(":")] == [client_id, secret]
    env = env_file(subject(client_id=client_id), secret=secret)
    assert [word.partition("=")[2] for word in shlex.split(env)] == ["https://auth.example.com", client_id, secret]


def test_without_a_secret_a_shell_variable_stands_for_it() -> None:
    snippet = get_a_token(subject())
    assert snippet is not None
    assert '"billing-sync:$CLIENT_SECRET"' in snippet.text


def test_a_public_client_names_itself_in_the_body() -> None:
    snippet = get_a_token(subject(confidential=False, grants=("authorization_code",)))
    assert snippet is not None
    assert "--user" not in snippet.text
    assert '--data-urlencode "client_id=billing-sync"' in snippet.text
    assert env_file(subject(), secret=None).count("\n") == 1


def test_what_is_made_in_the_browser_has_no_curl() -> None:
    assert get_a_token(subject(grants=("personal_access_token",))) is None
