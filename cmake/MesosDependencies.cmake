# Finds the agreed packages and sets what every target shares: warnings, sanitizers, ccache, lld.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(Protobuf REQUIRED)
find_package(absl REQUIRED)
find_package(gflags REQUIRED)
find_package(Boost 1.74 REQUIRED)
pkg_check_modules(GLOG REQUIRED IMPORTED_TARGET libglog)
pkg_check_modules(PROMETHEUS REQUIRED IMPORTED_TARGET prometheus-cpp-core)
if(MESOS_WITH_GRPC)
  find_package(gRPC CONFIG REQUIRED)
endif()

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
find_program(LLD ld.lld)
if(LLD)
  add_link_options(-fuse-ld=lld)
endif()

# Several sources of a target are compiled as one: most of a compile is headers and templates, which then cost once.
# A source that cannot share (a `using` that differs, say) stands alone by SKIP_UNITY_BUILD_INCLUSION.
set(CMAKE_UNITY_BUILD ON)
set(CMAKE_UNITY_BUILD_BATCH_SIZE 10)

# -O2 rather than CMake's -O3: it builds faster.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
# What the sanitizers run: it tells file and line, and debug checks hold.
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O1 -g1")

add_compile_options(-Wall -Wextra -Wno-unused-parameter -fno-omit-frame-pointer)
if(MESOS_SANITIZE)
  add_compile_options(-fsanitize=${MESOS_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${MESOS_SANITIZE})
endif()
