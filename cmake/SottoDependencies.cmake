#Everything here comes from the distribution's packages; tools/setup/packages.sh installs them.
if (SOTTO_STATIC)
set(CMAKE_FIND_LIBRARY_SUFFIXES.a) endif() find_package(PkgConfig REQUIRED) find_package(
    OpenSSL REQUIRED COMPONENTS Crypto) find_package(ZLIB REQUIRED)
    find_package(nlohmann_json REQUIRED) find_package(CLI11 REQUIRED) pkg_check_modules(
        PCRE2 REQUIRED IMPORTED_TARGET libpcre2 -
        8) pkg_check_modules(DEFLATE REQUIRED IMPORTED_TARGET
                                 libdeflate) find_path(KISSFFT_INCLUDE_DIRS kissfft.hh PATH_SUFFIXES
                                                           kissfft REQUIRED)
#Not find_package(flatbuffers) : Debian's own configuration names a static library that is not needed.
        find_program(FLATC flatc REQUIRED) find_path(FLATBUFFERS_INCLUDE_DIR flatbuffers /
                                                     flatbuffers.h REQUIRED)

            if (BUILD_TESTING) find_package(GTest REQUIRED) endif() if (
                SOTTO_MEDIA) pkg_check_modules(FFMPEG REQUIRED IMPORTED_TARGET libavformat
                                                   libavcodec libswresample libavutil) endif()

                if (SOTTO_CPU OR SOTTO_SIMULATOR) find_package(Threads REQUIRED) endif() set(
                    has_neon FALSE) if (CMAKE_SYSTEM_PROCESSOR MATCHES
                                        "^(aarch64|arm64)$") set(has_neon TRUE)
                    endif() if (SOTTO_CPU OR(SOTTO_SIMULATOR AND NOT has_neon)) pkg_check_modules(
                        HWY REQUIRED IMPORTED_TARGET libhwy) endif() if (SOTTO_SIMULATOR)
                        add_library(sotto_simulator_highway INTERFACE) if (has_neon)
#One instruction set is enough there, and for one Highway's headers are.
                            find_path(HWY_INCLUDE_DIR hwy / highway.h REQUIRED)
                                target_include_directories(sotto_simulator_highway SYSTEM INTERFACE
                                                           "${HWY_INCLUDE_DIR}")
                                    target_compile_definitions(sotto_simulator_highway INTERFACE
                                                                   HWY_COMPILE_ONLY_STATIC) else()
                                        target_link_libraries(
                                            sotto_simulator_highway INTERFACE PkgConfig::HWY)
                                            endif() endif() if (SOTTO_TORCHSCRIPT)
                                                find_package(Torch QUIET) if (NOT Torch_FOUND)
                                                    message(STATUS
                                                            "libtorch not found: the torchscript "
                                                            "back end is left out")
                                                        set(SOTTO_TORCHSCRIPT OFF) endif() endif()

#The threads that libtorch computes with.
                                                            if (SOTTO_TORCHSCRIPT)
                                                                find_package(OpenMP REQUIRED)
                                                                    endif()
