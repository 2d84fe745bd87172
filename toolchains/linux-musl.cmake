# What the toolchain files share: Debian's GCC, our musl, static PIE.
#
# The file that includes this one has set
#   HOLDFAST_TRIPLE     names the toolchain and its musl, e.g. armv6-linux-musleabi
#   HOLDFAST_GCC        prefix of the compiler's programs, e.g. arm-linux-gnueabi
#   HOLDFAST_CPU_FLAGS  list: which instructions the boards understand
#   HOLDFAST_LINK_FLAGS list, may be left out: what else the linker must know
#   HOLDFAST_PACKAGES   may be left out: the group of toolchains/packages that has the compiler; build
#
# Include and library paths are given by hand. GCC's specs would be shorter, but its -static-pie
# still names a dynamic linker on 32-bit ARM.
include("${CMAKE_CURRENT_LIST_DIR}/musl.cmake")

set(CMAKE_SYSTEM_NAME Linux)
string(REGEX MATCH "^[^-]+" CMAKE_SYSTEM_PROCESSOR "${HOLDFAST_TRIPLE}")
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)

if(NOT HOLDFAST_PACKAGES)
  set(HOLDFAST_PACKAGES build)
endif()
foreach(tool IN ITEMS gcc gcc-ar gcc-ranlib objcopy strip)
  find_program(HOLDFAST_${tool} NAMES ${HOLDFAST_GCC}-${tool} NO_CACHE)
  if(NOT HOLDFAST_${tool})
    message(FATAL_ERROR "${HOLDFAST_GCC}-${tool} is not installed: run toolchains/packages ${HOLDFAST_PACKAGES}")
  endif()
endforeach()
set(CMAKE_C_COMPILER "${HOLDFAST_gcc}")
# GCC's own wrappers: the plain ones cannot read objects that wait for link-time optimisation.
set(CMAKE_AR "${HOLDFAST_gcc-ar}" CACHE FILEPATH "")
set(CMAKE_RANLIB "${HOLDFAST_gcc-ranlib}" CACHE FILEPATH "")
set(CMAKE_OBJCOPY "${HOLDFAST_objcopy}" CACHE FILEPATH "")
set(CMAKE_STRIP "${HOLDFAST_strip}" CACHE FILEPATH "")

holdfast_musl(HOLDFAST_MUSL_ROOT ${HOLDFAST_TRIPLE} ${HOLDFAST_GCC} ${HOLDFAST_CPU_FLAGS})
set(CMAKE_FIND_ROOT_PATH "${HOLDFAST_MUSL_ROOT}")

execute_process(COMMAND "${CMAKE_C_COMPILER}" -print-file-name=include
  OUTPUT_VARIABLE HOLDFAST_GCC_INCLUDE OUTPUT_STRIP_TRAILING_WHITESPACE)
list(JOIN HOLDFAST_CPU_FLAGS " " CMAKE_C_FLAGS_INIT)
string(APPEND CMAKE_C_FLAGS_INIT
  " -nostdinc -isystem ${HOLDFAST_MUSL_ROOT}/include -isystem ${HOLDFAST_GCC_INCLUDE}"
  " -idirafter ${HOLDFAST_MUSL_ROOT}/kernel-include -fPIE")

# -z text refuses relocations in code: without it a mistake in one object makes the whole of the
# code writable at start. -pie goes to the linker directly, see above.
string(CONCAT CMAKE_EXE_LINKER_FLAGS_INIT
  "-nostdlib -static -Wl,-pie -Wl,--no-dynamic-linker -Wl,-z,text"
  " ${HOLDFAST_MUSL_ROOT}/lib/rcrt1.o")
if(HOLDFAST_LINK_FLAGS)
  list(JOIN HOLDFAST_LINK_FLAGS " " flags)
  string(APPEND CMAKE_EXE_LINKER_FLAGS_INIT " ${flags}")
endif()
set(CMAKE_C_STANDARD_LIBRARIES
  "-Wl,--start-group ${HOLDFAST_MUSL_ROOT}/lib/libc.a -lgcc -Wl,--end-group")
