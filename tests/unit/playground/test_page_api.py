from __future__ import annotations

import http.client
import json
from datetime import timedelta

import pytest

from tests.unit.playground.conftest import T0, asks, modal, section


class Page:
    """Speak to the page's API the way a browser does."""

    def __init__(self, standin):
        self.port = standin.port

    def ask(self, method, path, body=None, **headers):
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        data = None if body is None else json.dumps(body)
        sent = {"Content-Type": "application/json"} if body is not None else {}
        line.request(method, path, data, sent | headers)
        answer = line.getresponse()
        text = answer.read()
        line.close()
        return answer.status, json.loads(text) if text.startswith(b"{") else text, answer.headers

    def get(self, path):
        status, body, _ = self.ask("GET", path)
        assert status == 200, body
        return body

    def post(self, path, **body):
        status, answer, _ = self.ask("POST", path, body)
        assert status == 200, answer
        return answer


@pytest.fixture
def page(standin):
    return Page(standin)


@pytest.fixture
def bot(app, served):
    @app.command("/hrdd")
    def command(ack, body, client):
        client.views_open(trigger_id=body["trigger_id"], view=modal(asks("product"), asks("note", optional=True)))
        ack("Opened")

    @app.view("form")
    def submit(ack, view, client, body):
        if view["state"]["values"]["product"]["answer"]["value"] == "?":
            ack(response_action="errors", errors={"product": "Give it a name"})
            return
        client.chat_postMessage(channel=body["user"]["id"], text="Saved", blocks=[section("Saved")])
        ack()

    @app.event("app_home_opened")
    def opened(event, client):
        client.views_publish(user_id=event["user"], view={"type": "home", "blocks": [section("Home")]})

    return served(app)


def test_the_state_holds_what_the_page_draws(page, standin):
    state = page.get("/play/state?as=U0AMINA")

    assert state["company"] == "Lumen Labs"
    assert state["now"] == T0.isoformat()
    assert state["next_due"] is None
    assert state["bot"] == {"name": "hrdd", "connected": False, "transport": "http"}
    assert [one["name"] for one in state["channels"]] == ["launches", "random", "old"]
    assert {"U0AMINA", "U0DIEGO", "U0NOOR"} < {one["id"] for one in state["people"]}
    assert state["commands"][0]["command"] == "/hrdd"
    assert [one["type"] for one in state["shortcuts"]] == ["global", "message"]
    assert state["stack"] == []
    assert state["home"] is None


def test_a_page_that_knows_nobody_yet_starts_as_the_first_person(page):
    assert page.get("/play/state")["me"] == "U0AMINA"


def test_a_person_fills_and_submits_a_modal_through_the_page(page, bot, standin):
    page.post("/play/say", **{"as": "U0AMINA", "channel": "C0LAUNCH", "text": "/hrdd check"})
    assert page.get("/play/state?as=U0AMINA")["stack"][0]["callback_id"] == "form"
    me = {"as": "U0AMINA", "action_id": "answer"}
    page.post("/play/set", **me, block_id="product", value="?")

    assert page.post("/play/submit", **{"as": "U0AMINA"}) == {
        "closed": False,
        "errors": {"product": "Give it a name"},
    }
    assert page.get("/play/state?as=U0AMINA")["stack"][0]["errors"] == {"product": "Give it a name"}

    page.post("/play/set", **me, block_id="product", value="Atlas")
    assert page.post("/play/submit", **{"as": "U0AMINA"})["closed"]
    standin.workspace.wait_for(lambda: standin.as_person("U0AMINA").dm())
    seen = page.get("/play/messages?as=U0AMINA&channel=DM")["messages"]
    assert [(one["user"], one["text"]) for one in seen] == [("BOT", "Saved")]
    assert page.get("/play/state?as=U0AMINA")["dm"]["unread"] == 1
    page.post("/play/read", **{"as": "U0AMINA", "channel": "DM"})
    assert page.get("/play/state?as=U0AMINA")["dm"]["unread"] == 0


def test_an_ephemeral_answer_is_for_one_person_only(page, bot):
    page.post("/play/say", **{"as": "U0AMINA", "channel": "C0LAUNCH", "text": "/hrdd help"})

    mine = page.get("/play/messages?as=U0AMINA&channel=C0LAUNCH")["messages"]
    assert [(one["text"], one["ephemeral"], one["visible_to"]) for one in mine] == [("Opened", True, "U0AMINA")]
    assert page.get("/play/messages?as=U0DIEGO&channel=C0LAUNCH")["messages"] == []


def test_home_is_published_after_it_was_opened(page, bot, standin):
    page.post("/play/home", **{"as": "U0NOOR"})

    assert standin.workspace.wait_for(lambda: page.get("/play/state?as=U0NOOR")["home"])


def test_the_clock_moves_by_seconds_and_to_the_next_due_moment(page, clock):
    assert page.post("/play/clock", seconds=3600)["now"] == (T0 + timedelta(hours=1)).isoformat()
    clock.due = T0 + timedelta(days=30)
    assert page.post("/play/clock", to="next_due")["now"] == clock.due.isoformat()


@pytest.mark.parametrize("seconds", [-1, "60", True, None, 10**12])
def test_the_clock_refuses_to_go_anywhere_odd(page, seconds, clock):
    status, answer, _ = page.ask("POST", "/play/clock", {"seconds": seconds})

    assert (status, answer["error"]) == (400, "bad_input")
    assert clock.now() == T0


def test_a_refusal_reaches_the_page_as_a_code_and_a_sentence(page):
    status, answer, _ = page.ask("POST", "/play/say", {"as": "U0NOOR", "channel": "C0LAUNCH", "text": "hi"})

    assert (status, answer["error"]) == (422, "not_in_channel")
    assert page.ask("GET", "/play/state?as=U0NOBODY")[0] == 422
    assert page.ask("GET", "/play/messages?as=U0NOOR")[0] == 400
    assert page.ask("POST", "/play/say", ["no object"])[0] == 400


def test_the_wire_shows_both_directions_without_secrets(page, bot, standin):
    page.post("/play/say", **{"as": "U0AMINA", "channel": "C0LAUNCH", "text": "/hrdd check"})

    wire = page.get("/play/wire?since=0")
    kinds = [(one["direction"], one["kind"]) for one in wire["entries"]]
    assert ("from_bot", "views.open") in kinds
    assert ("to_bot", "slash_command") in kinds
    assert page.get(f"/play/wire?since={wire['last']}")["entries"] == []
    assert standin.bot_token not in json.dumps(wire)
    assert standin.signing_secret not in json.dumps(wire)


def test_faults_are_set_listed_and_taken_away(page, client):
    page.post("/play/faults", method="chat.postMessage", error="ratelimited", times=2, retry_after=9)
    assert page.get("/play/faults")["faults"][0]["times"] == 2

    assert page.ask("DELETE", "/play/faults")[1] == {"faults": []}
    assert client.chat_postMessage(channel="U0AMINA", text="hello")["ok"]


def test_the_event_stream_tells_of_each_change(page, standin):
    line = http.client.HTTPConnection("127.0.0.1", standin.port, timeout=5)
    line.request("GET", "/play/events?as=U0AMINA")
    answer = line.getresponse()
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    first = json.loads(answer.readline().removeprefix(b"data: "))["rev"]
    answer.readline()

    standin.workspace.post("C0LAUNCH", "U0DIEGO", "hello")

    assert json.loads(answer.readline().removeprefix(b"data: "))["rev"] > first
    answer.close()
    line.close()


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Host": "evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Content-Type": "text/plain"},
    ],
    ids=lambda headers: next(iter(headers)),
)
def test_another_web_page_in_the_same_browser_cannot_drive_it(page, standin, headers):
    status, answer, _ = page.ask("POST", "/play/clock", {"seconds": 60}, **headers)

    assert status in (403, 415)
    assert answer["error"] in ("cross_origin", "not_json")
    assert standin.workspace.now() == T0


def test_our_own_page_is_let_in(page, standin):
    own = {"Origin": f"http://127.0.0.1:{standin.port}", "Sec-Fetch-Site": "same-origin"}

    assert page.ask("POST", "/play/clock", {"seconds": 60}, **own)[0] == 200


def test_the_page_is_served_with_a_strict_policy_and_nothing_outside_its_folder(page):
    status, text, headers = page.ask("GET", "/")
    assert status == 200
    assert b"<!doctype html>" in text.lower()
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert page.ask("GET", "/assets/app.js")[2]["Content-Type"].startswith("text/javascript")
    assert page.ask("GET", "/assets/..%2fserver.py")[0] == 404
    assert page.ask("GET", "/assets/server.py")[0] == 404
