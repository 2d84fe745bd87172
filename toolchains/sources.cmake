# Pinned sources (toolchains/pins), fetched, patched and unpacked once for all builds.
include_guard(GLOBAL)

if(DEFINED ENV{HOLDFAST_CACHE} AND NOT "$ENV{HOLDFAST_CACHE}" STREQUAL "")
  set(HOLDFAST_CACHE "$ENV{HOLDFAST_CACHE}")
elseif(DEFINED ENV{XDG_CACHE_HOME} AND NOT "$ENV{XDG_CACHE_HOME}" STREQUAL "")
  set(HOLDFAST_CACHE "$ENV{XDG_CACHE_HOME}/holdfast")
else()
  set(HOLDFAST_CACHE "$ENV{HOME}/.cache/holdfast")
endif()
set(HOLDFAST_TOOLCHAINS "${CMAKE_CURRENT_LIST_DIR}")

# holdfast_run(<what it is, for the error message> <command>...)
# A command that must succeed; its output is shown only when it does not.
function(holdfast_run what)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${what} failed (${status}):\n${output}")
  endif()
endfunction()

# holdfast_source(<pin> <out-variable>)
# Sets the variable to the folder of the unpacked source, with the series of <pin>-patches applied
# when toolchains/pins has one. The folder is shared by all builds: nothing may write to it.
function(holdfast_source pin out)
  set(archives ${pin})
  file(STRINGS "${HOLDFAST_TOOLCHAINS}/pins" patches REGEX "^${pin}-patches ")
  if(patches)
    list(APPEND archives ${pin}-patches)
  endif()
  execute_process(COMMAND "${HOLDFAST_TOOLCHAINS}/fetch" ${archives}
    RESULT_VARIABLE status OUTPUT_VARIABLE paths OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${pin} could not be fetched: see above")
  endif()
  string(REPLACE "\n" ";" paths "${paths}")

  # What the folder holds is in its name, so a new pin or patch revision is a new folder.
  set(key "")
  foreach(path IN LISTS paths)
    file(SHA256 "${path}" hash)
    string(APPEND key ${hash})
  endforeach()
  string(SHA256 key "${key}")
  string(SUBSTRING "${key}" 0 12 key)
  set(folder "${HOLDFAST_CACHE}/sources/${pin}-${key}")

  file(LOCK "${HOLDFAST_CACHE}/locks/${pin}-${key}" GUARD FUNCTION TIMEOUT 600)
  if(NOT EXISTS "${folder}")
    holdfast_unpack("${folder}" ${paths})
  endif()
  set(${out} "${folder}" PARENT_SCOPE)
endfunction()

# Unpacks the source archive (and applies the patches of the second one), then renames it into place.
function(holdfast_unpack folder source)
  set(work "${folder}.unpacking")
  file(REMOVE_RECURSE "${work}")
  file(ARCHIVE_EXTRACT INPUT "${source}" DESTINATION "${work}")
  file(GLOB top "${work}/*")
  foreach(patches IN LISTS ARGN)
    file(ARCHIVE_EXTRACT INPUT "${patches}" DESTINATION "${work}/patches")
    file(STRINGS "${work}/patches/debian/patches/series" series REGEX "^[^#]")
    foreach(patch IN LISTS series)
      string(STRIP "${patch}" patch)
      holdfast_run("applying ${patch}"
        patch -d "${top}" -p1 --batch --forward --quiet -i "${work}/patches/debian/patches/${patch}")
    endforeach()
  endforeach()
  file(RENAME "${top}" "${folder}")
  file(REMOVE_RECURSE "${work}")
endfunction()
