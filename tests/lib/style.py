"""How the C code has to look, which way its includes may point, and that what documents name is there."""

import concurrent.futures
import json
import os
import re
import shutil
import time

from lib.decoders import untold
from lib.paths import ROOT, build
from lib.process import run
from lib.threats import unshown

# What each folder may include by "folder/file.h". Third-party headers are in <>, or under its own
# names. Nothing points back.
ARROWS = {
    "firmware/libc": {"libc"},
    "firmware/wire": {"wire"},
    "firmware/link": {"wire", "link"},
    "firmware/handlers": {"wire", "handlers"},
    "firmware/worker": {"wire", "link", "handlers", "worker"},
    "firmware/wifi": {"wire", "wifi"},
    "firmware/init": {"wire", "wifi", "init"},
    "host": {"wire", "link"},  # and host's own folders
}
FOLDERS = {"libc", "wire", "link", "handlers", "worker", "wifi", "init"}

# Headers that reach the world. <stdio.h> is there for snprintf; what it has besides is looked for.
PURE = ("firmware/wire/", "firmware/worker/flow.", "firmware/init/dhcp_message.", "firmware/init/pause.",
        *(f"firmware/wifi/{name}." for name in ("bss", "eapol", "element", "handshake")))  # fmt: skip
IO_HEADER = re.compile(
    r"#include <(unistd|fcntl|poll|time|signal|pthread|dirent|netdb|syslog|termios|spawn|"
    r"sys/|netinet/|arpa/|net/|linux/|mbedtls/|amqp)"
)
IO_CALL = re.compile(
    r"\b(printf|fprintf|vprintf|vfprintf|puts|putchar|fopen|fread|fwrite|fputs|perror|getenv|"
    r"system|stdin|stdout|stderr|FILE)\b"
)


def sources(*endings):
    """Our files of these endings, new ones included."""
    listed = run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "firmware", "host", "tests"],
        cwd=ROOT,
    )
    if listed.returncode == 0:
        names = listed.stdout.splitlines()
    else:  # not a checkout
        names = [
            str(file.relative_to(ROOT))
            for folder in ("firmware", "host", "tests")
            for file in (ROOT / folder).rglob("*")
        ]
    return sorted(n for n in set(names) if n.endswith(endings) and (ROOT / n).is_file())


def _code(name):
    """The file's text without comments and what is in quotes, but with its includes."""
    text = (ROOT / name).read_text()
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.DOTALL)
    return re.sub(r"//.*", " ", text)


def wrong_arrows():
    wrong = []
    for name in sources(".c", ".h"):
        home = next((folder for folder in ARROWS if name.startswith(folder + "/")), None)
        for folder in re.findall(r'#include "([^"/]+)/', _code(name)) if home else []:
            if folder in FOLDERS and folder not in ARROWS[home]:
                wrong.append(f"{name} includes {folder}/")
            if folder not in FOLDERS and home != "host" and (ROOT / "host" / folder).is_dir():
                wrong.append(f"{name} includes host/{folder}/")
    return wrong


def impure():
    found = []
    for name in sources(".c", ".h"):
        if name.startswith(PURE):
            code = _code(name)
            found += [f"{name}: {match[0]}" for match in IO_HEADER.finditer(code)]
            code = re.sub(r"#include.*|format\(printf", "", code)
            code = re.sub(r'"(\\.|[^"\\])*"', '""', code)
            found += [f"{name}: {match[0]}" for match in IO_CALL.finditer(code)]
    return found


def misformatted():
    result = run(["clang-format", "--dry-run", "-Werror", *sources(".c", ".h")], cwd=ROOT)
    return [] if result.returncode == 0 else result.stderr.splitlines()[:60]


def _tidy(name):
    result = run(["clang-tidy", "--quiet", "-p", build("host"), name], cwd=ROOT, timeout=600)
    return [] if result.returncode == 0 else [result.stdout.strip() or result.stderr.strip()]


def untidy():
    commands = json.loads((build("host") / "compile_commands.json").read_text())
    known = {os.path.relpath(command["file"], ROOT) for command in commands}
    names = [name for name in sources(".c") if name in known]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return [line for lines in pool.map(_tidy, names) for line in lines]


CHECKS = (
    # name, what is wrong, program that it needs, over a minute
    ("c_files_are_formatted_as_clang_format_has_it", misformatted, "clang-format", False),
    ("includes_point_one_way", wrong_arrows, None, False),
    ("wire_and_flow_do_no_input_or_output", impure, None, False),
    ("each_row_of_the_threat_model_names_a_test_that_is_there", unshown, None, False),
    ("each_fuzz_target_is_told_with_the_decoders_that_it_reaches", untold, None, False),
    ("clang_tidy_finds_nothing", untidy, "clang-tidy", True),
)


def run_style(report, builds, quick):
    report.head("style")
    for name, check, program, slow in CHECKS:
        if quick and slow:
            report.leave_out(name, "over a minute: --quick")
        elif program and not shutil.which(program):
            report.cannot(name, f"{program} is not installed")
        elif check is not untidy or builds.configure("host"):
            began = time.monotonic()
            wrong = check()
            seconds = time.monotonic() - began
            if wrong:
                report.fail(name, seconds, "\n".join(wrong))
            else:
                report.ok(name, seconds)
        else:
            report.fail(name, 0, "preset host is not configured")
