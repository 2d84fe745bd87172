# The toolchain file of every board preset: HOLDFAST_BOARD names a folder of boards/, whose
# board.cmake names the toolchain.
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES HOLDFAST_BOARD)
set(HOLDFAST_BOARD_FILE "${CMAKE_CURRENT_LIST_DIR}/../boards/${HOLDFAST_BOARD}/board.cmake")
if(NOT HOLDFAST_BOARD OR NOT EXISTS "${HOLDFAST_BOARD_FILE}")
  file(GLOB known RELATIVE "${CMAKE_CURRENT_LIST_DIR}/../boards"
    "${CMAKE_CURRENT_LIST_DIR}/../boards/*/board.cmake")
  list(TRANSFORM known REPLACE "/board.cmake" "")
  list(JOIN known ", " known)
  message(FATAL_ERROR "No board '${HOLDFAST_BOARD}': ${HOLDFAST_BOARD_FILE} does not exist.\n"
    "Known boards: ${known}. boards/README.md says how to add one.")
endif()
include("${HOLDFAST_BOARD_FILE}")
include("${CMAKE_CURRENT_LIST_DIR}/${BOARD_TRIPLE}.cmake")
