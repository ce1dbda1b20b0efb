# Install rules of the library and the documents, CMake package, pkg-config file and Debian packages.
include(CMakePackageConfigHelpers)

install(TARGETS limsym_core EXPORT limsym-targets ARCHIVE COMPONENT dev)
install(DIRECTORY libcore/limsym DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT dev
        FILES_MATCHING PATTERN "*.hpp")

set(PACKAGE_FOLDER ${CMAKE_INSTALL_LIBDIR}/cmake/limsym)
install(EXPORT limsym-targets NAMESPACE limsym:: DESTINATION ${PACKAGE_FOLDER} COMPONENT dev)
configure_package_config_file(cmake/limsym-config.cmake.in limsym-config.cmake INSTALL_DESTINATION ${PACKAGE_FOLDER})
write_basic_package_version_file(limsym-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/limsym-config.cmake ${PROJECT_BINARY_DIR}/limsym-config-version.cmake
        DESTINATION ${PACKAGE_FOLDER} COMPONENT dev)

configure_file(cmake/limsym-core.pc.in limsym-core.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/limsym-core.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT dev)

install(FILES README.md CHANGELOG.md CITATION.cff DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT runtime)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright COMPONENT runtime)
install(DIRECTORY examples DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT runtime USE_SOURCE_PERMISSIONS
        PATTERN out EXCLUDE
        PATTERN .gitignore EXCLUDE)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME limsym)
set(CPACK_PACKAGE_VENDOR "the limsym authors")
set(CPACK_PACKAGE_CONTACT "the limsym authors <limsym@example.org>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL runtime dev)
set(CPACK_DEBIAN_ENABLE_COMPONENT_DEPENDS ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME limsym)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SUGGESTS gnuplot-nox)
set(CPACK_DEBIAN_DEV_PACKAGE_NAME liblimsym-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS
    "libarmadillo-dev, libopenblas-pthread-dev, libtbb-dev, zlib1g-dev, libmd-dev, libnauty2-dev, nlohmann-json3-dev")
set(CPACK_COMPONENT_RUNTIME_DESCRIPTION "The limsym tools")
set(CPACK_COMPONENT_DEV_DESCRIPTION "Library, headers and CMake package of limsym")
include(CPack)
