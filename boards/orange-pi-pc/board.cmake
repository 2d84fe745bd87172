# Orange Pi PC: Allwinner H3, four Cortex-A7 cores.
# Values only; boards/README.md says what each one means.
set(BOARD_TITLE       "Orange Pi PC")
set(BOARD_TRIPLE      armv7-linux-musleabihf)
set(BOARD_MACHINE     armv7l)
set(BOARD_CPU         cortex-a7)
set(BOARD_CORES       4)
set(BOARD_RAM_MB      1024)
set(BOARD_RTC         OFF)                                 # it has one, without a battery
set(BOARD_INIT        systemd)                             # Armbian
set(BOARD_NIC         eth0)
set(BOARD_WIFI        "")
set(BOARD_STATE       /var/lib/holdfast)
set(BOARD_WATCHDOG    /dev/watchdog)                       # sunxi-wdt
set(BOARD_LED         /sys/class/leds/red:status)          # orangepi:red:status with older kernels
set(BOARD_GPIO        /dev/gpiochip0)                      # PA to PG; PL is gpiochip1
set(BOARD_I2C         /dev/i2c-0)
set(BOARD_TEMPERATURE /sys/class/thermal/thermal_zone0)
set(BOARD_CONSOLE     ttyS0)
set(BOARD_BOOT        u-boot)
set(BOARD_KERNEL      armmp)
set(BOARD_TREES       sun8i-h3-orangepi-pc.dtb)
set(BOARD_LOADER      u-boot-sunxi/orangepi_pc_plus)       # a PC with flash on it; there is none for the PC itself
set(BOARD_LOADER_FILES u-boot-sunxi-with-spl.bin@8192)
set(BOARD_QEMU_USER   "qemu-arm-static -cpu cortex-a7")
set(BOARD_QEMU_SYSTEM orangepi-pc)
