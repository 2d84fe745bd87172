# Raspberry Pi Zero, Zero W and 1: BCM2835, one ARM1176 core.
# Values only; boards/README.md says what each one means.
set(BOARD_TITLE    "Raspberry Pi Zero, Zero W and 1")
set(BOARD_TRIPLE   armv6-linux-musleabi)   # toolchains/armv6-linux-musleabi.cmake
set(BOARD_CPU      arm1176jzf-s)
set(BOARD_CORES    1)
set(BOARD_RAM_MB   512)                    # 256 on the first Pi 1
set(BOARD_RTC      OFF)                    # starts in the past until the network tells it better
set(BOARD_WATCHDOG /dev/watchdog)          # bcm2835-wdt
set(BOARD_INIT     systemd)                # Raspberry Pi OS
set(BOARD_QEMU_USER "qemu-arm-static -cpu arm1176")
