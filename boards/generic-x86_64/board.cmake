set(BOARD_TRIPLE x86_64-linux-musl)
