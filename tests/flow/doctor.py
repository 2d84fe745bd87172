"""What a broker lacks is found and mended; a broker elsewhere is used by its addresses."""

import json
import os

from lib import process
from lib.case import case
from lib.paths import HOLDFAST
from lib.until import until

OWN_BROKER = True


def _findings(result, *states):
    return [f for f in json.loads(result.stdout)["findings"] if f["state"] in states]


@case()
def what_is_missing_or_was_changed_is_found_and_declared_again(world):
    holdfast, management = world.broker.holdfast, world.management
    assert _findings(holdfast("doctor", "--json"), "bad", "warn") == []
    management.call("DELETE", "queues", management.vhost, "hf.q.events")
    management.unbind("hf.dead", "hf.q.dead")
    management.call(
        "PUT", "policies", management.vhost, "hf-tasks",
        body={"pattern": r"^hf\.q\.(tasks|device)\.", "apply-to": "queues", "priority": 10,
              "definition": {"delivery-limit": 3}},
    )  # fmt: skip
    bad = _findings(holdfast("doctor", "--json", exit_code=1), "bad")
    text = " ".join(finding["text"] for finding in bad)
    for name in ("queue hf.q.events", "hf.dead -> hf.q.dead", "policy hf-tasks"):
        assert name in text, bad
    assert all(finding["mend"] == "holdfast doctor --fix" for finding in bad), bad
    assert _findings(holdfast("doctor", "--fix", "--json"), "bad", "warn") == []


@case()
def queue_of_another_type_and_a_disk_alarm_are_told_with_what_to_do(world):
    holdfast, management = world.broker.holdfast, world.management
    management.call("DELETE", "queues", management.vhost, "hf.q.dead")
    management.put_queue("hf.q.dead", "classic")
    management.put_policy("rival", "^hf", max_length=5)
    world.broker.ctl("set_disk_free_limit", "90000GB")
    try:
        found = _findings(holdfast("doctor", "--json", exit_code=1), "bad", "warn")
        text = " ".join(f"{finding['text']} {finding['mend']}" for finding in found)
        assert "delete_queue -p holdfast hf.q.dead" in text, found
        assert "policy rival" in text, found
        until("the doctor sees the alarm", lambda: any(
            finding["check"] == "disk"
            for finding in _findings(holdfast("doctor", "--json", exit_code=None), "bad")
        ))  # fmt: skip
    finally:
        world.broker.ctl("set_disk_free_limit", "50MB")
        management.drop_policy("rival")
        management.call("DELETE", "queues", management.vhost, "hf.q.dead")
    until("all is well again", lambda: not _findings(
        holdfast("doctor", "--fix", "--json", exit_code=None), "bad"
    ))  # fmt: skip


@case()
def broker_elsewhere_is_used_by_a_list_of_addresses(world):
    settings, home = world.broker.settings, world.folder / "elsewhere"
    pki = world.broker.home / "pki"

    def holdfast(*words, exit_code=0):
        environment = process.environment(HOLDFAST_HOME=home)
        result = process.run([HOLDFAST, *words], env=environment)
        assert result.returncode == exit_code, (words, result.returncode, result.stderr)
        return result

    address = f"amqps://127.0.0.1:1,127.0.0.1:{settings['port']}/holdfast"
    holdfast(
        "use", address, "--ca", world.broker.ca, "--cert", pki / "manager.pem",
        "--key", pki / "manager.key", "--management", settings["management"]["url"],
        "--user", settings["management"]["user"],
        "--password-file", world.broker.home / "admin.password",
    )  # fmt: skip
    found = _findings(holdfast("doctor", "--json", exit_code=1), "bad")
    assert len(found) == 1 and "127.0.0.1:1" in found[0]["text"], found
    holdfast("submit", "echo", "hi", "--pool", "default")
    tasks = [json.loads(line) for line in holdfast("tasks", "--json").stdout.splitlines()]
    assert [task["state"] for task in tasks] == ["queued"], tasks
    holdfast("cancel", "latest")
    definitions = json.loads(holdfast("use", "--definitions", "--vhost", "lab").stdout)
    assert {vhost["name"] for vhost in definitions["vhosts"]} == {"lab"}, definitions
    said = holdfast("use", "amqp://127.0.0.1", exit_code=2).stderr
    assert "not encrypted" in said, said
    assert os.stat(home / "broker.json").st_mode & 0o77 == 0
