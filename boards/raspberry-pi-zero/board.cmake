# Raspberry Pi Zero, Zero W and 1: BCM2835, one ARM1176 core.
# Values only; boards/README.md says what each one means.
set(BOARD_TITLE       "Raspberry Pi Zero, Zero W and 1")
set(BOARD_TRIPLE      armv6-linux-musleabi)
set(BOARD_MACHINE     armv6l)
set(BOARD_CPU         arm1176jzf-s)
set(BOARD_CORES       1)
set(BOARD_RAM_MB      512)                                 # 256 on the first Pi 1
set(BOARD_RTC         OFF)                                 # starts in the past until the network tells it better
set(BOARD_INIT        systemd)                             # Raspberry Pi OS
set(BOARD_NIC         wlan0)                               # Zero W; a Pi 1 has eth0, a Zero what is on its USB
set(BOARD_WIFI        brcmfmac43430)                       # Zero W; a Pi 1 and a Zero have none
set(BOARD_STATE       /var/lib/holdfast)
set(BOARD_WATCHDOG    /dev/watchdog)                       # bcm2835-wdt
set(BOARD_LED         /sys/class/leds/ACT)                 # led0 with kernels before 6.1
set(BOARD_GPIO        /dev/gpiochip0)
set(BOARD_I2C         /dev/i2c-1)                          # once dtparam=i2c_arm=on is in config.txt
set(BOARD_TEMPERATURE /sys/class/thermal/thermal_zone0)
set(BOARD_CONSOLE     ttyAMA0)
set(BOARD_BOOT        raspberry-pi)
set(BOARD_KERNEL      rpi)
set(BOARD_TREES       "bcm2835-rpi-*.dtb")
set(BOARD_LOADER      "")
set(BOARD_LOADER_FILES "")
set(BOARD_QEMU_USER   "qemu-arm-static -cpu arm1176")
set(BOARD_QEMU_SYSTEM raspi1ap)
