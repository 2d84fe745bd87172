# x86-64: any PC or virtual machine; the same static worker as on the boards, handy for measuring.
set(HOLDFAST_TRIPLE x86_64-linux-musl)
set(HOLDFAST_GCC x86_64-linux-gnu)
set(HOLDFAST_CPU_FLAGS -march=x86-64)
include("${CMAKE_CURRENT_LIST_DIR}/linux-musl.cmake")
