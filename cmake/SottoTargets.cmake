# sotto_library(NAME DEPS ...): one static library per folder, of all its sources.
# A folder links only what docs/architecture.md allows it.

add_library(sotto_options INTERFACE)
target_include_directories(sotto_options INTERFACE "${PROJECT_SOURCE_DIR}/src")
target_compile_options(sotto_options INTERFACE -Wall -Wextra -Wconversion -Werror)
set(SOTTO_HARDENED 0)
if(NOT CMAKE_BUILD_TYPE STREQUAL "Debug" AND NOT SOTTO_SANITIZE)
  set(SOTTO_HARDENED 1)
  # What turns an overflow that nobody foresaw into an end of the program. FORTIFY needs an optimizer,
  # and the sanitizers see more than it does.
  target_compile_options(sotto_options INTERFACE
    -fstack-protector-strong -fstack-clash-protection -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
endif()
target_link_options(sotto_options INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack)
if(SOTTO_STATIC)
  # The compiler's own libraries too; and of all of them only what is called.
  target_compile_options(sotto_options INTERFACE -ffunction-sections -fdata-sections)
  target_link_options(sotto_options INTERFACE -static-libstdc++ -static-libgcc -Wl,--gc-sections)
endif()
if(SOTTO_SANITIZE STREQUAL "address")
  set(sanitizers address,undefined)
elseif(SOTTO_SANITIZE MATCHES "^(undefined|thread)$")
  set(sanitizers ${SOTTO_SANITIZE})
elseif(SOTTO_SANITIZE)
  message(FATAL_ERROR "SOTTO_SANITIZE: expected OFF, address, undefined or thread, found ${SOTTO_SANITIZE}")
endif()
if(SOTTO_SANITIZE)
  target_compile_options(sotto_options INTERFACE
    -fsanitize=${sanitizers} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(sotto_options INTERFACE -fsanitize=${sanitizers})
endif()
if(SOTTO_FUZZ)
  target_compile_options(sotto_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

function(sotto_library name)
  cmake_parse_arguments(ARG "" "" "DEPS;PRIVATE_DEPS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
  if(NOT sources)
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE sotto_options ${ARG_DEPS})
    return()
  endif()
  add_library(${name} STATIC ${sources})
  target_link_libraries(${name} PUBLIC sotto_options ${ARG_DEPS} PRIVATE ${ARG_PRIVATE_DEPS})
endfunction()

# sotto_unoptimized(TARGET): code in which no time is spent when it runs, but most of it when sanitizers
# instrument it. What it calls is optimized.
function(sotto_unoptimized target)
  if(SOTTO_SANITIZE)
    target_compile_options(${target} PRIVATE -O0)
  endif()
endfunction()

# sotto_test(LABEL DEPS ... [WITHOUT FILE...]): one test program of all test_*.cpp in this folder but those that it
# is to be without; its tests carry LABEL.
function(sotto_test label)
  cmake_parse_arguments(ARG "" "" "DEPS;WITHOUT" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/test_*.cpp")
  list(TRANSFORM ARG_WITHOUT PREPEND "${CMAKE_CURRENT_SOURCE_DIR}/")
  list(REMOVE_ITEM sources ${ARG_WITHOUT})
  if(NOT sources)
    return()
  endif()
  add_executable(test_${label} ${sources})
  target_link_libraries(test_${label} PRIVATE ${ARG_DEPS} sotto_test_support GTest::gtest GTest::gmock GTest::gtest_main)
  sotto_unoptimized(test_${label})
  gtest_discover_tests(test_${label} PROPERTIES LABELS ${label} DISCOVERY_MODE PRE_TEST
    WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
endfunction()
