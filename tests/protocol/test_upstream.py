"""Sign-in through another OpenID provider: a second running instance of this product is the provider."""

from __future__ import annotations

import html
import json
import re
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from tests.ground.running import MakeServer
from tests.protocol.authorizing import USERS, Answer, Browser

SECRET = "a-secret-of-the-branch-at-headquarters-1"
OWN_PASSWORD = "of-the-branch-alone-and-long-1"
PEOPLE: list[dict[str, Any]] = [
    {"username": "mara", "password": USERS["mara"], "email": "mara@hq.example", "givenName": "Mara",
     "familyName": "Lind", "claims": {"address": {"region": "staff"}}},
    {"username": "tomas", "password": USERS["tomas"], "email": "tomas@hq.example", "givenName": "Tomas"},
]  # fmt: skip


class Pair:
    """Headquarters, whose people sign in at the branch."""

    def __init__(self, server: MakeServer) -> None:
        self.headquarters = server()
        self.branch = server()
        self.headquarters.manage("apply", "-", text=json.dumps({"users": PEOPLE, "clients": [self._client()]}))
        self.connect()

    def _client(self) -> dict[str, Any]:
        return {
            "clientId": "branch", "name": "The branch", "owner": "mara", "type": "confidential", "clientSecret": SECRET,
            "grants": ["authorization_code"], "redirectUris": [f"{self.branch.url}/sign-in/upstream/callback/"],
            "allowedScope": "openid profile email address", "refreshLimit": "unlimited",
        }  # fmt: skip

    def connect(self, **changes: Any) -> None:
        upstream = {
            "name": "Headquarters", "issuer": self.headquarters.url, "clientId": "branch", "clientSecret": SECRET,
            "scope": "openid profile email address", "groupsClaim": "address.region", "groups": {"staff": "Auditor"},
            **changes,
        }  # fmt: skip
        self.branch.manage("apply", "-", text=json.dumps({"settings": {"upstream": upstream}}))

    def events(self, kind: str) -> list[dict[str, Any]]:
        code = (
            "import json; from audit.models import Event; rows = Event.objects.filter(kind=%r).order_by('pk')\n"
            "print(json.dumps([[e.actor_name, e.subject_name, e.changes, e.detail] for e in rows]))"
        )
        names = ("actor", "subject", "changes", "detail")
        return [dict(zip(names, row, strict=True)) for row in json.loads(self.branch.shell(code % kind))]


@pytest.fixture(scope="module")
def pair(server: MakeServer) -> Pair:
    return Pair(server)


@pytest.fixture(autouse=True)
def _usual(request: pytest.FixtureRequest) -> None:
    if "pair" in request.fixturenames:
        request.getfixturevalue("pair").connect()


class Person:
    """Two profiles, since cookies do not tell ports apart: one at the branch, one at headquarters."""

    def __init__(self, pair: Pair, username: str) -> None:
        self.pair, self.username = pair, username
        self.here, self.there = Browser(pair.branch.url), Browser(pair.headquarters.url)

    def leave_for(self, path: str = "/sign-in/", action: str = "/sign-in/upstream/", **form: str) -> str:
        """Press the button on the page at `path`; the provider's address to which it leads."""
        page = self.here.get(path)
        going = self.here.post(action, {**page.hidden, **form})
        assert going.status == 200, (going.status, going.text[-800:])
        return html.unescape(str(re.findall(r'content="0; url=([^"]+)"', going.text)[0]))

    def be_there(self, address: str) -> str:
        """Sign in and consent there; the address back."""
        path = address.removeprefix(self.pair.headquarters.url)
        answer = self.there.get(path)
        if answer.location.startswith("/sign-in/"):
            self.there.sign_in(self.username, at=answer.location)
            answer = self.there.get(path)
        if answer.status == 200:
            answer = self.there.allow(answer)
        return answer.location

    def arrive(self, back: str) -> Answer:
        assert back.startswith(self.pair.branch.url), back
        return self.here.get(back.removeprefix(self.pair.branch.url))

    def sign_in(self, **form: str) -> Answer:
        return self.arrive(self.be_there(self.leave_for(**form)))


def holder(pair: Pair, username: str) -> dict[str, Any]:
    code = (
        "import json; from accounts.models import User; u = User.objects.get(username=%r)\n"
        "print(json.dumps([u.email, u.given_name, "
        "sorted(g.name for g in u.groups.all()), u.has_usable_password()]))"
    )
    email, given, groups, password = json.loads(pair.branch.shell(code % username))
    return {"email": email, "given": given, "groups": groups, "password": password}


def test_somebody_from_there_gets_an_account_and_its_groups_and_goes_on(pair: Pair) -> None:
    mara = Person(pair, "mara")
    assert "Sign in with Headquarters" in mara.here.get("/sign-in/").text
    answer = mara.sign_in(next="/audit/")
    assert (answer.status, answer.location) == (302, "/audit/"), answer.text[-800:]
    assert mara.here.get("/audit/").status == 200  # as an Auditor
    assert holder(pair, "mara") == {
        "email": "mara@hq.example",
        "given": "Mara",
        "groups": ["Auditor"],
        "password": False,
    }
    made = pair.events("user.created")[-1]
    assert (made["actor"], made["subject"]) == ("Headquarters (sign-in)", "mara")


def test_the_request_carries_state_and_pkce_and_asks_for_the_code_alone(pair: Pair) -> None:
    address = Person(pair, "mara").leave_for()
    asked = dict(pair_.split("=", 1) for pair_ in urlsplit(address).query.split("&"))
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["state"]) >= 16
    assert len(asked["code_challenge"]) == 43


def test_groups_follow_at_every_sign_in_and_others_stay(pair: Pair) -> None:
    Person(pair, "mara").sign_in()
    pair.branch.manage(
        "apply", "-", text=json.dumps({"users": [{"username": "mara", "groups": ["Auditor", "Developer"]}]})
    )
    pair.connect(groups={"somebody-else": "Auditor"})
    Person(pair, "mara").sign_in()
    assert holder(pair, "mara")["groups"] == ["Developer"]
    pair.connect()
    Person(pair, "mara").sign_in()
    assert holder(pair, "mara")["groups"] == ["Auditor", "Developer"]


def test_an_account_of_the_same_name_or_address_is_never_taken(pair: Pair) -> None:
    own = {"username": "tomas", "password": OWN_PASSWORD, "email": "tomas@hq.example", "groups": ["Administrator"]}
    pair.branch.manage("apply", "-", text=json.dumps({"users": [own]}))
    tomas = Person(pair, "tomas")
    answer = tomas.sign_in()
    assert answer.status == 403
    assert "You come as tomas" in answer.text
    assert "connect it under My account" in answer.text
    assert tomas.here.get("/settings/").status == 302  # signed in nowhere
    # Signed in to it, its person connects it; then it is theirs from there, too.
    tomas.here.sign_in("tomas", password=OWN_PASSWORD)
    assert "Not connected" in tomas.here.get("/account/").text
    back = tomas.be_there(tomas.leave_for("/account/upstream/", "/account/upstream/"))
    assert tomas.arrive(back).location == "/account/"
    assert pair.events("user.connected")[-1]["subject"] == "tomas"
    again = Person(pair, "tomas")
    assert again.sign_in().status == 302
    assert again.here.get("/settings/").status == 200
    # And no longer, when they disconnect it.
    page = tomas.here.get("/account/upstream/")
    assert tomas.here.post("/account/upstream/", {**page.hidden, "disconnect": "1"}).location == "/account/"
    assert Person(pair, "tomas").sign_in().status == 403
    assert pair.events("user.disconnected")[-1]["actor"] == "tomas"


def test_without_making_accounts_whoever_is_not_connected_stays_out(pair: Pair) -> None:
    pair.headquarters.manage("apply", "-", text=json.dumps({"users": [{**PEOPLE[1], "username": "nora"}]}))
    USERS["nora"] = USERS["tomas"]
    pair.connect(makesAccounts=False)
    answer = Person(pair, "nora").sign_in()
    assert (answer.status, "No account here is connected" in answer.text) == (403, True)
    assert "R-" in answer.text


def test_an_account_that_was_deactivated_here_stays_out(pair: Pair) -> None:
    Person(pair, "mara").sign_in()
    users = {"users": [{"username": "mara", "isActive": False}]}
    pair.branch.manage("apply", "-", text=json.dumps(users))
    mara = Person(pair, "mara")
    mara.sign_in()
    assert "/sign-in/" in mara.here.get("/account/").location
    pair.branch.manage("apply", "-", text=json.dumps({"users": [{"username": "mara", "isActive": True}]}))


def test_a_second_factor_that_was_set_up_here_is_asked_for_here(pair: Pair) -> None:
    Person(pair, "mara").sign_in()
    pair.branch.shell(
        "from allauth.mfa.totp.internal.auth import TOTP; from accounts.models import User\n"
        "TOTP.activate(User.objects.get(username='mara'), 'JBSWY3DPEHPK3PXP')"
    )
    mara = Person(pair, "mara")
    answer = mara.sign_in()
    assert answer.location.startswith("/sign-in/second-factor/"), (answer.status, answer.location)
    assert "/sign-in/" in mara.here.get("/account/").location
    pair.branch.shell("from allauth.mfa.models import Authenticator; Authenticator.objects.all().delete()")


def test_whoever_proves_themselves_again_is_asked_to_there_too(pair: Pair) -> None:
    """OpenID Connect Core §3.1.2.1: `prompt=login`."""
    mara = Person(pair, "mara")
    mara.sign_in()
    assert "prompt=login" in mara.leave_for("/account/")


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("state", "another-state-of-1", "belongs to no sign-in of this browser"),
        ("state", "", "belongs to no sign-in of this browser"),
        ("code", "no-such-code", "did not answer as an OpenID provider does"),
        ("code", "", "did not answer as an OpenID provider does"),
    ],
)
def test_a_forged_answer_signs_nobody_in(pair: Pair, name: str, value: str, sentence: str) -> None:
    mara = Person(pair, "mara")
    back = mara.be_there(mara.leave_for())
    given = dict(part.split("=", 1) for part in urlsplit(back).query.split("&")) | {name: value}
    answer = mara.here.get("/sign-in/upstream/callback/", urlencode(given))
    assert (answer.status, sentence in answer.text) == (403, True), answer.text[-900:]
    assert "/sign-in/" in mara.here.get("/account/").location


def test_an_answer_counts_once_and_in_the_browser_that_asked(pair: Pair) -> None:
    mara = Person(pair, "mara")
    back = mara.be_there(mara.leave_for())
    thief = Person(pair, "mara")
    assert thief.arrive(back).status == 403
    assert mara.arrive(back).status == 302
    assert mara.arrive(back).status == 403


def test_whoever_says_no_there_is_told_so(pair: Pair) -> None:
    mara = Person(pair, "mara")
    state = re.findall("state=([^&]+)", mara.leave_for())[0]
    answer = mara.here.get("/sign-in/upstream/callback/", {"state": state, "error": "access_denied"})
    assert (answer.status, "was cancelled" in answer.text) == (403, True)


@pytest.mark.parametrize("goes_on", ["https://evil.example/", "//evil.example/", "\\\\evil.example", "javascript:x"])
def test_it_leads_nowhere_else(pair: Pair, goes_on: str) -> None:
    assert Person(pair, "mara").sign_in(next=goes_on).location == "/"


def test_a_provider_that_does_not_answer_leaves_people_with_their_passwords(pair: Pair, own_server: MakeServer) -> None:
    gone = own_server()
    pair.connect(issuer=gone.url)
    gone.stop()
    mara = Person(pair, "mara")
    page = mara.here.get("/sign-in/")
    answer = mara.here.post("/sign-in/upstream/", page.hidden)
    assert (answer.status, "did not answer" in answer.text) == (403, True)
    assert SECRET not in pair.branch.log_text()


def test_an_issuer_that_names_another_is_refused(pair: Pair) -> None:
    """OpenID Connect Discovery §4.3: the same server under another name is another issuer."""
    pair.connect(issuer=pair.headquarters.url.replace("127.0.0.1", "localhost"))
    mara = Person(pair, "mara")
    answer = mara.here.post("/sign-in/upstream/", mara.here.get("/sign-in/").hidden)
    assert answer.status == 403


def test_without_a_provider_there_are_no_such_pages(pair: Pair) -> None:
    pair.branch.manage("apply", "-", text=json.dumps({"settings": {"upstream": None}}))
    stranger = Browser(pair.branch.url)
    page = stranger.get("/sign-in/")
    assert "Sign in with" not in page.text.replace("Sign in with a passkey", "")
    assert stranger.post("/sign-in/upstream/", page.hidden).status == 404
    assert stranger.get("/sign-in/upstream/callback/?code=a&state=b").status == 404


def test_no_export_holds_the_secret_and_an_export_can_be_applied_again(pair: Pair) -> None:
    exported = pair.branch.manage("export")
    assert SECRET not in exported
    document = json.loads(exported)
    assert document["settings"]["upstream"]["clientSecret"] == "CONCEALED"
    assert "nothing" in pair.branch.manage("apply", "-", text=exported).lower()
    assert Person(pair, "mara").sign_in().status == 302  # the secret is still there
