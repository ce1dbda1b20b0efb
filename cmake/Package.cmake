# Install rules, CMake package, pkg-config file and Debian packages.
