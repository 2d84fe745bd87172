# Any ARM board that understands ARMv5TE, whatever its floating point.
# Values only; boards/README.md says what each one means.
set(BOARD_TITLE       "Generic ARMv5, soft float")
set(BOARD_TRIPLE      armv5-linux-musleabi)
set(BOARD_MACHINE     armv5te)
set(BOARD_CPU         arm926ej-s)                          # the oldest that is meant
set(BOARD_CORES       1)                                   # at least
set(BOARD_RAM_MB      32)                                  # at least
set(BOARD_RTC         OFF)
set(BOARD_INIT        busybox)
set(BOARD_NIC         eth0)
set(BOARD_WIFI        "")
set(BOARD_STATE       /var/lib/holdfast)
set(BOARD_WATCHDOG    "")
set(BOARD_LED         "")
set(BOARD_GPIO        "")
set(BOARD_I2C         "")
set(BOARD_TEMPERATURE "")
set(BOARD_CONSOLE     "")
set(BOARD_BOOT        other)
set(BOARD_KERNEL      "")
set(BOARD_TREES       "")
set(BOARD_LOADER      "")
set(BOARD_LOADER_FILES "")
set(BOARD_QEMU_USER   "qemu-arm-static -cpu arm926")
set(BOARD_QEMU_SYSTEM "")
