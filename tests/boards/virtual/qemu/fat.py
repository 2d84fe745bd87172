"""What lies on a flashed card: its partitions, and the files of a FAT16 one, read by the book."""

import struct

SECTOR = 512
LONG, VOLUME, FOLDER = 0x0F, 0x08, 0x10


def partitions(image):
    """[(type, first byte, bytes)] of the table in the first sector."""
    with open(image, "rb") as file:
        head = file.read(SECTOR)
    assert head[510:] == b"\x55\xaa", "no partition table"
    rows = [head[446 + 16 * n : 462 + 16 * n] for n in range(4)]
    parts = [(row[4], *struct.unpack("<II", row[8:])) for row in rows if row[4]]
    return [(kind, first * SECTOR, count * SECTOR) for kind, first, count in parts]


def partition(image, number):
    _, at, size = partitions(image)[number]
    with open(image, "rb") as file:
        file.seek(at)
        return file.read(size)


def _entries(folder):
    """(name in small letters, attributes, first cluster, bytes) of each file and folder in it."""
    long_name = ""
    for at in range(0, len(folder), 32):
        entry = folder[at : at + 32]
        if entry[0] == 0:
            return
        if entry[11] == LONG:
            letters = (entry[1:11] + entry[14:26] + entry[28:32]).decode("utf-16le")
            long_name = letters.split("\0")[0].replace("\uffff", "") + long_name
        elif not entry[11] & VOLUME and entry[0] != ord("."):
            short = entry[:8].decode().strip() + "." + entry[8:11].decode().strip()
            yield ((long_name or short.rstrip(".")).lower(), entry[11], *struct.unpack("<HI", entry[26:]))
            long_name = ""


def files(fat):
    """{path in small letters: its bytes} of a FAT16 file system."""
    size, per_cluster, before, copies, entries = struct.unpack("<HBHBH", fat[11:19])
    (table_sectors,) = struct.unpack("<H", fat[22:24])
    tables = [fat[(before + n * table_sectors) * size :][: table_sectors * size] for n in range(copies)]
    assert len(set(tables)) == 1, "the tables differ"
    links = struct.unpack(f"<{table_sectors * size // 2}H", tables[0])
    root = (before + copies * table_sectors) * size
    data, step = root + 32 * entries, per_cluster * size
    found = {}

    def chain(cluster):
        pieces = []
        while 2 <= cluster < 0xFFF0 and len(pieces) <= len(links):
            pieces.append(fat[data + (cluster - 2) * step : data + (cluster - 1) * step])
            cluster = links[cluster]
        return b"".join(pieces)

    def take(folder, below):
        for name, attributes, cluster, length in _entries(folder):
            whole = chain(cluster)
            if attributes & FOLDER:
                take(whole, f"{below}{name}/")
                continue
            assert len(whole) >= length > len(whole) - step, "a chain of another length than its file"
            found[below + name] = whole[:length]

    take(fat[root:data], "")
    return found
