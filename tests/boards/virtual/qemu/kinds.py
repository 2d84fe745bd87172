"""The boards that QEMU is: machine, kernel or what reads the disk at power-on, and how its network card
and disk are attached."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Kind:
    name: str
    title: str
    emulator: str
    machine: tuple
    kernel: str  # flavours.py; None: it runs from flashed cards of the real board alone
    console: str
    card: tuple  # network card
    link: str  # its name in QEMU's set_link
    preset: str  # whose worker it runs, unless told otherwise
    disk: str = "sd"  # disks.py
    append: str = ""
    serial: tuple = ("-serial", "stdio")
    tree: str = None  # on a card for the real board, the one of this machine
    instruction_ns: int = None  # what its clock takes for one; None: it follows this machine's
    firmware: tuple = None  # what of QEMU reads a flashed disk by itself; None: nothing does
    wishes: tuple = ()  # files of toolchains/packages' group "pc", which is only wished for
    before_kernel_s: int = 0  # what it and the disk's boot loader take on an idle machine


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
            "raspberry-pi-3-64", disk="virtio",
        ),
        Kind(
            "pi2", "Raspberry Pi 2 B (4 x Cortex-A7), 1 GB, SD card, no clock", "qemu-system-arm",
            # As of a Pi 3; one processor is enough for a machine that is busy with its USB.
            ("-M", "raspi2b", "-accel", "tcg,thread=single"), None, "ttyAMA0,115200",
            ("-netdev", "user,id=n0", "-device", "usb-net,netdev=n0,port=1"), "n0",
            "raspberry-pi-2", append="nosmp module_blacklist=bcm2835_wdt", tree="bcm2836-rpi-2-b.dtb",
        ),
        Kind(
            # QEMU has no Pi 3 for a 32-bit kernel: what that one sees of the machine is the same.
            "pi3-32", "Raspberry Pi 2 B with a Pi 3 B's device tree (32-bit), 1 GB, SD card, no clock",
            "qemu-system-arm", ("-M", "raspi2b", "-accel", "tcg,thread=single"), None, "ttyS1,115200",
            ("-netdev", "user,id=n0", "-device", "usb-net,netdev=n0,port=1"), "n0",
            "raspberry-pi-2", append="nosmp module_blacklist=bcm2835_wdt",
            serial=("-serial", "null", "-serial", "stdio"),  # the first one is Bluetooth's
            tree="bcm2837-rpi-3-b.dtb",
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
        Kind(
            "opi", "Orange Pi PC (4 x Cortex-A7, ARMv7), 1 GB, SD card, no clock", "qemu-system-arm",
            # U-Boot tells Linux that the clock has 24 MHz, as a board's has.
            ("-M", "orangepi-pc", "-global", "cortex-a7-arm-cpu.cntfrq=24000000"), None, "ttyS0,115200",
            ("-nic", "user,id=n0"), "n0", "raspberry-pi-2",
            firmware=(),  # its boot ROM reads the card
            before_kernel_s=17,  # half of it for USB, at which nothing is
        ),
        Kind(
            "pc", "PC (x86-64) with UEFI, 256 MB, SATA disk, Intel network card, clock", "qemu-system-x86_64",
            ("-M", "q35", "-m", "256"), None, "ttyS0,115200",
            ("-nic", "user,id=n0,model=e1000e"), "n0", "generic-x86_64", disk="sata",
            # The disk's words let the screen have the log, which is not there.
            firmware=("-bios", "/usr/share/ovmf/OVMF.fd", "-smbios",
                      "type=11,value=io.systemd.boot.kernel-cmdline-extra=console=ttyS0"),
            wishes=("/usr/bin/qemu-system-x86_64", "/usr/share/ovmf/OVMF.fd"),
            before_kernel_s=12,
        ),
        Kind(
            "vm", "ARM virtual machine (AArch64) with UEFI, 256 MB, virtio disk and network, clock",
            "qemu-system-aarch64", ("-M", "virt", "-cpu", "cortex-a53", "-m", "256"), None, "ttyAMA0",
            ("-netdev", "user,id=n0", "-device", "virtio-net-device,netdev=n0"), "n0",
            "raspberry-pi-3-64", disk="virtio",
            firmware=("-bios", "/usr/share/qemu-efi-aarch64/QEMU_EFI.fd", "-smbios",
                      "type=11,value=io.systemd.boot.kernel-cmdline-extra=console=ttyAMA0"),
            wishes=("/usr/share/qemu-efi-aarch64/QEMU_EFI.fd",),
            before_kernel_s=12,
        ),
    )
}  # fmt: skip
