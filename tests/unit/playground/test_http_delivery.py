from __future__ import annotations

from urllib.parse import quote_plus

import pytest

from bot.playground import Refused
from bot.playground.deliver import quoted
from tests.unit.playground.conftest import asks, modal, section


def test_a_slash_command_opens_a_modal_whose_answer_reaches_the_bot(standin, app, served):
    heard = []

    @app.command("/hrdd")
    def command(ack, body, client):
        client.views_open(trigger_id=body["trigger_id"], view=modal(asks("product"), private_metadata="x"))
        heard.append(body)
        ack()

    @app.view("form")
    def submit(ack, view, body):
        heard.append(body)
        ack()

    served(app)
    amina = standin.as_person("U0AMINA")
    reply = amina.types("/hrdd check Atlas", "#launches")

    assert reply.modal["callback_id"] == "form"
    assert heard[0]["text"] == "check Atlas"
    assert heard[0]["channel_name"] == "launches"
    amina.sets("product", "Atlas")
    assert amina.submits().closed
    assert heard[1]["view"]["state"]["values"] == {
        "product": {"answer": {"type": "plain_text_input", "value": "Atlas"}}
    }


def test_opening_home_shows_what_the_bot_publishes(standin, app, served):
    @app.event("app_home_opened")
    def opened(event, client):
        client.views_publish(user_id=event["user"], view={"type": "home", "blocks": [section("Hello")]})

    served(app)

    assert standin.as_person("U0NOOR").opens_home()["blocks"][0]["text"]["text"] == "Hello"


def test_a_command_the_bot_does_not_answer_tells_the_person(standin):
    amina = standin.as_person("U0AMINA")

    with pytest.raises(Refused, match="dispatch_failed"):
        amina.types("/hrdd help", "launches")

    assert amina.notices() == ['/hrdd failed with the error "dispatch_failed"']


@pytest.mark.parametrize(
    "text", ["", "plain", "a b+c%20&d=e/\n", "ünï ☂ 100 %", '{"a":["<b>", "~.-_"]}', "".join(map(chr, range(1, 700)))]
)
def test_text_goes_into_a_form_as_everybody_writes_it(text):
    assert quoted(text) == quote_plus(text)
