"""What readelf says about a program: only the facts that the tests ask for."""

import re

from lib.case import need
from lib.process import run


class Elf:
    def __init__(self, file):
        need("readelf")
        self.file = file
        words = {}
        for flag in ("-h", "-l", "-d", "-A", "-S"):
            result = run(["readelf", "--wide", flag, file])
            if result.returncode != 0:
                raise AssertionError(f"readelf {flag} {file}: {result.stderr}")
            words[flag] = result.stdout
        self.header, self.segments, self.dynamic = words["-h"], words["-l"], words["-d"]
        self.attributes, self.sections = words["-A"], words["-S"]

    def field(self, name):
        """Of the ELF header."""
        found = re.search(rf"^\s*{name}:\s*(.*)$", self.header, re.MULTILINE)
        return found[1] if found else ""

    def segment(self, name):
        """Its flags ("RW ", "R E"), None when there is no such segment."""
        found = re.search(rf"^\s*{name}\s+(?:0x\w+\s+){{5}}([RWE ]{{3}})", self.segments, re.MULTILINE)
        return found[1] if found else None

    def relro(self):
        """Where the part begins that is to be read-only once the program runs, and its bytes."""
        found = re.search(r"^\s*GNU_RELRO\s+0x\w+\s+(0x\w+)\s+0x\w+\s+0x\w+\s+(0x\w+)",
                          self.segments, re.MULTILINE)  # fmt: skip
        return int(found[1], 16), int(found[2], 16)

    def loads(self):
        return re.findall(r"^\s*LOAD\s+(?:0x\w+\s+){5}([RWE ]{3})", self.segments, re.MULTILINE)

    def loaded_bytes(self):
        """Of the file, what is loaded to run it: not its symbols, nor what rounds it up to pages."""
        sizes = re.findall(r"^\s*LOAD\s+(?:0x\w+\s+){3}(0x\w+)", self.segments, re.MULTILINE)
        return sum(int(size, 16) for size in sizes)

    def tag(self, name):
        """The value of an entry of the dynamic section, None when it is not there."""
        found = re.search(rf"\({name}\)\s*(.*)$", self.dynamic, re.MULTILINE)
        return found[1].strip() if found else None

    def attribute(self, name):
        """Of ARM's attributes: Tag_CPU_arch and the like."""
        found = re.search(rf"{name}: (.*)$", self.attributes, re.MULTILINE)
        return found[1].strip() if found else None

    def compiled_with(self):
        """The compiler's words for each C file, of a program with debugging information."""
        said = run(["readelf", "--wide", "--debug-dump=info", "--dwarf-depth=1", self.file]).stdout
        return re.findall(r"DW_AT_producer .*: (GNU C\d.*)$", said, re.MULTILINE)

    def has_function(self, name):
        said = run(["readelf", "--wide", "-s", self.file]).stdout
        return re.search(rf" FUNC .* {name}$", said, re.MULTILINE) is not None
