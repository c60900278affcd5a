# One step of using kron_eye from outside, as a script:
#
#   cmake -D STEP=<name> -D LINKAGE=<static|shared> -D SOURCE=<kron_eye> -D SCRATCH=<folder>
#         -D GENERATOR=<name> -D C_COMPILER=<cc> -D CXX_COMPILER=<c++ or empty>
#         -D OTHER_COMPILER=<C compiler or empty> -D VERSION=<of kron_eye>
#         -D OWN_BUILD=<folder or empty> -P check_consumer.cmake
#
# `install` installs the library under SCRATCH, in a folder with a space in its name: that of
# OWN_BUILD, or one that it builds for this. The others build tests/consumer against it (or its
# source) and run what they built:
#
#   find_package, pkg_config, subdirectory   in the three ways, in C and in C++
#   other_compiler   the first two with a compiler that did not build the library
#   mpi              the component mpi, and kron_eye_mpi of pkg-config
#   missing          find_package without what the archive was built on: not found, and why
#   readme           README.md's own commands, word for word
#   one_thread       a library without OpenMP does not name it
#   fast_math        flags that break IEEE arithmetic: the build is refused
#
# How it is found and linked is tested here, not how fast it is: nothing is optimised.
cmake_minimum_required(VERSION 3.25)

set(prefix "${SCRATCH}/${LINKAGE}/the prefix")
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

# Kernels for more instruction sets would take a compiler minutes, for each of these builds.
set(portable -D KRON_EYE_ISA=portable)

function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# What pkg-config says of a package, as a list: shells and makefiles take it apart in the same way.
function(read_package_flags result package)
  find_program(pkg_config NAMES pkg-config pkgconf REQUIRED)
  file(GLOB_RECURSE description "${prefix}/*/kron_eye.pc")
  cmake_path(GET description PARENT_PATH folder)
  cmake_path(GET folder PARENT_PATH libraries)
  set(linkage)
  if(LINKAGE STREQUAL "static")
    set(linkage --static)
  endif()
  set(ENV{PKG_CONFIG_PATH} "${folder}:$ENV{PKG_CONFIG_PATH}")
  set(ENV{LD_LIBRARY_PATH} "${libraries}:$ENV{LD_LIBRARY_PATH}")
  execute_process(COMMAND ${pkg_config} ${linkage} --cflags --libs "${package} = ${VERSION}"
    OUTPUT_VARIABLE flags COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
  separate_arguments(flags UNIX_COMMAND "${flags}")
  set(${result} "${flags}" PARENT_SCOPE)
endfunction()

# Configures a project that asks for kron_eye and does without it; what it says about it.
function(ask_for_package result)
  file(REMOVE_RECURSE ${build})
  file(WRITE ${build}/CMakeLists.txt "cmake_minimum_required(VERSION 3.10)\n"
    "project(asking C)\n"
    "find_package(kron_eye)\n"
    "message(\"kron_eye_FOUND=\${kron_eye_FOUND} BLAS_FOUND=\${BLAS_FOUND}\")\n")
  execute_process(COMMAND ${configure} -S ${build} -B ${build}/build
      -D "CMAKE_PREFIX_PATH=${prefix}" ${ARGN}
    OUTPUT_VARIABLE text ERROR_VARIABLE text COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX REPLACE "[ \n]+" " " text "${text}") # CMake folds long messages
  message("${text}")
  set(${result} "${text}" PARENT_SCOPE)
endfunction()

function(expect text words)
  if(NOT text MATCHES "${words}")
    message(FATAL_ERROR "'${words}' is not said")
  endif()
endfunction()

# A command of README.md, found by what it starts with.
function(read_command result start)
  file(STRINGS ${SOURCE}/README.md commands ENCODING UTF-8 REGEX "^ *${start}")
  list(LENGTH commands count)
  if(NOT count EQUAL 1)
    message(FATAL_ERROR "README.md has ${count} commands '${start}', not one")
  endif()
  set(${result} "${commands}" PARENT_SCOPE)
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
  file(REMOVE_RECURSE "${prefix}")
  # The archive goes where only the install says; the shared library to a folder with a whole name.
  set(install_options --prefix "${prefix}")
  if(LINKAGE STREQUAL "shared")
    list(APPEND configure ${portable})
    list(APPEND configure -D "CMAKE_INSTALL_PREFIX=${prefix}" -D "CMAKE_INSTALL_LIBDIR=${prefix}/lib")
    set(install_options)
  endif()
  if(LINKAGE STREQUAL "static" AND OWN_BUILD)
    set(build ${OWN_BUILD})
  else()
    run(${configure} -S ${SOURCE} -B ${build}
      -D KRON_EYE_BUILD_TESTS=OFF -D KRON_EYE_BUILD_EXAMPLES=OFF -D KRON_EYE_BUILD_BENCH=OFF)
    run(${CMAKE_COMMAND} --build ${build})
  endif()
  run(${CMAKE_COMMAND} --install ${build} ${install_options})
  file(GLOB_RECURSE libraries RELATIVE "${prefix}" "${prefix}/*/libkron_eye.*")
  list(TRANSFORM libraries REPLACE ".*/" "")
  if(NOT library IN_LIST libraries)
    message(FATAL_ERROR "no ${LINKAGE} library is installed: ${libraries}")
  endif()

elseif(STEP STREQUAL "find_package")
  build_consumer(-D "CMAKE_PREFIX_PATH=${prefix}" -D KRON_EYE_VERSION=${VERSION})

elseif(STEP STREQUAL "pkg_config")
  read_package_flags(package_flags kron_eye)
  file(MAKE_DIRECTORY ${build})
  foreach(program main interface)
    compile_and_run(${C_COMPILER} -std=c11 ${program}.c ${program}_c)
    if(CXX_COMPILER)
      compile_and_run(${CXX_COMPILER} -std=c++17 ${program}.cpp ${program}_cxx)
    endif()
  endforeach()

elseif(STEP STREQUAL "mpi")
  build_consumer(-D "CMAKE_PREFIX_PATH=${prefix}" -D KRON_EYE_VERSION=${VERSION} -D CONSUMER_MPI=ON)
  read_package_flags(package_flags kron_eye_mpi)
  compile_and_run(${C_COMPILER} -std=c11 mpi.c mpi_c)

elseif(STEP STREQUAL "subdirectory")
  # The library is built once more here, so each linkage takes one language.
  if(LINKAGE STREQUAL "shared" AND CXX_COMPILER)
    set(languages CXX)
  else()
    set(languages C)
  endif()
  build_consumer(-D KRON_EYE_SOURCE=${SOURCE} ${portable})
  # As a guest the library brings no programs, tests or install rules of its own.
  run(${CMAKE_COMMAND} --install ${build}/${languages} --prefix ${build}/nothing)
  if(EXISTS ${build}/nothing OR EXISTS ${build}/${languages}/kron_eye/tests)
    message(FATAL_ERROR "as a subdirectory kron_eye builds or installs more than its library")
  endif()

elseif(STEP STREQUAL "other_compiler")
  set(languages C)
  build_consumer(-D CMAKE_C_COMPILER=${OTHER_COMPILER} -D "CMAKE_PREFIX_PATH=${prefix}"
    -D KRON_EYE_VERSION=${VERSION})
  read_package_flags(package_flags kron_eye)
  compile_and_run(${OTHER_COMPILER} -std=c11 main.c main_c)

elseif(STEP STREQUAL "missing")
  ask_for_package(text)
  expect("${text}" "kron_eye_FOUND=1 BLAS_FOUND= ") # and no variable of the search comes out
  ask_for_package(text -D BLA_VENDOR=no_such_blas)
  expect("${text}" "kron_eye_FOUND=(0|FALSE) ")
  expect("${text}" "its BLAS is missing: FindBLAS finds no BLAS with BLA_VENDOR=no_such_blas")
  file(GLOB_RECURSE config "${prefix}/*/kron_eyeConfig.cmake")
  file(STRINGS "${config}" runtime REGEX "set.kron_eye_openmp_(runtime|folders) ")
  if(runtime MATCHES "runtime \"([^\"]+)\".*folders \"([^\"]+)\"")
    set(name "${CMAKE_MATCH_1}")
    ask_for_package(text -D "CMAKE_IGNORE_PATH=${CMAKE_MATCH_2}")
    expect("${text}" "kron_eye_FOUND=(0|FALSE) ")
    expect("${text}" "the OpenMP library that the archive was built with is missing: ${name}")
  endif()

elseif(STEP STREQUAL "readme")
  # In a copy, because the commands leave a build folder. The environment chooses what they leave
  # open, so that nothing is optimised.
  file(COPY ${SOURCE}/include ${SOURCE}/src ${SOURCE}/CMakeLists.txt DESTINATION ${build}/kron_eye)
  file(COPY_FILE ${consumer}/main.c ${build}/kron_eye/program.c)
  file(MAKE_DIRECTORY ${build}/home)
  set(ENV{HOME} ${build}/home)
  set(ENV{CC} ${C_COMPILER})
  set(ENV{CFLAGS} -O0)
  set(ENV{CMAKE_BUILD_TYPE} Debug)
  set(ENV{CMAKE_GENERATOR} ${GENERATOR})
  file(WRITE ${build}/portable.cmake "set(KRON_EYE_ISA portable CACHE STRING \"\")\n")
  set(ENV{CMAKE_TOOLCHAIN_FILE} ${build}/portable.cmake)
  read_command(command_1 "cmake -B build -D")
  read_command(command_2 "cmake --build build && cmake --install build --prefix ")
  read_command(command_3 "export PKG_CONFIG_PATH=")
  read_command(command_4 "cc program.c ")
  string(JOIN "\n" commands ${command_1} ${command_2} ${command_3} ${command_4} "./a.out")
  execute_process(COMMAND sh -ex -c "${commands}" WORKING_DIRECTORY ${build}/kron_eye
    COMMAND_ERROR_IS_FATAL ANY)

elseif(STEP STREQUAL "one_thread")
  set(languages C)
  build_consumer(-D KRON_EYE_SOURCE=${SOURCE} -D KRON_EYE_OPENMP=OFF ${portable})
  execute_process(COMMAND ${build}/C/consumer_describe OUTPUT_VARIABLE text
    COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
  message("${text}")
  if(NOT text MATCHES "threads" OR text MATCHES "OpenMP")
    message(FATAL_ERROR "a library without OpenMP names it, or says nothing about threads")
  endif()
  expect("${text}" "__portable")

elseif(STEP STREQUAL "fast_math")
  # Flags that would let the compiler drop NaN or reorder sums: the build ends with a sentence.
  foreach(flag -ffast-math -ffinite-math-only)
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
