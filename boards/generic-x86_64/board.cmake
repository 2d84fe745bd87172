# Any x86-64 PC or virtual machine with Linux.
# Values only; boards/README.md says what each one means.
set(BOARD_TITLE       "Generic x86-64")
set(BOARD_TRIPLE      x86_64-linux-musl)
set(BOARD_MACHINE     x86_64)
set(BOARD_CPU         x86-64)
set(BOARD_CORES       1)                                   # at least
set(BOARD_RAM_MB      256)                                 # at least
set(BOARD_RTC         ON)
set(BOARD_INIT        systemd)
set(BOARD_NIC         eth0)
set(BOARD_WIFI        "")
set(BOARD_STATE       /var/lib/holdfast)
set(BOARD_WATCHDOG    "")                                  # what the machine has, if it has one
set(BOARD_LED         "")
set(BOARD_GPIO        "")
set(BOARD_I2C         "")
set(BOARD_TEMPERATURE /sys/class/thermal/thermal_zone0)    # a virtual machine has none
set(BOARD_CONSOLE     ttyS0)
set(BOARD_BOOT        uefi)
set(BOARD_KERNEL      amd64)
set(BOARD_TREES       "")
set(BOARD_LOADER      "")
set(BOARD_LOADER_FILES "")
set(BOARD_QEMU_USER   "")                                  # runs here as it is
set(BOARD_QEMU_SYSTEM "")
