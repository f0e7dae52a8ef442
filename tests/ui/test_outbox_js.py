"""Edits on their way to Python, run under node."""

import json
import shutil
import subprocess

import pytest

from spine_models.ui.landmark_editor import FRONTEND

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="needs node, which runs the browser's code here")


def run(script: str) -> object:
    script = (
        "let due = null; globalThis.setTimeout = (act) => (due = act); globalThis.clearTimeout = () => (due = null);"
        f'import {{ Outbox }} from "{(FRONTEND / "outbox.js").as_uri()}";'
        "const sent = []; const box = new Outbox((m) => sent.push(JSON.parse(JSON.stringify(m))), () => {});"
        f"const ack = (seq) => box.acknowledge({{ client: box.client, seq }});{script}"
    )
    answer = subprocess.run(
        ["node", "--input-type=module", "--eval", script], capture_output=True, text=True, check=True
    )
    return json.loads(answer.stdout)


def test_every_message_holds_all_edits_python_has_not_dealt_with():
    sent = run(
        'box.push("move", "c/1", { corners: [] }); box.push("move", "c/1"); ack(1); box.push("undo", "c/1");'
        "console.log(JSON.stringify(sent.map((m) => m.entries.map((e) => [e.seq, e.action, e.base]))));"
    )
    first, second, third = [1, "move", "c/1"], [2, "move", "c/1"], [3, "undo", "c/1"]
    assert sent == [[first], [first, second], [second, third]]


def test_only_commands_bring_landmarks_the_browser_does_not_know():
    states = run(
        "const states = []; const note = () => states.push([box.empty, box.awaitsLandmarks]);"
        'note(); box.push("move", "c/1"); note(); box.push("delete", "c/1"); note(); ack(1); note(); ack(2); note();'
        "console.log(JSON.stringify(states));"
    )
    assert states == [[True, False], [False, False], [False, True], [False, True], [True, False]]


def test_another_editors_acknowledgement_means_nothing_here():
    left = run(
        'box.push("move", "c/1");'
        'box.acknowledge({ client: "other", seq: 9 }); box.acknowledge({ client: "", seq: 0 });'
        "console.log(JSON.stringify(box.entries.length));"
    )
    assert left == 1


def test_what_is_not_answered_is_sent_again_and_called_late_until_it_is():
    states = run(
        "const states = []; const note = () => states.push([sent.length, box.late, due !== null]);"
        'box.push("move", "c/1"); note(); due(); note(); due(); note(); box.push("undo", "c/1"); note();'
        "ack(1); note(); ack(2); note();"
        "console.log(JSON.stringify([states, sent.map((m) => m.entries.map((e) => e.seq))]));"
    )
    told, messages = states
    assert told == [[1, False, True], [2, True, True], [3, True, True], [4, True, True], [4, True, True],
                    [4, False, False]]
    assert messages == [[1], [1], [1], [1, 2]]
