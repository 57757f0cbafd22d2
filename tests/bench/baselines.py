"""The two baselines: a sync Bolt app that only acknowledges, and one that also opens a fixed five-block modal.

`python -m tests.bench.baselines ack|modal` prints its port. Same Flask, same waitress, same number of threads as
ours; everything else is what Bolt gives by default, except that the listeners get as many threads as ours too.
"""

from __future__ import annotations

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.bench import cores

MODAL = {
    "type": "modal",
    "callback_id": "bench",
    "title": {"type": "plain_text", "text": "A fixed form"},
    "submit": {"type": "plain_text", "text": "Send"},
    "close": {"type": "plain_text", "text": "Close"},
    "blocks": [
        {"type": "section", "block_id": "b1", "text": {"type": "mrkdwn", "text": "Five blocks, always the same."}},
        *(
            {
                "type": "input",
                "block_id": f"b{number}",
                "label": {"type": "plain_text", "text": f"Question {number}"},
                "element": {"type": "plain_text_input", "action_id": "answer"},
            }
            for number in (2, 3, 4)
        ),
        {
            "type": "input",
            "block_id": "b5",
            "label": {"type": "plain_text", "text": "Question 5"},
            "element": {
                "type": "static_select",
                "action_id": "answer",
                "options": [
                    {"text": {"type": "plain_text", "text": f"Choice {number}"}, "value": str(number)}
                    for number in range(5)
                ],
            },
        },
    ],
}


def main(kind: str) -> None:
    """Serve until told to stop."""
    from flask import Flask, Response, request
    from slack_bolt import Ack, App
    from slack_bolt.adapter.flask import SlackRequestHandler
    from slack_sdk import WebClient

    from bot.web.server import Door

    threads = int(os.environ["HRDD_THREADS"])
    app = App(
        client=WebClient(token=os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"]),
        signing_secret=os.environ["SLACK_SIGNING_SECRET"],
        token_verification_enabled=False,
        listener_executor=ThreadPoolExecutor(threads),
    )

    @app.command("/hrdd")
    def listener(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
        ack()
        if kind == "modal":
            client.views_open(trigger_id=body["trigger_id"], view=MODAL)

    site, handler = Flask("baseline"), SlackRequestHandler(app)

    @site.post("/slack/events")
    def events() -> Response:
        return handler.handle(request)

    door = Door(site, "127.0.0.1", 0, threads)
    door.start()
    sys.stdout.write(f"{door.port}\n")
    sys.stdout.flush()
    threading.Event().wait()


if __name__ == "__main__":
    cores.pin(cores.SERVER)
    main(sys.argv[1])
