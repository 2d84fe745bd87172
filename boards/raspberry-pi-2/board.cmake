set(BOARD_TRIPLE armv7-linux-musleabihf)
