# BeagleBone Black, Green and Pocket: AM335x, one Cortex-A8 core.
# Values only; boards/README.md says what each one means.
set(BOARD_TITLE       "BeagleBone Black")
set(BOARD_TRIPLE      armv7-linux-musleabihf)
set(BOARD_MACHINE     armv7l)
set(BOARD_CPU         cortex-a8)
set(BOARD_CORES       1)
set(BOARD_RAM_MB      512)
set(BOARD_RTC         OFF)                                 # it has one, without a battery
set(BOARD_INIT        systemd)                             # Debian
set(BOARD_NIC         eth0)
set(BOARD_WIFI        "")
set(BOARD_STATE       /var/lib/holdfast)
set(BOARD_WATCHDOG    /dev/watchdog)                       # omap_wdt
set(BOARD_LED         /sys/class/leds/beaglebone:green:usr0)
set(BOARD_GPIO        /dev/gpiochip0)                      # to gpiochip3: four banks of 32
set(BOARD_I2C         /dev/i2c-2)                          # on header P9, pins 19 and 20
set(BOARD_TEMPERATURE "")                                  # the chip's cannot be read
set(BOARD_CONSOLE     ttyO0)
set(BOARD_BOOT        u-boot)
set(BOARD_KERNEL      armmp)
set(BOARD_TREES       "am335x-bone*.dtb am335x-pocketbeagle.dtb")
set(BOARD_LOADER      u-boot-omap/am335x_evm)              # finds out which of these boards it is on
set(BOARD_LOADER_FILES "MLO u-boot.img")
set(BOARD_QEMU_USER   "qemu-arm-static -cpu cortex-a8")
set(BOARD_QEMU_SYSTEM "")
