# What configuring kron_eye says and sets, as a script; nothing is built:
#
#   cmake -D STEP=<name> -D SOURCE=<kron_eye> -D SCRATCH=<folder> -D C_COMPILER=<cc>
#         -P check_configure.cmake
#
#   messages         what is missing is named with the setting that asks for it; whether there are
#                    threads is said
#   no_mpi           kron_eye_mpi is not built where MPI is not found
#   bench_alone      the benchmark is built without the examples
#   debug_guest      in a debug build of another project the kernels are optimised, unless
#                    sanitizers are on
#   exporting_guest  a project that exports a target built on kron_eye needs KRON_EYE_INSTALL
cmake_minimum_required(VERSION 3.25)

set(build ${SCRATCH}/${STEP})
file(REMOVE_RECURSE ${build})

# Configures a folder in ${build}/NAME; status and text of the run, with single spaces.
function(configure name source)
  execute_process(COMMAND ${CMAKE_COMMAND} -G "Unix Makefiles" -S ${source} -B ${build}/${name}
      -D CMAKE_C_COMPILER=${C_COMPILER} -D CMAKE_EXPORT_COMPILE_COMMANDS=ON ${ARGN}
    RESULT_VARIABLE status OUTPUT_VARIABLE text ERROR_VARIABLE text COMMAND_ECHO STDOUT)
  string(REGEX REPLACE "[ \n]+" " " text "${text}")
  message("${text}")
  set(status "${status}" PARENT_SCOPE)
  set(text "${text}" PARENT_SCOPE)
endfunction()

function(expect result words)
  if(result STREQUAL "success" AND NOT status EQUAL 0)
    message(FATAL_ERROR "it fails")
  elseif(result STREQUAL "failure" AND status EQUAL 0)
    message(FATAL_ERROR "it does not fail")
  elseif(NOT text MATCHES "${words}")
    message(FATAL_ERROR "'${words}' is not said")
  endif()
endfunction()

# A project in ${build}/project that has kron_eye inside it.
function(write_guest)
  list(JOIN ARGN "\n" lines)
  file(WRITE ${build}/project/CMakeLists.txt "cmake_minimum_required(VERSION 3.25)\n"
    "project(around C)\nadd_subdirectory(${SOURCE} kron_eye)\n${lines}\n")
endfunction()

# The flags -O of every file of the library in ${build}/NAME: those of kernels and of the rest have
# to match the expressions given.
function(expect_flags name kernels rest)
  file(READ ${build}/${name}/compile_commands.json commands)
  string(JSON count LENGTH "${commands}")
  math(EXPR last "${count} - 1")
  set(kernel_count 0)
  foreach(i RANGE ${last})
    string(JSON file GET "${commands}" ${i} file)
    string(JSON command GET "${commands}" ${i} command)
    if(file MATCHES "/src/mpi/") # not the products' own
      continue()
    endif()
    string(REGEX MATCHALL " -O[0-3s]?" flags "${command}")
    string(JOIN "" flags ${flags})
    set(expected "${rest}")
    if(file MATCHES "/kernel/(portable|avx2|avx512)_")
      set(expected "${kernels}")
      math(EXPR kernel_count "${kernel_count} + 1")
    endif()
    if(NOT "${flags}" MATCHES "^${expected}$")
      message(FATAL_ERROR "${name}: ${file} is compiled with '${flags}', not '${expected}'")
    endif()
  endforeach()
  if(kernel_count LESS 4 OR count LESS 15)
    message(FATAL_ERROR "only ${kernel_count} kernel files and ${count} files are seen")
  endif()
  message("${name}: ${count} files, ${kernel_count} of kernels")
endfunction()

set(library_alone -D KRON_EYE_BUILD_TESTS=OFF -D KRON_EYE_BUILD_EXAMPLES=OFF
  -D KRON_EYE_BUILD_BENCH=OFF)
if(STEP STREQUAL "messages")
  configure(vendor ${SOURCE} ${library_alone} -D BLA_VENDOR=no_such_blas)
  expect(failure "finds no BLAS with BLA_VENDOR=no_such_blas[ .]")
  configure(static ${SOURCE} ${library_alone} -D BLA_VENDOR=no_such_blas -D BLA_STATIC=ON)
  expect(failure "finds no BLAS with BLA_VENDOR=no_such_blas BLA_STATIC=ON[ .]")
  configure(found ${SOURCE} ${library_alone})
  expect(success "-- kron_eye [0-9.]+: BLAS from .*; (threads by OpenMP|one thread only, no OpenMP)")
  configure(found ${SOURCE} ${library_alone} -D KRON_EYE_OPENMP=OFF)
  expect(success "; one thread only, KRON_EYE_OPENMP is OFF ")
  configure(isa ${SOURCE} ${library_alone} -D KRON_EYE_ISA=sse2)
  expect(failure "KRON_EYE_ISA is 'sse2', not portable, avx2 or avx512")
  write_guest()
  set(no_openmp -D CMAKE_DISABLE_FIND_PACKAGE_OpenMP=ON)
  configure(top ${SOURCE} ${library_alone} ${no_openmp})
  expect(success "; one thread only, no OpenMP is found ")
  configure(guest ${build}/project ${no_openmp}) # else quiet
  expect(success "-- kron_eye [0-9.]+: one thread only, no OpenMP is found ")

elseif(STEP STREQUAL "no_mpi") # as FindMPI of CMake 4.4 has it where there is none
  file(WRITE ${build}/modules/FindMPI.cmake
    "add_library(MPI::MPI_C INTERFACE IMPORTED)\nset(MPI_FOUND FALSE)\nset(MPI_C_FOUND FALSE)\n")
  configure(without ${SOURCE} ${library_alone} -D CMAKE_MODULE_PATH=${build}/modules)
  expect(success "")
  file(READ ${build}/without/compile_commands.json commands)
  if(commands MATCHES "/src/mpi/" OR NOT commands MATCHES "/src/api/")
    message(FATAL_ERROR "kron_eye_mpi is built without MPI")
  endif()

elseif(STEP STREQUAL "bench_alone")
  configure(bench ${SOURCE} -D KRON_EYE_BUILD_TESTS=OFF -D KRON_EYE_BUILD_EXAMPLES=OFF)
  expect(success "")
  execute_process(COMMAND ${CMAKE_COMMAND} --build ${build}/bench --target help
    OUTPUT_VARIABLE text COMMAND_ERROR_IS_FATAL ANY)
  expect(success " kron_eye_bench")
  if(text MATCHES "npy_apply")
    message(FATAL_ERROR "examples are built though they are switched off")
  endif()

elseif(STEP STREQUAL "debug_guest")
  write_guest()
  configure(debug ${build}/project -D CMAKE_BUILD_TYPE=Debug)
  expect_flags(debug " -O2 -O3" " -O2")
  configure(none ${build}/project)
  expect_flags(none " -O2 -O3" " -O2")
  configure(release ${build}/project -D CMAKE_BUILD_TYPE=Release)
  expect_flags(release " -O3 -O3" " -O3")
  configure(sanitized ${build}/project -D CMAKE_BUILD_TYPE=Debug
    -D CMAKE_C_FLAGS=-fsanitize=address)
  expect_flags(sanitized " -O0" "")
  configure(unoptimised ${build}/project -D CMAKE_BUILD_TYPE=Debug -D CMAKE_C_FLAGS=-O0)
  expect_flags(unoptimised " -O0 -O0" " -O0")
  configure(top ${SOURCE} ${library_alone} -D CMAKE_BUILD_TYPE=Debug)
  expect_flags(top " -O3" "")

elseif(STEP STREQUAL "exporting_guest")
  write_guest("file(WRITE \${CMAKE_CURRENT_BINARY_DIR}/own.c \"\")"
    "add_library(own STATIC \${CMAKE_CURRENT_BINARY_DIR}/own.c)"
    "target_link_libraries(own PUBLIC kron_eye::kron_eye)"
    "install(TARGETS own EXPORT ownTargets)"
    "install(EXPORT ownTargets NAMESPACE own:: DESTINATION lib/cmake/own)")
  configure(without ${build}/project)
  expect(failure "own.* requires target .kron_eye. that is not in any export set")
  configure(with ${build}/project -D KRON_EYE_INSTALL=ON)
  expect(success "")

else()
  message(FATAL_ERROR "no step ${STEP}")
endif()
