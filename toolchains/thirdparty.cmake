# The libraries we build from pinned source, as targets:
#
#   rabbitmq          AMQP 0-9-1 (rabbitmq-c), its own TLS left out
#   rabbitmq_private  the headers beside its sources, for link/tls_socket.c alone: a socket class of
#                     one's own needs amqp_socket.h, which the library does not install
#   mbedtls           TLS, X.509 and cryptography, as mbedtls_config.h says
#   mbedtls_wifi      the cryptography of Wi-Fi, as mbedtls_wifi_config.h says; no program links both
#   cjson             JSON
#
# Other people's code: no warnings, and its headers count as the system's.
include("${CMAKE_CURRENT_LIST_DIR}/sources.cmake")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${HOLDFAST_TOOLCHAINS}/pins")

# holdfast_thirdparty(<target> SOURCES <file>... INCLUDES <folder>... [HOT <pattern>] [HOTTEST <pattern>])
# Sources whose path matches HOT are compiled as the toolchain has it, the others as small as our own
# code; those that match HOTTEST for speed, whatever they grow by.
function(holdfast_thirdparty target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "HOT;HOTTEST" "SOURCES;INCLUDES")
  add_library(${target} STATIC ${arg_SOURCES})
  if(arg_HOTTEST)
    set(hottest ${arg_SOURCES})
    list(FILTER hottest INCLUDE REGEX "${arg_HOTTEST}")
    set_property(SOURCE ${hottest} APPEND PROPERTY COMPILE_OPTIONS -O3)
  endif()
  if(arg_HOT)
    list(FILTER arg_SOURCES EXCLUDE REGEX "${arg_HOT}")
  endif()
  set_property(SOURCE ${arg_SOURCES} APPEND PROPERTY COMPILE_OPTIONS ${HOLDFAST_OWN_FLAGS})
  target_compile_options(${target} PRIVATE -w)
  target_include_directories(${target} SYSTEM PUBLIC ${arg_INCLUDES})
  set_target_properties(${target} PROPERTIES C_EXTENSIONS ON C_CLANG_TIDY "" EXPORT_COMPILE_COMMANDS OFF
    ARCHIVE_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/thirdparty")
endfunction()

# holdfast_only_methods(<variable> <function> <method>...)
# Leaves, in the generated source that the variable holds, no cases but these in that function of
# amqp_framing.c; the others end where unknown methods do, in AMQP_STATUS_UNKNOWN_METHOD.
function(holdfast_only_methods variable function)
  set(text "${${variable}}")
  string(FIND "${text}" "int ${function}(" at)
  if(at LESS 0)
    message(FATAL_ERROR "amqp_framing.c has no ${function}: see toolchains/thirdparty.cmake")
  endif()
  string(SUBSTRING "${text}" 0 ${at} done)
  string(SUBSTRING "${text}" ${at} -1 text)
  string(FIND "${text}" "\n}\n" end)
  string(SUBSTRING "${text}" ${end} -1 rest)
  string(SUBSTRING "${text}" 0 ${end} text)
  set(found 0)
  while(TRUE)
    string(FIND "${text}" "    case AMQP_" at)
    if(at LESS 0)
      break()
    endif()
    string(SUBSTRING "${text}" 0 ${at} before)
    string(SUBSTRING "${text}" ${at} -1 text)
    string(FIND "${text}" "\n    }\n" end)
    math(EXPR end "${end} + 7")
    string(SUBSTRING "${text}" 0 ${end} case)
    string(SUBSTRING "${text}" ${end} -1 text)
    string(APPEND done "${before}")
    string(REGEX MATCH "^    case AMQP_([A-Z_]+)_METHOD: {" head "${case}")
    if("${CMAKE_MATCH_1}" IN_LIST ARGN)
      string(APPEND done "${case}")
      math(EXPR found "${found} + 1")
    endif()
  endwhile()
  list(LENGTH ARGN wanted)
  if(NOT found EQUAL wanted)
    message(FATAL_ERROR "${function} has ${found} of the ${wanted} methods wanted: see toolchains/thirdparty.cmake")
  endif()
  set(${variable} "${done}${text}${rest}" PARENT_SCOPE)
endfunction()

holdfast_source(rabbitmq-c source)
set(generated "${CMAKE_BINARY_DIR}/thirdparty/rabbitmq-c")
file(CONFIGURE OUTPUT "${generated}/config.h" CONTENT [[
#define HAVE_POLL
#define AMQ_PLATFORM "Linux"
]])
file(CONFIGURE OUTPUT "${generated}/rabbitmq-c/export.h" CONTENT [[
#ifndef RABBITMQ_C_EXPORT_H
#define RABBITMQ_C_EXPORT_H
#define AMQP_EXPORT
#define AMQP_NO_EXPORT
#define AMQP_DEPRECATED __attribute__((__deprecated__))
#define AMQP_DEPRECATED_EXPORT AMQP_DEPRECATED
#define AMQP_DEPRECATED_NO_EXPORT AMQP_DEPRECATED
#endif
]])
set(parts api connection consumer mem socket table tcp_socket time url)
list(TRANSFORM parts REPLACE "(.+)" "${source}/librabbitmq/amqp_\\1.c")
file(READ "${source}/librabbitmq/amqp_framing.c" text)
# Property flags are words of 16 bits, each of which says whether another follows. It shifts them
# into 32 bits, however many there are, as an int: what C does not define.
set(shift "    flags |= (partial_flags << (flagword_index * 16));\n")
string(FIND "${text}" "${shift}" at)
if(at LESS 0)
  message(FATAL_ERROR "amqp_framing.c reads property flags otherwise: see toolchains/thirdparty.cmake")
endif()
string(REPLACE "${shift}" "    if (flagword_index > 1) return AMQP_STATUS_BAD_AMQP_DATA;
    flags |= (amqp_flags_t)partial_flags << (flagword_index * 16);\n" text "${text}")
if(NOT HOLDFAST_HOST)
  # A board answers for few of the protocol's 66 methods, and code for the others is 3 % of it.
  holdfast_only_methods(text amqp_decode_method
    CONNECTION_START CONNECTION_TUNE CONNECTION_OPEN_OK
    CONNECTION_CLOSE CONNECTION_CLOSE_OK CONNECTION_BLOCKED CONNECTION_UNBLOCKED
    CHANNEL_OPEN_OK CHANNEL_FLOW CHANNEL_CLOSE CHANNEL_CLOSE_OK
    BASIC_QOS_OK BASIC_CONSUME_OK BASIC_CANCEL BASIC_CANCEL_OK BASIC_RETURN BASIC_DELIVER
    BASIC_ACK BASIC_NACK CONFIRM_SELECT_OK)
  holdfast_only_methods(text amqp_encode_method
    CONNECTION_START_OK CONNECTION_TUNE_OK CONNECTION_OPEN CONNECTION_CLOSE CONNECTION_CLOSE_OK
    CHANNEL_OPEN CHANNEL_FLOW_OK CHANNEL_CLOSE_OK CONFIRM_SELECT
    BASIC_QOS BASIC_CONSUME BASIC_CANCEL BASIC_CANCEL_OK BASIC_PUBLISH BASIC_ACK BASIC_REJECT)
endif()
file(CONFIGURE OUTPUT "${generated}/amqp_framing.c" CONTENT "${text}" @ONLY)
list(APPEND parts "${generated}/amqp_framing.c")
holdfast_thirdparty(rabbitmq SOURCES ${parts} INCLUDES "${source}/include" "${generated}")
target_include_directories(rabbitmq PRIVATE "${source}/librabbitmq")
target_compile_definitions(rabbitmq PUBLIC AMQP_STATIC PRIVATE HAVE_CONFIG_H _GNU_SOURCE)
add_library(rabbitmq_private INTERFACE)
target_include_directories(rabbitmq_private SYSTEM INTERFACE "${source}/librabbitmq" "${generated}")
target_compile_definitions(rabbitmq_private INTERFACE HAVE_CONFIG_H)

holdfast_source(mbedtls source)
file(GLOB parts "${source}/library/*.c")
set(HOLDFAST_MBEDTLS_HOT
  "/(aes.*|bignum.*|chacha.*|constant_time|ecp.*|gcm|md5|poly1305|sha.*)\\.c$")
holdfast_thirdparty(mbedtls SOURCES ${parts} INCLUDES "${source}/include" "${HOLDFAST_TOOLCHAINS}"
  HOT "${HOLDFAST_MBEDTLS_HOT}" HOTTEST "/(aesce|aesni)\\.c$")
# In angle brackets: in quotes it would find the library's own file of that name.
target_compile_definitions(mbedtls PUBLIC "MBEDTLS_CONFIG_FILE=<mbedtls_config.h>"
  $<$<BOOL:${HOLDFAST_HOST}>:HOLDFAST_HOST>)
set(parts aes cipher cipher_wrap constant_time md nist_kw platform platform_util sha1)
list(TRANSFORM parts REPLACE "(.+)" "${source}/library/\\1.c")
holdfast_thirdparty(mbedtls_wifi SOURCES ${parts} INCLUDES "${source}/include" "${HOLDFAST_TOOLCHAINS}")
target_compile_definitions(mbedtls_wifi PUBLIC "MBEDTLS_CONFIG_FILE=<mbedtls_wifi_config.h>")

holdfast_source(cjson source)
holdfast_thirdparty(cjson SOURCES "${source}/cJSON.c" INCLUDES "${source}")
if(HOLDFAST_HOST)
  target_link_libraries(cjson PUBLIC m)
endif()
