# What `cmake --install` gives: binaries, headers, the library, a CMake package and a pkg-config file.
