# Finds the agreed packages and sets what every target shares: warnings, sanitizers, ccache, lld.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(Protobuf REQUIRED)
find_package(absl REQUIRED)
find_package(gflags REQUIRED)
find_package(Boost 1.74 REQUIRED)
pkg_check_modules(GLOG REQUIRED IMPORTED_TARGET libglog)
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

# -O2 rather than CMake's -O3: it builds faster.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")

add_compile_options(-Wall -Wextra -Wno-unused-parameter -fno-omit-frame-pointer)
if(MESOS_SANITIZE)
  add_compile_options(-fsanitize=${MESOS_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${MESOS_SANITIZE})
endif()
