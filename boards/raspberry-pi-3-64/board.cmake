set(BOARD_TRIPLE aarch64-linux-musl)
