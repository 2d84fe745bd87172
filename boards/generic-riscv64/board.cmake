# Any 64-bit RISC-V board with Linux: RV64GC.
# Values only; boards/README.md says what each one means.
set(BOARD_TITLE       "Generic RISC-V, 64-bit")
set(BOARD_TRIPLE      riscv64-linux-musl)
set(BOARD_MACHINE     riscv64)
set(BOARD_CPU         rv64)
set(BOARD_CORES       1)                                   # at least
set(BOARD_RAM_MB      64)                                  # at least
set(BOARD_RTC         OFF)
set(BOARD_INIT        systemd)
set(BOARD_NIC         eth0)
set(BOARD_WIFI        "")
set(BOARD_STATE       /var/lib/holdfast)
set(BOARD_WATCHDOG    "")
set(BOARD_LED         "")
set(BOARD_GPIO        "")
set(BOARD_I2C         "")
set(BOARD_TEMPERATURE "")
set(BOARD_BOOT        other)
set(BOARD_KERNEL      "")
set(BOARD_QEMU_USER   "qemu-riscv64-static -cpu rv64")
set(BOARD_QEMU_SYSTEM "")
