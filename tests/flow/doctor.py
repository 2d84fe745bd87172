"""What a broker lacks is found and mended; a broker elsewhere is used by its addresses."""

import json
import os

from lib import process
from lib.case import case
from lib.certs import Authority
from lib.paths import HOLDFAST
from lib.until import until

OWN_BROKER = True


def _findings(result, *states):
    return [f for f in json.loads(result.stdout)["findings"] if f["state"] in states]


def _finds_nothing_soon(world):
    """What a board says of itself may still be on its way."""
    found = [None]

    def look():
        found[:] = _findings(world.broker.holdfast("doctor", "--json", exit_code=None), "bad", "warn")
        return not found

    try:
        until("the doctor finds nothing", look)
    except AssertionError as error:
        raise AssertionError(f"{error}, but {found}") from None


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
def list_of_revoked_certificates_that_is_no_good_is_found_and_made_anew(world):
    holdfast, fresh = world.broker.holdfast, world.folder / "fresh"
    worker = world.worker().up()
    old = world.enroll(world.board_name("b"))
    holdfast("enroll", old.name, "--pool", world.pool, "--out", fresh)
    replaced = world.worker("b").start()
    replaced.saw("certificate_revoked")
    (file,) = (world.broker.home / "pki" / "crl").glob("*.r0")

    def found(words):
        bad = _findings(holdfast("doctor", "--json", exit_code=None), "bad")
        about = [f for f in bad if f["check"] == "certificates"]
        assert len(about) == 1 and words in about[0]["text"], (words, bad)
        assert about[0]["mend"] == "holdfast up", about
        holdfast("up", timeout=180)
        assert _findings(holdfast("doctor", "--json"), "bad") == [], words

    stranger = Authority(world.folder / "stranger", "Stranger")
    foreign = process.run(["openssl", "ca", "-gencrl", "-crldays", "30", "-config",
                           stranger.folder / "openssl.cnf"]).stdout  # fmt: skip
    ended = process.run(["openssl", "ca", "-gencrl", "-config", world.device_ca().folder / "openssl.cnf",
                         "-crl_lastupdate", "20250101000000Z",
                         "-crl_nextupdate", "20250102000000Z"]).stdout  # fmt: skip
    empty = process.run(["openssl", "ca", "-gencrl", "-crldays", "30", "-config",
                         world.device_ca().folder / "openssl.cnf"]).stdout  # fmt: skip
    for words, text in (("holds no list", "junk\n"), ("not signed by", foreign),
                        ("has ended", ended), ("lacks", empty)):  # fmt: skip
        assert text, words
        file.write_text(text)
        found(words)
    file.unlink()
    found("there is no list")
    assert worker.count(r" link\.down ") == 0, "who is connected stays so"
    worker.restart()
    replaced.saw("certificate_revoked", times=replaced.count("certificate_revoked") + 1)
    holdfast("retire", old.name)  # which was never heard, as the doctor would go on telling


@case()
def broker_that_another_version_started_is_found_and_started_anew(world):
    worker = world.worker().up()
    _finds_nothing_soon(world)
    (world.broker.home / "broker" / "advanced.config").write_text("[].\n")
    (found,) = _findings(world.broker.holdfast("doctor", "--json"), "bad", "warn")
    assert "another version" in found["text"] and found["mend"] == "holdfast up", found
    world.broker.up()
    worker.saw(r" link\.up ", times=2, within_s=60)
    _finds_nothing_soon(world)
    world.desk.all_done_once(world.desk.submit("echo", "on", "--to", worker.name))


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
    for ca, why in (("/nonexistent", "No such file"), (world.broker.home / "broker.json", "no PEM certificate")):
        said = holdfast("use", address, "--ca", ca, exit_code=2).stderr
        assert why in said, said
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
