# `cmake --install`, and find_package(picoctl) for programs on the Pi.
if(NOT CMAKE_INSTALL_LIBDIR)
  include(GNUInstallDirs)
endif()
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/picoctl)
install(TARGETS picoctl_link picoctl_commands picoctl_socket picoctl_controller
  EXPORT picoctlTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT picoctlTargets NAMESPACE picoctl:: DESTINATION ${package_dir})
foreach(folder link commands socket controller)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/${folder}/include/picoctl
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.hpp" PATTERN "*.def")
endforeach()

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/picoctlConfig.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/picoctlConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/picoctlConfigVersion.cmake
  VERSION ${PROJECT_VERSION} COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/picoctlConfig.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/picoctlConfigVersion.cmake DESTINATION ${package_dir})
