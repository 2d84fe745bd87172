"""A setting or an argument that is wrong: one line that names it, and exit 2."""

import json

from lib import process
from lib.case import case, need
from lib.paths import emulator, worker
from lib.worker import Worker


def _complaint(world, text, *words):
    """The one line that the worker says about such a settings file."""
    file = world.folder / "worker.json"
    file.write_text(text)
    return _misuse("--config", file, *words)


def _misuse(*words):
    command = [*emulator(Worker.preset), worker(Worker.preset), *words]
    need(str(command[0]))
    result = process.run(command, timeout=20)
    assert result.returncode == 2, result
    lines = result.stderr.splitlines()
    assert len(lines) == 1, f"one line is wanted: {lines}"
    return lines[0]


def _text(world, **changes):
    settings = {
        "board": "some-board",
        "broker": {"host": "127.0.0.1"},
        "tls": {"ca": "ca.pem", "cert": "cert.pem", "key": "key.pem"},
        "state": str(world.folder / "state"),
    }
    for key, value in changes.items():
        if isinstance(value, dict):
            settings[key] = settings.get(key, {}) | value
        else:
            settings[key] = value
    return json.dumps({key: value for key, value in settings.items() if value is not None}, indent=1)


@case()
def unknown_argument_is_named(world):
    assert "--confg" in _misuse("--confg")


@case()
def settings_file_that_is_not_there_is_named(world):
    assert "/no/such/file" in _misuse("--config", "/no/such/file")


@case()
def settings_that_are_wrong_are_named_with_line_value_and_what_was_expected(world):
    expected = (
        ({"board": None}, ("board",)),
        ({"board": "Kitchen!"}, ("board", "Kitchen!", "a-z")),
        ({"heartbeat_s": 0}, ("heartbeat_s", "0", "1 to 600")),
        ({"heartbeat_s": "ten"}, ("heartbeat_s", "ten")),
        ({"hartbeat_s": 10}, ("hartbeat_s", "heartbeat_s")),
        ({"broker": {"port": 70000}}, ("port", "70000", "65535")),
        ({"log_level": "loud"}, ("log_level", "loud", "debug")),
    )
    for changes, words in expected:
        line = _complaint(world, _text(world, **changes))
        for word in ("worker.json", *words):
            assert word in line, f"{changes}: {word!r} is missing in {line!r}"


@case()
def settings_that_are_no_json_are_named_with_their_line(world):
    line = _complaint(world, '{\n "board": "a",\n "broker": }\n')
    assert "worker.json" in line and "3" in line, line


@case()
def password_is_never_repeated(world):
    text = _text(world, broker={"user": "u", "password": 4711})
    line = _complaint(world, text)
    assert "password" in line and "4711" not in line, line


@case()
def certificate_file_that_is_not_there_is_named(world):
    line = _complaint(world, _text(world))
    assert "cert.pem" in line, line
