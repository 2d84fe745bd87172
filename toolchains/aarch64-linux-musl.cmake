# AArch64 (ARMv8-A): Raspberry Pi 3 and newer with a 64-bit system.
# No outline atomics: their run-time choice needs code in libgcc that asks glibc for the CPU.
set(HOLDFAST_TRIPLE aarch64-linux-musl)
set(HOLDFAST_GCC aarch64-linux-gnu)
# Tiny code model: a program of less than 1 MB reaches all of its data with one instruction, not two.
set(HOLDFAST_CPU_FLAGS -march=armv8-a -mno-outline-atomics -mcmodel=tiny)
# Raspberry Pi kernels have pages of 4 KB, on a Pi 5 of 16 KB. The linker's default suits 64 KB too, which
# only server systems use, and pads the file by up to that much.
set(HOLDFAST_LINK_FLAGS -Wl,-z,max-page-size=16384)
include("${CMAKE_CURRENT_LIST_DIR}/linux-musl.cmake")
