"""Certificates made by the tests themselves, with the openssl program: good ones and bad ones."""

import dataclasses
import datetime
import pathlib

from lib.process import run

DIGESTS = {"P-256": "sha256", "P-384": "sha384"}  # that go with keys on these curves
DAY = datetime.timedelta(days=1)


@dataclasses.dataclass
class Pair:
    cert: pathlib.Path
    key: pathlib.Path


def _openssl(*words, cwd=None):
    result = run(["openssl", *words], cwd=cwd)
    if result.returncode != 0:
        raise AssertionError(f"openssl {words[0]}: {result.stderr}")


def _date(moment):
    return moment.strftime("%Y%m%d%H%M%SZ")


def _new_key(curve):
    return "-newkey", "ec", "-pkeyopt", f"ec_paramgen_curve:{curve}", "-nodes"


def now():
    return datetime.datetime.now(datetime.timezone.utc)


class Authority:
    """A CA: made new, or one that is there already as <path>.pem and <path>.key."""

    def __init__(self, folder, name=None, existing=None, curve="P-256"):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        if existing:
            self.pair = Pair(pathlib.Path(f"{existing}.pem"), pathlib.Path(f"{existing}.key"))
        else:
            self.pair = Pair(self.folder / "ca.pem", self.folder / "ca.key")
            _openssl(
                "req", "-x509", *_new_key(curve), f"-{DIGESTS[curve]}", "-days", "3650",
                "-subj", f"/CN={name}", "-addext", "keyUsage=critical,keyCertSign",
                "-keyout", self.pair.key, "-out", self.pair.cert,
            )  # fmt: skip
        (self.folder / "index.txt").touch()
        (self.folder / "openssl.cnf").write_text(
            "[ca]\ndefault_ca = us\n[us]\n"
            f"database = {self.folder}/index.txt\nnew_certs_dir = {self.folder}\n"
            f"certificate = {self.pair.cert}\nprivate_key = {self.pair.key}\n"
            f"default_md = {DIGESTS[curve]}\npolicy = any\nrand_serial = yes\nunique_subject = no\n"
            "[any]\ncommonName = supplied\n"
        )

    def issue(self, name, usage, alt_names="", start=None, end=None, curve="P-256"):
        """`usage`: clientAuth or serverAuth. Valid from yesterday for a month unless told."""
        pair = Pair(self.folder / f"{name}.{usage}.pem", self.folder / f"{name}.{usage}.key")
        request, extensions = self.folder / f"{name}.csr", self.folder / f"{name}.ext"
        extensions.write_text(
            f"basicConstraints = critical,CA:false\nextendedKeyUsage = {usage}\n"
            "keyUsage = critical,digitalSignature\n"
            + (f"subjectAltName = {alt_names}\n" if alt_names else "")
        )
        _openssl(
            "req", "-new", *_new_key(curve), "-subj", f"/CN={name}", "-keyout", pair.key,
            "-out", request,
        )  # fmt: skip
        _openssl(
            "ca", "-batch", "-notext", "-config", self.folder / "openssl.cnf", "-in", request,
            "-extfile", extensions, "-out", pair.cert,
            "-startdate", _date(start or now() - DAY), "-enddate", _date(end or now() + 30 * DAY),
        )  # fmt: skip
        return pair
