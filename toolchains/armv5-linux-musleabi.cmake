# ARMv5TE with soft float: every 32-bit ARM board, at the price of speed on the newer ones.
set(HOLDFAST_TRIPLE armv5-linux-musleabi)
set(HOLDFAST_GCC arm-linux-gnueabi)
set(HOLDFAST_CPU_FLAGS -march=armv5te -marm -mfloat-abi=soft)
# Thumb is a third smaller: all is, but musl and the ciphers, hashes and big numbers, which are fast as ARM.
set(HOLDFAST_OWN_FLAGS -mthumb)
include("${CMAKE_CURRENT_LIST_DIR}/linux-musl.cmake")
