# Any ARMv7-A board with VFPv3-D16.
# Values only; boards/README.md says what each one means.
set(BOARD_TITLE       "Generic ARMv7")
set(BOARD_TRIPLE      armv7-linux-musleabihf)
set(BOARD_MACHINE     armv7l)
set(BOARD_CPU         cortex-a9)
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
set(BOARD_BOOT        other)
set(BOARD_KERNEL      "")
set(BOARD_QEMU_USER   "qemu-arm-static -cpu cortex-a9")
set(BOARD_QEMU_SYSTEM "")
