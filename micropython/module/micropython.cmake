# picoctl's link in C++, for MicroPython on a Pico: -DUSER_C_MODULES=…/micropython/module/micropython.cmake
# docs/MICROPYTHON.md has the whole command.
set(picoctl ${CMAKE_CURRENT_LIST_DIR}/../..)

# What of these no image needs the linker leaves out.
file(GLOB portable CONFIGURE_DEPENDS ${picoctl}/link/*.cpp ${picoctl}/target/*.cpp)
list(FILTER portable EXCLUDE REGEX "_test\\.cpp$")

add_library(usermod_picoctl INTERFACE)
target_sources(usermod_picoctl INTERFACE
  ${CMAKE_CURRENT_LIST_DIR}/blocks.cpp
  ${CMAKE_CURRENT_LIST_DIR}/bytes.cpp
  ${CMAKE_CURRENT_LIST_DIR}/bytes_type.c
  ${CMAKE_CURRENT_LIST_DIR}/link.cpp
  ${CMAKE_CURRENT_LIST_DIR}/link_bus.cpp
  ${CMAKE_CURRENT_LIST_DIR}/link_type.c
  ${CMAKE_CURRENT_LIST_DIR}/module.c
  ${CMAKE_CURRENT_LIST_DIR}/values.c
  ${portable}
  ${picoctl}/pico/i2c_port.cpp
  ${picoctl}/pico/no_exceptions.cpp)
target_include_directories(usermod_picoctl INTERFACE
  ${CMAKE_CURRENT_LIST_DIR}
  ${picoctl}/pico
  ${picoctl}/link/include
  ${picoctl}/commands/include
  ${picoctl}/target/include)
target_compile_options(usermod_picoctl INTERFACE
  "$<$<COMPILE_LANGUAGE:CXX>:-std=c++20;-fno-exceptions;-fno-rtti;-fno-threadsafe-statics>")
# So that the link hears of it when somebody else takes its block's interrupt: blocks.cpp.
target_link_options(usermod_picoctl INTERFACE -Wl,--wrap=irq_set_exclusive_handler)
target_link_libraries(usermod INTERFACE usermod_picoctl)
