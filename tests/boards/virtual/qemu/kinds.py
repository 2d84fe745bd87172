"""The boards that QEMU is: machine, kernel, and how its network card and disk are attached."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Kind:
    name: str
    title: str
    emulator: str
    machine: tuple
    kernel: str  # flavours.py; None: it runs from cards of the real board alone
    console: str
    card: tuple  # network card
    link: str  # its name in QEMU's set_link
    preset: str  # whose worker it runs, unless told otherwise
    sd: bool = True  # False: a virtio disk
    append: str = ""
    serial: tuple = ("-serial", "stdio")
    tree: str = None  # on a card for the real board, the one of this machine
    instruction_ns: int = None  # what its clock takes for one; None: it follows this machine's


KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            "pi1", "Raspberry Pi 1 A+ (ARM1176, ARMv6), SD card, no clock", "qemu-system-arm",
            # An alarm that Linux sets while this machine is busy elsewhere has passed when QEMU
            # hears of it, which then rings it 71 minutes later: all the board's timers stand still.
            # Where instructions drive the clock no time passes in between.
            ("-M", "raspi1ap", "-icount", "shift=2,sleep=on"), "rpi", "ttyAMA0,115200",
            ("-netdev", "user,id=n0", "-device", "usb-net,netdev=n0,port=1"), "n0",
            "raspberry-pi-zero",
            # QEMU has no such device; and its watchdog bites when it is started.
            append="initcall_blacklist=bcm2835_power_driver_init,bcm2835_wdt_driver_init",
            tree="bcm2835-rpi-a-plus.dtb",
            instruction_ns=4,
        ),
        Kind(
            "imx", "i.MX6UL evaluation kit (Cortex-A7, ARMv7), 64 MB, SD card, no clock",
            "qemu-system-arm", ("-M", "mcimx6ul-evk", "-m", "64"), "armmp", "ttymxc0,115200",
            # Linux's first card is QEMU's second.
            ("-nic", "hubport,hubid=9", "-nic", "user"), "imx.enet.1", "raspberry-pi-2",
        ),
        Kind(
            "a53", "board with a Cortex-A53 and a 64-bit kernel, 96 MB, virtio disk, clock",
            "qemu-system-aarch64", ("-M", "virt", "-cpu", "cortex-a53", "-m", "96"), "cloud-arm64",
            "ttyAMA0",
            ("-netdev", "user,id=n0", "-device", "virtio-net-device,netdev=n0"), "n0",
            "raspberry-pi-3-64", sd=False,
        ),
        Kind(
            "pi3", "Raspberry Pi 3 B (4 x Cortex-A53), 1 GB, SD card, no clock", "qemu-system-aarch64",
            # In threads of their own, processors that wait for each other take all of this machine's.
            ("-M", "raspi3b", "-accel", "tcg,thread=single"), None, "ttyS1,115200",
            ("-netdev", "user,id=n0", "-device", "usb-net,netdev=n0,port=1"), "n0",
            "raspberry-pi-3-64",
            append="module_blacklist=bcm2835_wdt",  # QEMU's bites when it is started
            serial=("-serial", "null", "-serial", "stdio"),  # the first one is Bluetooth's
            tree="bcm2837-rpi-3-b.dtb",
        ),
    )
}  # fmt: skip
