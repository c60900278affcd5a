# The MPI library and its programs, under the mpirun that belongs to the MPI at hand. The tests
# themselves allow what a build machine needs: root, and more ranks than cores.

if(NOT TARGET kron_eye_mpi)
  return()
endif()

set(mpi_environment
  OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
  OMPI_MCA_rmaps_base_oversubscribe=true OMPI_MCA_hwloc_base_binding_policy=none
  OMPI_MCA_btl_vader_single_copy_mechanism=none
  PRTE_ALLOW_RUN_AS_ROOT=1 PRTE_ALLOW_RUN_AS_ROOT_CONFIRM=1
  PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe
  OMP_NUM_THREADS=2 OMP_WAIT_POLICY=passive)

# A program from NAME.c and the sources given.
function(kron_eye_mpi_program name file)
  add_executable(${name} ${file} ${ARGN})
  set_target_properties(${name} PROPERTIES C_STANDARD 11 C_EXTENSIONS OFF)
  target_link_libraries(${name} PRIVATE kron_eye_mpi_c kron_eye_test_kit)
  target_link_options(${name} PRIVATE -Wl,--wrap=malloc -Wl,--wrap=aligned_alloc
    -Wl,--wrap=free)
  kron_eye_warnings(${name})
endfunction()

# One ctest for each number of ranks.
function(kron_eye_mpi_test name)
  foreach(ranks IN LISTS ARGN)
    add_test(NAME ${name}.${ranks} COMMAND ${MPIEXEC_EXECUTABLE} ${MPIEXEC_NUMPROC_FLAG} ${ranks}
      $<TARGET_FILE:${name}> ${ranks})
    set_tests_properties(${name}.${ranks} PROPERTIES ENVIRONMENT "${mpi_environment}"
      TIMEOUT 300 PROCESSORS 2 LABELS mpi)
  endforeach()
endfunction()

kron_eye_mpi_program(test_mpi test_mpi.c)
target_link_libraries(test_mpi PRIVATE kron_eye_mpi)
kron_eye_mpi_test(test_mpi 1 2 3 4 7)

# The same with messages of 20 bytes in place of 2^30.
set(mpi_sources matrix.c plan.c ranks.c rows.c)
list(TRANSFORM mpi_sources PREPEND ${PROJECT_SOURCE_DIR}/src/mpi/)
kron_eye_mpi_program(test_mpi_pieces test_mpi.c ${mpi_sources})
target_include_directories(test_mpi_pieces PRIVATE ${PROJECT_SOURCE_DIR}/src)
target_compile_definitions(test_mpi_pieces PRIVATE KRON_EYE_MPI_MOST_BYTES=20)
kron_eye_mpi_test(test_mpi_pieces 3)

add_test(NAME symbols.mpi
  COMMAND ${CMAKE_COMMAND} -D NM=${CMAKE_NM} -D LIBRARY=$<TARGET_FILE:kron_eye_mpi>
    -D TYPE=$<TARGET_PROPERTY:kron_eye_mpi,TYPE>
    -D HEADER=${PROJECT_SOURCE_DIR}/include/kron_eye_mpi.h
    -P ${CMAKE_CURRENT_SOURCE_DIR}/check_symbols.cmake)
