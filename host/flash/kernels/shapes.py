"""Bytes in the shapes that a boot wants: a kernel, a device tree, an initial RAM file system. Pure."""

import lzma
import struct
import zlib

# --- a 32-bit ARM kernel ---

XZ = b"\xfd7zXZ\0"


def unpacked_kernel(zimage):
    """The kernel in a self-extracting zImage: unpacking it here saves the emulator seconds a boot."""
    at = zimage.find(XZ)
    while at >= 0:
        unpacker = lzma.LZMADecompressor(lzma.FORMAT_XZ)
        try:
            kernel = unpacker.decompress(zimage[at:])
            if unpacker.eof:
                return kernel
        except lzma.LZMAError:
            pass
        at = zimage.find(XZ, at + 1)
    raise ValueError("no xz-packed kernel in it")


def uimage(kernel, load_address):
    """U-Boot's wrapping, which tells QEMU where the kernel belongs."""

    def header(checksum):
        return struct.pack(
            ">7I4B32s", 0x27051956, checksum, 0, len(kernel), load_address, load_address,
            zlib.crc32(kernel), 5, 2, 2, 0, b"linux",  # Linux, ARM, kernel, not packed
        )  # fmt: skip

    return header(zlib.crc32(header(0))) + kernel


# --- a flattened device tree ---

BEGIN_NODE, END_NODE, PROPERTY, END = 1, 2, 3, 9


def _padded(data, to=4):
    return data + bytes(-len(data) % to)


def seeded(dtb, seed):
    """The tree with /chosen/rng-seed, as a board's firmware gives it: without one the kernel of a
    board that has no entropy lets getrandom() wait for seconds."""
    header = list(struct.unpack(">10I", dtb[:40]))
    _, _, at, names_at, _, _, _, _, names_len, nodes_len = header
    if not 40 <= at < names_at:
        raise ValueError("a device tree in an unusual order")
    nodes, names = dtb[at : at + nodes_len], dtb[names_at : names_at + names_len]
    value = struct.pack(">3I", PROPERTY, len(seed), len(names)) + _padded(seed)
    chosen = struct.pack(">I", BEGIN_NODE) + _padded(b"chosen\0")
    found = nodes.find(chosen)
    if found >= 0:
        found += len(chosen)
        nodes = nodes[:found] + value + nodes[found:]
    else:
        end = struct.pack(">2I", END_NODE, END)
        nodes = nodes[: -len(end)] + chosen + value + struct.pack(">I", END_NODE) + end
    names += b"rng-seed\0"
    header[3], header[8], header[9] = at + len(nodes), len(names), len(nodes)
    header[1] = header[3] + len(names)
    return struct.pack(">10I", *header) + dtb[40:at] + nodes + names


# --- cpio, "newc" ---

FOLDER, FILE, DEVICE = 0o040755, 0o100644, 0o020600
PROGRAM = 0o100755


def _entry(number, name, mode, data, device=(0, 0)):
    path = name.encode() + b"\0"
    fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(path), 0)
    head = b"070701" + b"".join(b"%08X" % field for field in fields)
    return _padded(head + path) + _padded(data)


def cpio(*entries):
    """`entries`: (name, mode, data), or (name, DEVICE, (major, minor)). Archives may be joined."""
    archive = b""
    for number, (name, mode, data) in enumerate(entries, 1):
        device, data = (data, b"") if mode == DEVICE else ((0, 0), data)
        archive += _entry(number, name, mode, data, device)
    return archive + _entry(0, "TRAILER!!!", 0, b"")
