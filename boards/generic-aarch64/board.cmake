# Any 64-bit ARM board.
# Values only; boards/README.md says what each one means.
set(BOARD_TITLE       "Generic AArch64")
set(BOARD_TRIPLE      aarch64-linux-musl)
set(BOARD_MACHINE     aarch64)
set(BOARD_CPU         cortex-a53)
set(BOARD_CORES       1)                                   # at least
set(BOARD_RAM_MB      64)                                  # at least
set(BOARD_RTC         OFF)
set(BOARD_INIT        systemd)
set(BOARD_NIC         eth0)
set(BOARD_WIFI        "")
set(BOARD_STATE       /var/lib/holdfast)
set(BOARD_WATCHDOG    "")
set(BOARD_LED         "")
set(BOARD_GPIO        "")
set(BOARD_I2C         "")
set(BOARD_TEMPERATURE "")
set(BOARD_CONSOLE     ttyAMA0)
set(BOARD_BOOT        uefi)
set(BOARD_KERNEL      cloud-arm64)                         # of virtual machines
set(BOARD_TREES       "")
set(BOARD_LOADER      "")
set(BOARD_LOADER_FILES "")
set(BOARD_QEMU_USER   "qemu-aarch64-static -cpu cortex-a53")
set(BOARD_QEMU_SYSTEM virt)
