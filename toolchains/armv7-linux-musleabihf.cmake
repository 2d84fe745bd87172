# ARMv7-A with VFPv3-D16: Raspberry Pi 2 and newer with a 32-bit system, BeagleBone, i.MX6, Allwinner H3.
# Thumb-2 code, a third smaller than ARM code.
set(HOLDFAST_TRIPLE armv7-linux-musleabihf)
set(HOLDFAST_GCC arm-linux-gnueabihf)
set(HOLDFAST_CPU_FLAGS -march=armv7-a -mthumb -mfpu=vfpv3-d16 -mfloat-abi=hard)
include("${CMAKE_CURRENT_LIST_DIR}/linux-musl.cmake")
