# AArch64 (ARMv8-A): Raspberry Pi 3 and newer with a 64-bit system.
# No outline atomics: their run-time choice needs code in libgcc that asks glibc for the CPU.
set(HOLDFAST_TRIPLE aarch64-linux-musl)
set(HOLDFAST_GCC aarch64-linux-gnu)
set(HOLDFAST_CPU_FLAGS -march=armv8-a -mno-outline-atomics)
include("${CMAKE_CURRENT_LIST_DIR}/linux-musl.cmake")
