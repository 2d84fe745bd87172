# 64-bit RISC-V as Linux distributions expect it: RV64GC, doubles in registers.
set(HOLDFAST_TRIPLE riscv64-linux-musl)
set(HOLDFAST_GCC riscv64-linux-gnu)
set(HOLDFAST_CPU_FLAGS -march=rv64gc -mabi=lp64d)
# Its compiler is in a package group of its own, which the others do not wait for.
set(HOLDFAST_PACKAGES riscv64)
include("${CMAKE_CURRENT_LIST_DIR}/linux-musl.cmake")
