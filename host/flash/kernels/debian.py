"""Packages of other architectures, from this machine's own Debian mirror, without telling the
machine's package manager: an apt of our own beside it."""

import importlib.machinery
import importlib.util
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
TRIES = 3


def _sources():
    """toolchains/fetch knows the mirror, the cache folder and its locks."""
    path = str(ROOT / "toolchains" / "fetch")
    loader = importlib.machinery.SourceFileLoader("toolchains_fetch", path)
    spec = importlib.util.spec_from_loader(loader.name, loader)
    module = importlib.util.module_from_spec(spec)
    kept, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = kept
    return module


sources = _sources()
CACHE = pathlib.Path(sources.CACHE)
Unavailable = sources.Unavailable

CONF = """\
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
APT::Architecture "{architecture}";
APT::Architectures {{ "{architecture}"; }};
APT::Sandbox::User "root";
Dir::State "{folder}";
Dir::State::Lists "{folder}/lists";
Dir::State::Status "{folder}/status";
Dir::Cache "{folder}/cache";
Dir::Etc::SourceList "/dev/null";
Dir::Etc::SourceParts "{folder}/sources";
Acquire::Languages "none";
Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
Acquire::Retries "3";
Acquire::http::Timeout "30";
Acquire::https::Timeout "30";
"""


class Apt:
    """Of one suite, one architecture and some of its components; the lists are fetched anew."""

    def __init__(self, suite, architecture, components="main"):
        if os.environ.get("HOLDFAST_OFFLINE", "") not in ("", "0"):
            raise Unavailable("HOLDFAST_OFFLINE is set")
        more = components.replace("main", "").replace(" ", "-")
        self.folder = CACHE / f"apt-{suite}-{architecture}{more}"
        for name in ("lists/partial", "cache/archives/partial", "sources"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        mirror, signed_by = sources.machine_mirror()
        (self.folder / "sources" / "debian.sources").write_text(
            f"Types: deb\nURIs: {mirror}\nSuites: {suite}\nComponents: {components}\n"
            + (f"Signed-By: {signed_by}\n" if signed_by else "")
        )
        (self.folder / "status").touch()
        conf = CONF.format(architecture=architecture, folder=self.folder)
        (self.folder / "apt.conf").write_text(conf)
        with sources.locked(self.folder.name):
            self._run("apt-get", "update", "--error-on=any")

    def _run(self, tool, *arguments, cwd=None):
        command = [tool, "-q", "-c", str(self.folder / "apt.conf"), *arguments]
        for _ in range(TRIES):
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=cwd,
                env={**os.environ, "LC_ALL": "C"}, check=False,
            )  # fmt: skip
            if done.returncode == 0:
                return done.stdout
        words = [line for line in done.stderr.splitlines() if line.startswith(("E:", "Err"))]
        raise Unavailable(f"{tool} {arguments[0]}: " + (words or ["failed"])[-1])

    def first_dependency(self, package):
        for line in self._run("apt-cache", "depends", package).splitlines():
            if line.strip().startswith("Depends:"):
                return line.split()[1]
        raise Unavailable(f"{package} depends on nothing")

    def download(self, package, folder):
        """The .deb's path in that folder."""
        self._run("apt-get", "download", package, cwd=folder)
        (deb,) = pathlib.Path(folder).glob(f"{package}_*.deb")
        return deb
