# How everything is compiled, and the helpers that our own targets are made with.
include("${CMAKE_CURRENT_LIST_DIR}/sources.cmake")

set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}")
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_EXTENSIONS OFF)

# A build for this machine makes the manager and the tests too; one with a toolchain only the worker.
if(CMAKE_CROSSCOMPILING OR HOLDFAST_TRIPLE)
  set(HOLDFAST_HOST OFF)
else()
  set(HOLDFAST_HOST ON)
endif()
if(NOT HOLDFAST_BOARD)
  set(HOLDFAST_BOARD "host")
endif()

# The time a certificate is never judged before. From the commit, not the clock, so that the same
# sources make the same bytes; to the day, so that a commit does not recompile everything.
if(DEFINED ENV{SOURCE_DATE_EPOCH})
  set(HOLDFAST_BUILD_EPOCH "$ENV{SOURCE_DATE_EPOCH}")
else()
  execute_process(COMMAND git -C "${CMAKE_SOURCE_DIR}" log -1 --format=%ct
    OUTPUT_VARIABLE HOLDFAST_BUILD_EPOCH OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(NOT HOLDFAST_BUILD_EPOCH)
    file(TIMESTAMP "${CMAKE_SOURCE_DIR}/CMakeLists.txt" HOLDFAST_BUILD_EPOCH "%s" UTC)
  endif()
  math(EXPR HOLDFAST_BUILD_EPOCH "${HOLDFAST_BUILD_EPOCH} / 86400 * 86400")
endif()

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_C_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER "${CCACHE}")
endif()

# --- every object, third-party code included ---

set(no_build_paths
  "-ffile-prefix-map=${CMAKE_SOURCE_DIR}=." "-ffile-prefix-map=${CMAKE_BINARY_DIR}=build"
  "-ffile-prefix-map=${HOLDFAST_CACHE}=cache")
add_compile_options(-pipe -fstack-protector-strong -fno-strict-aliasing ${no_build_paths})
add_link_options(-Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,--build-id=sha1)
if(HOLDFAST_HOST)
  set(CMAKE_POSITION_INDEPENDENT_CODE ON)
  set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g")
  if(HOLDFAST_SANITIZE)
    add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all
      -fno-omit-frame-pointer)
    add_link_options(-fsanitize=address,undefined)
  else()
    add_compile_options(-D_FORTIFY_SOURCE=2)
  endif()
else()
  set(CMAKE_C_FLAGS_MINSIZEREL "-Os -g -DNDEBUG")
  # Link-time optimisation compiles at the link, so the link is told the same.
  set(small -flto=auto -flto-partition=one -ffunction-sections -fdata-sections
    -fno-unwind-tables -fno-asynchronous-unwind-tables)
  add_compile_options(${small} -fno-fat-lto-objects)
  set(HOLDFAST_CODE_ORDER "${CMAKE_CURRENT_LIST_DIR}/code_order.ld")
  add_link_options(${small} -Os -g ${no_build_paths} -Wl,--gc-sections)
endif()

# --- our own code ---

add_library(holdfast_own INTERFACE)
target_compile_options(holdfast_own INTERFACE
  ${HOLDFAST_OWN_FLAGS} -Wall -Wextra -Wconversion -Wshadow -Wvla -Wswitch-enum -Werror)
target_include_directories(holdfast_own INTERFACE "${CMAKE_SOURCE_DIR}/firmware")
target_compile_definitions(holdfast_own INTERFACE _GNU_SOURCE
  "HOLDFAST_VERSION=\"${PROJECT_VERSION}\"" "HOLDFAST_BOARD=\"${HOLDFAST_BOARD}\""
  HOLDFAST_BUILD_EPOCH=${HOLDFAST_BUILD_EPOCH})

# holdfast_library(<target> FOLDERS <folder>... [EXCEPT <pattern>] [LINK <target>...] [USES <target>...])
# A static library of every .c in those folders but those whose path matches the pattern. LINK is
# what its headers show, USES what they hide.
function(holdfast_library target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "EXCEPT" "FOLDERS;LINK;USES")
  list(TRANSFORM arg_FOLDERS APPEND "/*.c")
  file(GLOB sources RELATIVE "${CMAKE_CURRENT_SOURCE_DIR}" CONFIGURE_DEPENDS ${arg_FOLDERS})
  if(arg_EXCEPT)
    list(FILTER sources EXCLUDE REGEX "${arg_EXCEPT}")
  endif()
  if(sources)
    add_library(${target} STATIC ${sources})
    target_link_libraries(${target} PUBLIC ${arg_LINK} PRIVATE holdfast_own ${arg_USES})
  else()
    add_library(${target} INTERFACE)
    target_link_libraries(${target} INTERFACE ${arg_LINK})
  endif()
endfunction()

# holdfast_strip(<executable>)
# Leaves the program without symbols and puts them beside it, where a debugger finds them.
function(holdfast_strip target)
  add_custom_command(TARGET ${target} POST_BUILD
    COMMAND ${CMAKE_OBJCOPY} --only-keep-debug $<TARGET_FILE:${target}> ${target}.debug
    COMMAND ${CMAKE_STRIP} --strip-all $<TARGET_FILE:${target}>
    COMMAND ${CMAKE_OBJCOPY} --remove-section=.comment --add-gnu-debuglink=${target}.debug
            $<TARGET_FILE:${target}>
    WORKING_DIRECTORY $<TARGET_FILE_DIR:${target}> VERBATIM)
endfunction()
