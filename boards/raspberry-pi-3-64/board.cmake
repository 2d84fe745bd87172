# Raspberry Pi 3, 4, 5 and Zero 2 W with a 64-bit system; on a 3 BCM2837, four Cortex-A53 cores.
# Values only; boards/README.md says what each one means.
set(BOARD_TITLE       "Raspberry Pi 3, 64-bit")
set(BOARD_TRIPLE      aarch64-linux-musl)
set(BOARD_MACHINE     aarch64)
set(BOARD_CPU         cortex-a53)
set(BOARD_CORES       4)
set(BOARD_RAM_MB      1024)                                # 512 on a Zero 2 W
set(BOARD_RTC         OFF)                                 # a Pi 5 has one
set(BOARD_INIT        systemd)                             # Raspberry Pi OS, 64-bit
set(BOARD_NIC         eth0)
set(BOARD_WIFI        "brcmfmac43430 brcmfmac43455")       # 3 B; 3 B+, 3 A+, 4 B. Debian 12 has none for others
set(BOARD_STATE       /var/lib/holdfast)
set(BOARD_WATCHDOG    /dev/watchdog)                       # bcm2835-wdt
set(BOARD_LED         /sys/class/leds/ACT)                 # led0 with kernels before 6.1
set(BOARD_GPIO        /dev/gpiochip0)                      # /dev/gpiochip4 on a Pi 5 with kernels before 6.6.45
set(BOARD_I2C         /dev/i2c-1)                          # once dtparam=i2c_arm=on is in config.txt
set(BOARD_TEMPERATURE /sys/class/thermal/thermal_zone0)
set(BOARD_CONSOLE     ttyS1)                               # the one on the header
set(BOARD_BOOT        raspberry-pi)
set(BOARD_KERNEL      arm64)
set(BOARD_TREES       "bcm2[78]*-rpi-*.dtb")
set(BOARD_LOADER      "")
set(BOARD_LOADER_FILES "")
set(BOARD_QEMU_USER   "qemu-aarch64-static -cpu cortex-a53")
set(BOARD_QEMU_SYSTEM raspi3b)
