# What `cmake --install` gives: programs, headers, libmesos, a CMake package and a pkg-config file.
#
#   find_package(mesos REQUIRED)
#   target_link_libraries(my_framework PRIVATE mesos::mesos)
#
#   c++ my_framework.cc $(pkg-config --cflags --libs mesos)
#
# Everything finds everything else relative to itself, so that the tree can be moved.
if(NOT MESOS_WITH_GRPC)
  return()
endif()
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(MESOS_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/mesos)

# Headers: the public interface, and the messages it speaks.
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/mesos DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING PATTERN "*.h")
install(DIRECTORY ${PROJECT_BINARY_DIR}/proto/mesos DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING PATTERN "*.pb.h" PATTERN "CMakeFiles" EXCLUDE)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/proto/mesos DESTINATION ${CMAKE_INSTALL_DATADIR}/mesos/proto
        FILES_MATCHING PATTERN "*.proto")

# The library and its CMake package.
install(TARGETS mesos EXPORT mesosTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT programs)
install(EXPORT mesosTargets NAMESPACE mesos:: DESTINATION ${MESOS_PACKAGE_DIR})
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/mesosConfig.cmake.in
                              ${PROJECT_BINARY_DIR}/mesosConfig.cmake
                              INSTALL_DESTINATION ${MESOS_PACKAGE_DIR})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/mesosConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/mesosConfig.cmake ${PROJECT_BINARY_DIR}/mesosConfigVersion.cmake
        DESTINATION ${MESOS_PACKAGE_DIR})

# pkg-config; the prefix is told from the file's own place.
file(RELATIVE_PATH MESOS_PC_PREFIX /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(${PROJECT_SOURCE_DIR}/cmake/mesos.pc.in ${PROJECT_BINARY_DIR}/mesos.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/mesos.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# Programs, which by themselves are the component `programs`. The examples link libmesos and find it beside them.
set(MESOS_EXAMPLES demo_framework self_check_framework long_lived_framework custom_executor_framework
                   example_executor)
file(RELATIVE_PATH MESOS_BIN_TO_LIB /${CMAKE_INSTALL_BINDIR} /${CMAKE_INSTALL_LIBDIR})
set_target_properties(${MESOS_EXAMPLES} PROPERTIES INSTALL_RPATH "$ORIGIN/${MESOS_BIN_TO_LIB}")
install(TARGETS mesos-master mesos-agent mesos-launcher mesos-execute ${MESOS_EXAMPLES}
        RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT programs)

# Units of systemd and the user that they name; and the files that give the daemons their flags, to be copied to
# /etc/mesos. See docs/deploy.md.
install(FILES ${PROJECT_SOURCE_DIR}/dist/systemd/mesos-master.service ${PROJECT_SOURCE_DIR}/dist/systemd/mesos-agent.service
        DESTINATION lib/systemd/system)
install(FILES ${PROJECT_SOURCE_DIR}/dist/systemd/mesos.sysusers DESTINATION lib/sysusers.d RENAME mesos.conf)
install(FILES ${PROJECT_SOURCE_DIR}/dist/systemd/master.env ${PROJECT_SOURCE_DIR}/dist/systemd/agent.env
        DESTINATION ${CMAKE_INSTALL_DATADIR}/mesos/etc)
