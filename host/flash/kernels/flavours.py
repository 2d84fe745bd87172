"""The kernels that virtual boards run: which Debian package, and what of it is needed. Each is for one
of QEMU's machines, which host/flash/emulated.c names."""

import dataclasses

SUITE = "bookworm"  # the Debian release they are from, whatever this machine runs


@dataclasses.dataclass(frozen=True)
class Flavour:
    name: str
    package: str  # depends on the package that has the kernel
    architecture: str
    modules: tuple  # .ko files, by name; all that these depend on must be among them
    load_address: int = None  # of a 32-bit kernel in that board's memory; None: booted as it is
    dtb: str = None  # the board's device tree; None: QEMU makes it


EXT4 = ("jbd2", "mbcache", "crc16", "ext4", "crc32c_generic")  # the last one is asked for by name only

FLAVOURS = {
    flavour.name: flavour
    for flavour in (
        Flavour(
            "armmp", "linux-image-armmp", "armhf",
            ("gpio-mxc", "i2c-imx", "i2c-dev", "lm75", "imx2_wdt", "sdhci", "cqhci", "sdhci-pltfm", "sdhci-esdhc-imx",
             "libphy", "micrel", "fwnode_mdio", "fixed_phy", "of_mdio", "selftests", "fec", *EXT4),
            load_address=0x80208000, dtb="imx6ul-14x14-evk.dtb",
        ),
        Flavour(
            "rpi", "linux-image-rpi", "armel",
            ("sdhci", "sdhci-pltfm", "sdhci-iproc", "mii", "usbnet", "cdc_ether", *EXT4),
            load_address=0x8000, dtb="bcm2835-rpi-a-plus.dtb",
        ),
        Flavour(
            "cloud-arm64", "linux-image-cloud-arm64", "arm64",
            ("virtio", "virtio_ring", "virtio_mmio", "virtio_blk", "failover", "net_failover",
             "virtio_net"),
        ),
    )
}  # fmt: skip
