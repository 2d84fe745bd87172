# NXP i.MX6 UltraLite evaluation kit: one Cortex-A7 core.
# Values only; boards/README.md says what each one means.
set(BOARD_TITLE       "i.MX6UL evaluation kit")
set(BOARD_TRIPLE      armv7-linux-musleabihf)
set(BOARD_MACHINE     armv7l)
set(BOARD_CPU         cortex-a7)
set(BOARD_CORES       1)
set(BOARD_RAM_MB      512)
set(BOARD_RTC         OFF)                                 # SNVS, only with a coin cell
set(BOARD_INIT        busybox)                             # Buildroot
set(BOARD_NIC         eth0)
set(BOARD_WIFI        "")
set(BOARD_STATE       /var/lib/holdfast)
set(BOARD_WATCHDOG    /dev/watchdog)                       # imx2-wdt
set(BOARD_LED         "")                                  # the kit has none of its own
set(BOARD_GPIO        /dev/gpiochip0)                      # to gpiochip4: five banks of 32
set(BOARD_I2C         /dev/i2c-0)
set(BOARD_TEMPERATURE /sys/class/thermal/thermal_zone0)    # of the chip; absent in QEMU
set(BOARD_CONSOLE     ttymxc0)
set(BOARD_BOOT        u-boot)
set(BOARD_KERNEL      armmp)
set(BOARD_TREES       imx6ul-14x14-evk.dtb)
set(BOARD_LOADER      "")
set(BOARD_LOADER_FILES "")
set(BOARD_QEMU_USER   "qemu-arm-static -cpu cortex-a7")
set(BOARD_QEMU_SYSTEM mcimx6ul-evk)
