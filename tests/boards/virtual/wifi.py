"""Cards that join a Wi-Fi: a real board's card in QEMU, with a simulated radio in place of the chip, against
Debian's hostapd. Nothing else leads to the broker."""

import re

from boards.virtual.flashed import is_small
from boards.virtual.qemu import fat
from boards.virtual.qemu.access_point import AccessPoint, beside, open_network, wpa2, wpa3
from boards.virtual.qemu.flashed import Flashed
from lib import process
from lib.case import case, need
from lib.paths import HOLDFAST
from lib.terminal import Terminal
from lib.until import until

OWN_LEDGER = True  # it collects what comes into hf.q.results

SSID, PASSWORD = "attic net", "correct horse"
JOIN_S = 120  # a slow machine's patience; 5 s are usual


def _board(world, networks, *options):
    """A Pi Zero W that knows SSID, and what may be in its reach; off."""
    point = AccessPoint(world, networks)
    board = Flashed(world, "pi1", "raspberry-pi-zero", emulated=False, access_point=point,
                    wifi=("--wifi", SSID, *options), reconnect_min_ms=100, reconnect_max_ms=1000)  # fmt: skip
    return board, point


def _password(world, text=PASSWORD):
    file = world.folder / "password"
    file.write_text(f"{text}\n")
    return "--wifi-password-file", file


def _does_a_task(world):
    job = world.desk.submit("sha256", "a task", "--pool", world.pool)
    world.desk.all_done_once(job)


def _joined(board, after=0):
    """The line in which it says so."""
    return board.saw(rf"init: wifi {SSID}: joined", JOIN_S, after)[0]


def _mode_of_the_key(board):
    """Of the file on the card, by the program that knows its file system."""
    need("debugfs")
    part = board.folder / "data"
    part.write_bytes(fat.partition(board.image, 1))
    return re.search(r"Mode: +(\d+)", process.run(["debugfs", "-R", "stat /etc/wifi", part]).stdout)[1]


@case(slow=True)
def flashed_raspberry_pi_joins_its_wifi_and_joins_again_when_the_access_point_comes_back(world):
    board, point = _board(world, {"home": wpa2(SSID, PASSWORD)}, *_password(world), "--wifi-country", "DE")
    board.power_on()
    point.becomes("home")
    _joined(board)
    board.saw(r"init: network wlan0: 10\.0\.2\.\d+ for ", JOIN_S)
    linked, linked_s, _ = board.saw(r" link\.up ", JOIN_S)
    _does_a_task(world)
    point.becomes("off")
    lost, _, _ = board.saw(rf"init: wifi {SSID}: the access point is lost", JOIN_S, linked)
    board.saw(rf"init: wifi {SSID}: no access point of that name is in reach", JOIN_S, lost)
    point.becomes("home")
    again, joined_s, _ = board.saw(rf"init: wifi {SSID}: joined", JOIN_S, lost)
    point.becomes("off")
    pattern = rf"init: wifi {SSID}: the access point is lost, .*; trying again in (\d+) s"
    lost, lost_s, match = board.saw(pattern, JOIN_S, again)
    assert int(match[1]) > 1 or lost_s - joined_s > 50, "what was good for a moment began the pauses anew"
    point.becomes("home")
    _joined(board, lost)
    _does_a_task(world)
    assert not re.search(r"init: network (usb|eth)", board.log), "over a cable"
    board.pull_plug()
    assert PASSWORD.encode() not in board.image.read_bytes()
    assert _mode_of_the_key(board) == "0600"
    world.note(f"connected over WPA2 {linked_s:.1f} s after power-on")


@case(slow=True)
def what_keeps_it_out_is_said_and_tried_again_with_growing_pauses(world):
    networks = {"other": wpa2(SSID, "another password"), "wpa3": wpa3(SSID, PASSWORD), "home": wpa2(SSID, PASSWORD)}
    board, point = _board(world, networks, *_password(world))
    board.power_on()
    point.becomes("other")
    pauses, line = [], -1
    for _ in range(2):
        pattern = rf"init: wifi {SSID}: its access point does not take the key: .*; trying again in (\d+) s"
        line, _, match = board.saw(pattern, JOIN_S, line + 1)
        pauses.append(int(match[1]))
    point.becomes("wpa3")
    line, _, match = board.saw(rf"init: wifi {SSID}: its access point takes WPA3 only.* in (\d+) s", JOIN_S, line)
    pauses.append(int(match[1]))
    assert pauses == sorted(set(pauses)), pauses
    assert PASSWORD not in board.log
    point.becomes("home")
    _joined(board, line)
    _does_a_task(world)


@case(slow=True)
def access_point_of_the_same_name_with_another_password_keeps_it_from_none(world):
    """Whichever of the two is heard first, the other is tried as well."""
    networks = {}
    for name, (first, second) in {"own": (PASSWORD, "another password"), "strange": ("another password", PASSWORD)}.items():
        networks[name] = wpa2(SSID, first, beside("wlan1_0", SSID, second))
    board, point = _board(world, networks, *_password(world))
    board.power_on()
    line = -1
    for name in networks:
        point.becomes(name)
        line = _joined(board, line + 1)
        _does_a_task(world)


@case(slow=True)
def radio_that_was_switched_off_is_said_and_switched_on_again(world):
    board, point = _board(world, {"home": wpa2(SSID, PASSWORD)}, *_password(world))
    board.power_on()
    point.becomes("home")
    line = _joined(board)
    point.becomes("blocked")
    line, _, _ = board.saw(rf"init: wifi {SSID}: the radio is switched off \(rfkill\)", JOIN_S, line)
    point.becomes("home")
    _joined(board, line)
    _does_a_task(world)


@case(slow=True)
def new_keys_do_not_break_the_line_of_a_network_that_hides_its_name(world):
    home = wpa2(SSID, PASSWORD, "wpa_group_rekey=5\nwpa_ptk_rekey=7\nignore_broadcast_ssid=1\n")
    board, point = _board(world, {"home": home}, *_password(world))
    board.power_on()
    point.becomes("home")
    line = _joined(board)
    board.saw(r" link\.up ", JOIN_S)
    for _ in range(3):
        line, _, _ = board.saw(rf"init: wifi {SSID}: the group has a new key", JOIN_S, line + 1)
    agreed = -1
    for _ in range(3):
        agreed, _, _ = board.saw(r"WPA: pairwise key handshake completed", JOIN_S, agreed + 1)
    _does_a_task(world)
    assert board.count(r" link\.up ") == 1 and board.count(r"init: wifi .* is lost") == 0


@case()
def open_network_is_joined_and_one_with_a_password_is_not(world):
    board, point = _board(world, {"home": wpa2(SSID, PASSWORD), "open": open_network(SSID)}, "--wifi-open")
    board.power_on()
    point.becomes("home")
    line, _, _ = board.saw(rf"init: wifi {SSID}: its access point wants a password", JOIN_S)
    point.becomes("open")
    _joined(board, line)
    _does_a_task(world)


@case()
def card_with_wifi_works_over_a_cable_where_there_is_no_radio(world):
    card = Flashed(world, "pi1", "raspberry-pi-zero", emulated=False, wifi=("--wifi", SSID, "--wifi-open"))
    card.up()
    _does_a_task(world)
    assert card.count(r"init: wifi ") == 0, "it found a radio"
    card.pull_plug()
    is_small(world, card)


@case()
def wifi_is_refused_where_it_cannot_work_and_its_password_is_asked_for_without_being_shown(world):
    def refused(*words, board="raspberry-pi-zero"):
        done = world.broker.holdfast("flash", "attic", "--board", board, *words, exit_code=None, cwd=world.folder)
        assert done.returncode in (1, 2), done
        return done.stderr

    assert "BOARD_WIFI" in refused("--wifi", SSID, "--wifi-open", board="raspberry-pi-2")
    assert "QEMU's machines have no Wi-Fi" in refused("--wifi", SSID, "--wifi-open", "--emulated")
    assert "--wifi SSID" in refused("--wifi-country", "DE")
    assert "two letters" in refused("--wifi", SSID, "--wifi-open", "--wifi-country", "Germany")
    assert "--wifi-password-file" in refused("--wifi", SSID), "it asked where there is no terminal"
    short = refused("--wifi", SSID, *_password(world, "hunter2"))
    assert "8 to 63" in short and "hunter2" not in short, short
    terminal = Terminal(world)
    terminal.enter(f"cd {world.folder}; export HOLDFAST_HOME={world.broker.home}; clear")
    terminal.enter(f"{HOLDFAST} flash a --board raspberry-pi-zero --wifi home; stty -a | grep -ow -- '-*echo'; echo e''nd")
    until("it asks", lambda: 'Password of the Wi-Fi "home":' in terminal.screen())
    terminal.enter("hunter2")
    until("it has ended", lambda: "end" in terminal.screen())
    screen = terminal.screen()
    assert "8 to 63" in screen.replace("\n", " ") and "hunter2" not in screen, screen
    assert "echo" in screen.splitlines() and "-echo" not in screen.splitlines(), screen
