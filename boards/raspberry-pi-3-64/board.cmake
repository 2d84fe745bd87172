# Raspberry Pi 3 with a 64-bit system: BCM2837, four Cortex-A53 cores. Runs on Pi 4 and 5 as it is.
# Values only; boards/README.md says what each one means.
set(BOARD_TITLE    "Raspberry Pi 3, 64-bit")
set(BOARD_TRIPLE   aarch64-linux-musl)     # toolchains/aarch64-linux-musl.cmake
set(BOARD_CPU      cortex-a53)
set(BOARD_CORES    4)
set(BOARD_RAM_MB   1024)
set(BOARD_RTC      OFF)                    # a Pi 5 has one
set(BOARD_WATCHDOG /dev/watchdog)          # bcm2835-wdt
set(BOARD_INIT     systemd)                # Raspberry Pi OS, 64-bit
set(BOARD_QEMU_USER "qemu-aarch64-static -cpu cortex-a53")
