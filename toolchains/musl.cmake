# Builds the pinned musl for a triple, once: about 20 s on two cores, then it is in the cache.
include_guard(GLOBAL)
include("${CMAKE_CURRENT_LIST_DIR}/sources.cmake")

# holdfast_musl(<out-variable> <triple> <gcc prefix> <CPU flags>...)
# Sets the variable to a folder with
#   include/         musl's headers
#   lib/             libc.a and rcrt1.o (the start file of a static PIE)
#   kernel-include/  linux/, asm/ and asm-generic/ of the distribution's kernel headers, and no more
function(holdfast_musl out triple gcc)
  set(flags ${ARGN} -Os -pipe -fPIE -fstack-protector-strong -ffunction-sections -fdata-sections
    -fno-unwind-tables -fno-asynchronous-unwind-tables)
  holdfast_source(musl source)
  cmake_path(GET source FILENAME version)
  file(SHA256 "${CMAKE_CURRENT_FUNCTION_LIST_FILE}" recipe)
  string(SHA256 key "${version} ${gcc} ${flags} ${recipe}")
  string(SUBSTRING "${key}" 0 12 key)
  set(root "${HOLDFAST_CACHE}/musl/${triple}-${key}")

  file(LOCK "${HOLDFAST_CACHE}/locks/${triple}-${key}" GUARD FUNCTION TIMEOUT 900)
  if(NOT EXISTS "${root}")
    message(STATUS "Building musl for ${triple} into ${root} (once)")
    holdfast_build_musl("${root}" "${source}" ${triple} ${gcc} ${flags})
  endif()
  set(${out} "${root}" PARENT_SCOPE)
endfunction()

function(holdfast_build_musl root source triple gcc)
  find_program(make NAMES make REQUIRED NO_CACHE)
  cmake_host_system_information(RESULT cores QUERY NUMBER_OF_LOGICAL_CORES)
  set(work "${root}.building")
  set(stage "${work}/root")
  file(REMOVE_RECURSE "${work}")
  file(MAKE_DIRECTORY "${work}/objects" "${stage}")

  list(JOIN ARGN " " flags)
  holdfast_run("configuring musl for ${triple}"
    ${CMAKE_COMMAND} -E chdir "${work}/objects" "${source}/configure" --target=${triple}
    --prefix=${stage} --syslibdir=${stage}/lib --disable-shared --disable-wrapper
    CC=${gcc}-gcc AR=${gcc}-ar RANLIB=${gcc}-ranlib
    "CFLAGS=${flags} -ffile-prefix-map=${source}=musl")
  holdfast_run("building musl for ${triple}"
    ${make} -C "${work}/objects" -j${cores} install-libs install-headers)
  holdfast_link_kernel_headers("${stage}/kernel-include" ${gcc})

  file(RENAME "${stage}" "${root}")
  file(REMOVE_RECURSE "${work}")
endfunction()

# The whole distribution folder would bring glibc's headers along, so only these three are shown.
function(holdfast_link_kernel_headers folder gcc)
  file(MAKE_DIRECTORY "${folder}")
  foreach(name IN ITEMS linux asm asm-generic)
    unset(found)
    foreach(place IN ITEMS /usr/${gcc}/include /usr/include/${gcc} /usr/include)
      if(NOT found AND EXISTS "${place}/${name}")
        set(found "${place}/${name}")
      endif()
    endforeach()
    if(NOT found)
      message(FATAL_ERROR "No kernel headers (${name}/) for ${gcc}: run toolchains/packages build")
    endif()
    file(CREATE_LINK "${found}" "${folder}/${name}" SYMBOLIC)
  endforeach()
endfunction()
