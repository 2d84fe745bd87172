# ARMv6: Raspberry Pi 1 and Zero (ARM1176).
# Debian's armel compiler, since the libgcc of its armhf compiler is ARMv7 code and dies here. Soft
# float: a static program is alone with its calling convention, and the worker does little arithmetic.
set(HOLDFAST_TRIPLE armv6-linux-musleabi)
set(HOLDFAST_GCC arm-linux-gnueabi)
set(HOLDFAST_CPU_FLAGS -march=armv6 -marm -mfloat-abi=soft)
# Thumb is a third smaller: all is, but musl and the ciphers, hashes and big numbers, which are fast as ARM.
set(HOLDFAST_OWN_FLAGS -mthumb)
include("${CMAKE_CURRENT_LIST_DIR}/linux-musl.cmake")
