"""What a test is: a function whose name is a sentence, marked with @case.

A file in tests/flow or tests/boards, or in a folder of these, is a module of cases. Each runs by
itself, on the broker that all share, at the same time as others. With OWN_LEDGER = True it has a
broker for itself meanwhile, whose ledger may collect whatever comes, and which the next such case has
after it. With OWN_BROKER = True they run in their order on a broker that is theirs alone, to break as
they like. With SANITIZED = True they are run once more, with a worker under AddressSanitizer and
UndefinedBehaviorSanitizer.
"""

import dataclasses
import importlib.util
import shutil
import sys


SHARED, LENT, OWN = "shared", "lent", "own"  # the broker of a group
SLOW_S, BOARD_S, USUAL_S = 90, 30, 10  # what cases take, about: of all, on a board, others


class Skip(Exception):
    """The case cannot run here; the text says why. In CI that is a failure."""


class Wish(Skip):
    """As Skip, for want of a package that tests/run only wishes for: left out in CI as well."""


@dataclasses.dataclass
class Case:
    name: str
    run: object
    slow: bool  # over a minute: left out by --quick
    limit_s: int


@dataclasses.dataclass
class Group:
    """Cases that one process runs, one after the other."""

    name: str
    label: str
    broker: str
    cases: list
    sanitized: bool = False  # there is to be an asan_twin()
    preset: str = None  # whose worker its cases run; None: the one that the run was told

    @property
    def seconds(self):
        """About how long it takes: the longest begin first."""
        usual_s = BOARD_S if self.broker == LENT else USUAL_S
        return sum(SLOW_S if case.slow else usual_s for case in self.cases)

    def asan_twin(self):
        cases = [
            dataclasses.replace(c, name=f"{c.name}__asan", limit_s=2 * c.limit_s) for c in self.cases
        ]
        name = f"{self.name}-asan"
        return dataclasses.replace(self, name=name, cases=cases, preset="asan")


def case(*, slow=False, limit_s=600):
    def mark(function):
        function.case = Case(function.__name__, function, slow, limit_s)
        return function

    return mark


def need(program):
    if not shutil.which(program):
        raise Skip(f"{program} is not installed")


def _module(file):
    spec = importlib.util.spec_from_file_location(f"{file.parent.name}_{file.stem}", file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def groups(folder, label):
    """The groups of all modules in a folder."""
    found = []
    for file in sorted([*folder.glob("*.py"), *folder.glob("*/*.py")]):
        module = _module(file)
        cases = [f.case for f in vars(module).values() if hasattr(f, "case")]
        cases += getattr(module, "CASES", [])
        sanitized = getattr(module, "SANITIZED", False)
        if getattr(module, "OWN_BROKER", False):
            found.append(Group(file.stem, label, OWN, cases, sanitized))
        else:
            broker = LENT if getattr(module, "OWN_LEDGER", False) else SHARED
            found += [Group(file.stem, label, broker, [c], sanitized) for c in cases]
    return found
