# The toolchain of an Android NDK, whose folder $ANDROID_NDK names. $SOTTO_ANDROID_PREFIX is where the
# libraries are installed that Sotto is linked with: docs/devices.md.
set(ndk_toolchain "$ENV{ANDROID_NDK}/build/cmake/android.toolchain.cmake")
if(NOT EXISTS "${ndk_toolchain}")
  message(FATAL_ERROR "ANDROID_NDK: expected the folder of an Android NDK, found \"$ENV{ANDROID_NDK}\"")
endif()
set(ANDROID_ABI arm64-v8a)
set(ANDROID_PLATFORM android-34)
set(ANDROID_STL c++_static)
list(APPEND CMAKE_FIND_ROOT_PATH "$ENV{SOTTO_ANDROID_PREFIX}")
set(ENV{PKG_CONFIG_LIBDIR} "$ENV{SOTTO_ANDROID_PREFIX}/lib/pkgconfig")
include("${ndk_toolchain}")
