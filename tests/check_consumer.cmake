# One step of using kron_eye from outside, as a script:
#
#   cmake -D STEP=<install|find_package|pkg_config|subdirectory|fast_math> -D LINKAGE=<static|shared>
#         -D SOURCE=<kron_eye> -D SCRATCH=<folder> -D GENERATOR=<name> -D C_COMPILER=<cc>
#         -D CXX_COMPILER=<c++ or empty> -D VERSION=<of kron_eye> -P check_consumer.cmake
#
# `install` builds the library afresh, whatever flags this build has, and installs it under SCRATCH;
# the others build tests/consumer against it (or its source) and run what they built. How it is found
# and linked is tested here, not how fast it is: nothing is optimised, which takes a fifth of the time.
# `fast_math` wants that build to be refused.
cmake_minimum_required(VERSION 3.25)

set(prefix ${SCRATCH}/${LINKAGE}/prefix)
set(build ${SCRATCH}/${LINKAGE}/${STEP})
set(consumer ${SOURCE}/tests/consumer)
if(LINKAGE STREQUAL "shared")
  set(build_shared ON)
  set(library libkron_eye.so)
else()
  set(build_shared OFF)
  set(library libkron_eye.a)
endif()
set(configure ${CMAKE_COMMAND} -G ${GENERATOR}
  -D CMAKE_BUILD_TYPE=Debug -D CMAKE_C_FLAGS_DEBUG=-O0 -D CMAKE_CXX_FLAGS_DEBUG=-O0
  -D CMAKE_C_COMPILER=${C_COMPILER} -D BUILD_SHARED_LIBS=${build_shared})
set(languages C)
if(CXX_COMPILER)
  list(APPEND configure -D CMAKE_CXX_COMPILER=${CXX_COMPILER})
  list(APPEND languages CXX)
endif()

function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# Configures, builds and runs the consumer in each language with the further arguments given.
function(build_consumer)
  foreach(language IN LISTS languages)
    set(folder ${build}/${language})
    run(${configure} -S ${consumer} -B ${folder} -D CONSUMER_LANGUAGE=${language} ${ARGN})
    run(${CMAKE_COMMAND} --build ${folder})
    run(${CMAKE_CTEST_COMMAND} --test-dir ${folder} --output-on-failure --no-tests=error)
  endforeach()
endfunction()

# Compiles and runs one file as a makefile would: a compiler, and what pkg-config says.
function(compile_and_run compiler standard file program)
  run(${compiler} ${standard} ${consumer}/${file} -o ${build}/${program} ${package_flags})
  run(${build}/${program})
endfunction()

file(REMOVE_RECURSE ${build})
if(STEP STREQUAL "install")
  file(REMOVE_RECURSE ${prefix})
  run(${configure} -S ${SOURCE} -B ${build} -D CMAKE_INSTALL_PREFIX=${prefix}
    -D KRON_EYE_BUILD_TESTS=OFF -D KRON_EYE_BUILD_EXAMPLES=OFF -D KRON_EYE_BUILD_BENCH=OFF)
  run(${CMAKE_COMMAND} --build ${build})
  run(${CMAKE_COMMAND} --install ${build})
  file(GLOB_RECURSE libraries RELATIVE ${prefix} ${prefix}/*/libkron_eye.*)
  list(TRANSFORM libraries REPLACE ".*/" "")
  if(NOT library IN_LIST libraries)
    message(FATAL_ERROR "no ${LINKAGE} library is installed: ${libraries}")
  endif()

elseif(STEP STREQUAL "find_package")
  build_consumer(-D CMAKE_PREFIX_PATH=${prefix} -D KRON_EYE_VERSION=${VERSION})

elseif(STEP STREQUAL "pkg_config")
  find_program(pkg_config NAMES pkg-config pkgconf REQUIRED)
  file(GLOB_RECURSE description ${prefix}/*/kron_eye.pc)
  cmake_path(GET description PARENT_PATH folder)
  cmake_path(GET folder PARENT_PATH libraries)
  set(linkage)
  if(LINKAGE STREQUAL "static")
    set(linkage --static)
  endif()
  set(ENV{PKG_CONFIG_PATH} ${folder}:$ENV{PKG_CONFIG_PATH})
  set(ENV{LD_LIBRARY_PATH} ${libraries}:$ENV{LD_LIBRARY_PATH})
  execute_process(COMMAND ${pkg_config} ${linkage} --cflags --libs "kron_eye = ${VERSION}"
    OUTPUT_VARIABLE package_flags COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
  separate_arguments(package_flags UNIX_COMMAND "${package_flags}")
  file(MAKE_DIRECTORY ${build})
  foreach(program main interface)
    compile_and_run(${C_COMPILER} -std=c11 ${program}.c ${program}_c)
    if(CXX_COMPILER)
      compile_and_run(${CXX_COMPILER} -std=c++17 ${program}.cpp ${program}_cxx)
    endif()
  endforeach()

elseif(STEP STREQUAL "subdirectory")
  # The library is built once more here, so each linkage takes one language.
  if(LINKAGE STREQUAL "shared" AND CXX_COMPILER)
    set(languages CXX)
  else()
    set(languages C)
  endif()
  build_consumer(-D KRON_EYE_SOURCE=${SOURCE})
  # As a guest the library brings no programs, tests or install rules of its own.
  run(${CMAKE_COMMAND} --install ${build}/${languages} --prefix ${build}/nothing)
  if(EXISTS ${build}/nothing OR EXISTS ${build}/${languages}/kron_eye/tests)
    message(FATAL_ERROR "as a subdirectory kron_eye builds or installs more than its library")
  endif()

elseif(STEP STREQUAL "fast_math")
  # Flags that would let the compiler drop NaN or reorder sums: the build ends with a sentence.
  foreach(flag -ffast-math -Ofast -ffinite-math-only)
    set(folder ${build}/${flag})
    run(${configure} -S ${consumer} -B ${folder} -D CONSUMER_LANGUAGE=C
      -D KRON_EYE_SOURCE=${SOURCE} -D CMAKE_C_FLAGS=${flag})
    execute_process(COMMAND ${CMAKE_COMMAND} --build ${folder}
      RESULT_VARIABLE failed OUTPUT_VARIABLE output ERROR_VARIABLE output)
    if(NOT failed OR NOT output MATCHES "kron_eye needs strict floating-point arithmetic")
      message(FATAL_ERROR "with ${flag} the library is built, or the reason is not told: ${output}")
    endif()
  endforeach()

else()
  message(FATAL_ERROR "no step ${STEP}")
endif()
