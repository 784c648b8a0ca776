# Everything here comes from the distribution's packages; tools/setup/packages.sh installs them.
if(SOTTO_STATIC)
  set(CMAKE_FIND_LIBRARY_SUFFIXES .a)
endif()
find_package(PkgConfig REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(ZLIB REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
pkg_check_modules(PCRE2 REQUIRED IMPORTED_TARGET libpcre2-8)
pkg_check_modules(DEFLATE REQUIRED IMPORTED_TARGET libdeflate)
find_path(KISSFFT_INCLUDE_DIRS kissfft.hh PATH_SUFFIXES kissfft REQUIRED)
# Not find_package(flatbuffers): Debian's own configuration names a static library that is not needed.
find_program(FLATC flatc REQUIRED)
find_path(FLATBUFFERS_INCLUDE_DIR flatbuffers/flatbuffers.h REQUIRED)

if(BUILD_TESTING)
  find_package(GTest REQUIRED)
endif()
if(SOTTO_MEDIA)
  pkg_check_modules(FFMPEG REQUIRED IMPORTED_TARGET libavformat libavcodec libswresample libavutil)
endif()

if(SOTTO_CPU OR SOTTO_SIMULATOR)
  pkg_check_modules(HWY REQUIRED IMPORTED_TARGET libhwy)
  find_package(Threads REQUIRED)
endif()
if(SOTTO_CPU)
  # Not find_package(dnnl): Debian's own configuration asks for OpenCL's headers, which nothing here uses.
  find_path(DNNL_INCLUDE_DIR oneapi/dnnl/dnnl.hpp REQUIRED)
  find_library(DNNL_LIBRARY dnnl REQUIRED)
  add_library(DNNL::dnnl UNKNOWN IMPORTED)
  set_target_properties(DNNL::dnnl PROPERTIES
    IMPORTED_LOCATION "${DNNL_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${DNNL_INCLUDE_DIR}")
endif()

if(SOTTO_TORCHSCRIPT)
  find_package(Torch QUIET)
  if(NOT Torch_FOUND)
    message(STATUS "libtorch not found: the torchscript back end is left out")
    set(SOTTO_TORCHSCRIPT OFF)
  endif()
endif()

# The threads that oneDNN and libtorch compute with.
if(SOTTO_CPU OR SOTTO_TORCHSCRIPT)
  find_package(OpenMP REQUIRED)
endif()
