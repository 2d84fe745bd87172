set(BOARD_TRIPLE armv6-linux-musleabi)
