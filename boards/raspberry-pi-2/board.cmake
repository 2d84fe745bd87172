# Raspberry Pi 2: BCM2836, four Cortex-A7 cores.
# Values only; boards/README.md says what each one means.
set(BOARD_TITLE       "Raspberry Pi 2")
set(BOARD_TRIPLE      armv7-linux-musleabihf)
set(BOARD_MACHINE     armv7l)
set(BOARD_CPU         cortex-a7)
set(BOARD_CORES       4)
set(BOARD_RAM_MB      1024)
set(BOARD_RTC         OFF)
set(BOARD_INIT        systemd)                             # Raspberry Pi OS, 32-bit
set(BOARD_NIC         eth0)
set(BOARD_WIFI        "")
set(BOARD_STATE       /var/lib/holdfast)
set(BOARD_WATCHDOG    /dev/watchdog)                       # bcm2835-wdt
set(BOARD_LED         /sys/class/leds/ACT)                 # led0 with kernels before 6.1
set(BOARD_GPIO        /dev/gpiochip0)
set(BOARD_I2C         /dev/i2c-1)                          # once dtparam=i2c_arm=on is in config.txt
set(BOARD_TEMPERATURE /sys/class/thermal/thermal_zone0)
set(BOARD_CONSOLE     ttyAMA0)
set(BOARD_BOOT        raspberry-pi)
set(BOARD_KERNEL      armmp)
set(BOARD_TREES       "bcm283[67]-rpi-*.dtb")
set(BOARD_LOADER      "")
set(BOARD_LOADER_FILES "")
set(BOARD_QEMU_USER   "qemu-arm-static -cpu cortex-a7")
set(BOARD_QEMU_SYSTEM raspi2b)
