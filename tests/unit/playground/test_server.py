"""The stand-in starts, carries many at once, hides its secrets and stops when told."""

from __future__ import annotations

import http.client
import threading
import time

from slack_sdk import WebClient
from websockets.sync.client import connect as dial

from bot.playground import StandIn
from tests.unit.playground.conftest import CHANNELS, MANIFEST, PEOPLE, TurnedClock


def make(**more) -> StandIn:
    return StandIn(people=PEOPLE, channels=CHANNELS, manifest=MANIFEST, clock=TurnedClock(), **more)


def test_secrets_are_new_each_time_unless_given():
    with make() as first, make(bot_token="xoxb-given", signing_secret="s") as second:
        assert first.bot_token != second.bot_token
        assert (second.bot_token, second.signing_secret) == ("xoxb-given", "s")
        assert first.url.startswith("http://127.0.0.1:")


def test_it_stops_at_once_with_streams_and_sockets_open():
    standin = make().start()
    page = http.client.HTTPConnection("127.0.0.1", standin.port, timeout=5)
    page.request("GET", "/play/events?as=U0AMINA")
    stream = page.getresponse()
    stream.readline()
    started = time.monotonic()
    with dial(standin.socket.new_url()) as line:
        line.recv()
        standin.stop()
    stream.close()
    page.close()

    assert time.monotonic() - started < 5


def test_it_can_be_stopped_before_it_was_started():
    make().stop()


def test_many_messages_at_once_keep_their_own_timestamps(standin, client):
    def post(number):
        for _ in range(10):
            client.chat_postMessage(channel="C0LAUNCH", text=str(number))

    threads = [threading.Thread(target=post, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    stamps = [message.ts for message in standin.workspace.history("C0LAUNCH")]
    assert len(set(stamps)) == 80
    assert stamps == sorted(stamps)


def test_the_wire_keeps_the_last_five_hundred(standin):
    for number in range(510):
        standin.wire.note("from_bot", "x", str(number), {}, {}, 200, 0.0)

    kept = standin.wire.since()
    assert (len(kept), kept[0].n, kept[-1].n) == (500, 11, 510)
    assert [one.n for one in standin.wire.since(508)] == [509, 510]


def test_a_changed_person_is_seen_by_the_bot(standin):
    standin.workspace.change_person("U0DIEGO", tz="Asia/Tokyo")
    client = WebClient(token=standin.bot_token, base_url=standin.api_url)

    assert client.users_info(user="U0DIEGO")["user"]["tz_offset"] == 9 * 3600
