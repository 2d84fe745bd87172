# Raspberry Pi 2: BCM2836, four Cortex-A7 cores. Also right for other ARMv7-A boards with VFPv3-D16.
# Values only; boards/README.md says what each one means.
set(BOARD_TITLE    "Raspberry Pi 2")
set(BOARD_TRIPLE   armv7-linux-musleabihf) # toolchains/armv7-linux-musleabihf.cmake
set(BOARD_CPU      cortex-a7)
set(BOARD_CORES    4)
set(BOARD_RAM_MB   1024)
set(BOARD_RTC      OFF)
set(BOARD_WATCHDOG /dev/watchdog)          # bcm2835-wdt
set(BOARD_INIT     systemd)                # Raspberry Pi OS, 32-bit
set(BOARD_QEMU_USER "qemu-arm-static -cpu cortex-a7")
