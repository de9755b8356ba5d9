# Helpers shared by every folder's CMakeLists.txt.

# Errors only where picoctl itself is checked: another compiler's new warning stops nobody's build.
option(PICOCTL_WERROR "Warnings are errors" OFF)
set(PICOCTL_WARNINGS -Wall -Wextra -Wnon-virtual-dtor)
if(NOT CMAKE_UNITY_BUILD)
  # With several sources in one, a name hides another file's without harm.
  list(APPEND PICOCTL_WARNINGS -Wshadow)
endif()
if(PICOCTL_WERROR)
  list(APPEND PICOCTL_WARNINGS -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # gcc 12 sees overlapping copies in any "literal" + std::string, its bug 105651.
  list(APPEND PICOCTL_WARNINGS -Wno-restrict)
endif()
set(PICOCTL_SANITIZE "" CACHE STRING "Sanitizers for everything, e.g. address,undefined")
option(PICOCTL_BENCH "Build the benchmarks" OFF)
option(PICOCTL_SWEEP "Build the sweep of faults, with or without the tests" OFF)
option(PICOCTL_PYTHON "Build the Python package" OFF)
set(PICOCTL_FUZZ "" CACHE STRING "Fuzzing programs to build: all, or names (tests/fuzz/)")

if(PICOCTL_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # The sanitizers' own code makes gcc doubt std::regex and std::function, its bug 105562.
  list(APPEND PICOCTL_WARNINGS -Wno-maybe-uninitialized)
endif()
if(PICOCTL_SANITIZE)
  add_compile_options(-fsanitize=${PICOCTL_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${PICOCTL_SANITIZE})
endif()

# picoctl_library(NAME [INTERFACE] [SOURCES ...] [PUBLIC deps...] [PRIVATE deps...])
# The library picoctl_NAME (alias picoctl::NAME) of the folder it is called in; its public
# headers are <folder>/include/picoctl/NAME/*.hpp and nothing else of the folder is visible.
function(picoctl_library name)
  cmake_parse_arguments(arg "INTERFACE" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  set(target picoctl_${name})
  if(arg_INTERFACE)
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  else()
    add_library(${target} STATIC ${arg_SOURCES})
    target_compile_options(${target} PRIVATE ${PICOCTL_WARNINGS})
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
    set(scope PUBLIC)
  endif()
  add_library(picoctl::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  target_include_directories(${target} ${scope}
    $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:include>)
  target_compile_features(${target} ${scope} cxx_std_20)
  target_link_libraries(${target} ${scope} ${arg_PUBLIC})
  if(NOT arg_INTERFACE)
    target_link_libraries(${target} PRIVATE ${arg_PRIVATE})
  endif()
endfunction()

# picoctl_test(NAME SOURCES ... LIBS ...): a GoogleTest program, run by ctest under NAME.
function(picoctl_test name)
  if(NOT BUILD_TESTING)
    return()
  endif()
  cmake_parse_arguments(arg "" "" "SOURCES;LIBS;ARGS" ${ARGN})
  find_package(GTest REQUIRED)
  add_executable(${name} ${arg_SOURCES})
  target_compile_options(${name} PRIVATE ${PICOCTL_WARNINGS})
  target_link_libraries(${name} PRIVATE ${arg_LIBS} GTest::gtest GTest::gmock GTest::gtest_main)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  add_test(NAME ${name} COMMAND ${name}
    --gtest_output=xml:${CMAKE_BINARY_DIR}/results/${name}.xml ${arg_ARGS})
endfunction()
