# The MPI library and its programs, under the mpirun that belongs to the MPI at hand. The tests
# themselves allow what a build machine needs: root, and more ranks than cores.

if(NOT TARGET kron_eye_mpi)
  return()
endif()

set(mpi_environment
  OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
  OMPI_MCA_rmaps_base_oversubscribe=true OMPI_MCA_hwloc_base_binding_policy=none
  OMPI_MCA_btl_vader_single_copy_mechanism=none OMPI_MCA_mpi_yield_when_idle=1
  PRTE_ALLOW_RUN_AS_ROOT=1 PRTE_ALLOW_RUN_AS_ROOT_CONFIRM=1
  PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe
  OMP_NUM_THREADS=2 OMP_WAIT_POLICY=passive)

# A program from NAME.c and the sources given.
function(kron_eye_mpi_program name file)
  add_executable(${name} ${file} ${ARGN})
  set_target_properties(${name} PROPERTIES C_STANDARD 11 C_EXTENSIONS OFF)
  target_link_libraries(${name} PRIVATE kron_eye_mpi_c kron_eye_test_kit)
  if(library_type STREQUAL "STATIC_LIBRARY") # a shared one has the malloc of all
    target_compile_definitions(${name} PRIVATE KRON_EYE_TEST_REFUSALS=3)
  endif()
  kron_eye_warnings(${name})
endfunction()

# The same with a malloc that can refuse, which the program has.
function(kron_eye_mpi_refusing_program name)
  kron_eye_mpi_program(${name} ${ARGN})
  target_link_options(${name} PRIVATE -Wl,--wrap=malloc -Wl,--wrap=aligned_alloc
    -Wl,--wrap=free)
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

kron_eye_mpi_refusing_program(test_mpi test_mpi.c)
target_link_libraries(test_mpi PRIVATE kron_eye_mpi)
kron_eye_mpi_test(test_mpi 1 2 3 4 7)

kron_eye_mpi_program(test_mpi_gradient test_mpi_gradient.c)
target_link_libraries(test_mpi_gradient PRIVATE kron_eye_mpi)
kron_eye_mpi_test(test_mpi_gradient 1 2 3)

# The same with messages of 20 bytes in place of 2^30.
set(mpi_sources matrix.c mpi_gradient.c mpi_plan.c mpi_rows.c ranks.c)
list(TRANSFORM mpi_sources PREPEND ${PROJECT_SOURCE_DIR}/src/mpi/)
kron_eye_mpi_refusing_program(test_mpi_pieces test_mpi.c ${mpi_sources})
target_include_directories(test_mpi_pieces PRIVATE ${PROJECT_SOURCE_DIR}/src)
target_compile_definitions(test_mpi_pieces PRIVATE KRON_EYE_MPI_MOST_BYTES=20)
kron_eye_mpi_test(test_mpi_pieces 3)

# The program, and the same with few bytes where it has many and a malloc that can refuse. The test
# itself starts mpirun.
if(TARGET npy_apply_mpi)
  get_target_property(sources npy_apply_mpi SOURCES)
  list(TRANSFORM sources PREPEND ${PROJECT_SOURCE_DIR}/examples/)
  add_executable(npy_apply_mpi_pieces ${sources} refuse_malloc.c)
  set_target_properties(npy_apply_mpi_pieces PROPERTIES C_STANDARD 11 C_EXTENSIONS OFF)
  target_compile_definitions(npy_apply_mpi_pieces PRIVATE _GNU_SOURCE _FILE_OFFSET_BITS=64
    SLAB_BYTES=300 ROUND_SLABS=2 MPI_FILE_MOST_BYTES=100)
  target_link_libraries(npy_apply_mpi_pieces PRIVATE kron_eye_support kron_eye_mpi)
  target_link_options(npy_apply_mpi_pieces PRIVATE -Wl,--wrap=malloc)
  kron_eye_warnings(npy_apply_mpi_pieces)

  foreach(name npy_apply_mpi mpi_layer)
    add_executable(test_${name} test_${name}.c mpi_run.c)
    set_target_properties(test_${name} PROPERTIES C_STANDARD 11 C_EXTENSIONS OFF)
    target_link_libraries(test_${name} PRIVATE kron_eye_test_scratch)
    kron_eye_warnings(test_${name})
    target_compile_definitions(test_${name} PRIVATE
      KRON_EYE_MPIEXEC="${MPIEXEC_EXECUTABLE}"
      KRON_EYE_MPIEXEC_NUMPROC_FLAG="${MPIEXEC_NUMPROC_FLAG}"
      KRON_EYE_NPY_APPLY="$<TARGET_FILE:npy_apply>"
      KRON_EYE_NPY_APPLY_MPI="$<TARGET_FILE:npy_apply_mpi>"
      KRON_EYE_NPY_APPLY_MPI_PIECES="$<TARGET_FILE:npy_apply_mpi_pieces>"
      KRON_EYE_MPI_LAYER="$<TARGET_FILE:mpi_layer>"
      KRON_EYE_TEST_PROJECT_VERSION="${PROJECT_VERSION}")
    add_dependencies(test_${name} npy_apply npy_apply_mpi npy_apply_mpi_pieces mpi_layer)
    add_test(NAME test_${name} COMMAND test_${name})
    set_tests_properties(test_${name} PROPERTIES ENVIRONMENT "${mpi_environment}"
      TIMEOUT 900 PROCESSORS 2 LABELS mpi)
  endforeach()
  if(KRON_EYE_TEST_FULL)
    add_test(NAME test_npy_apply_mpi.full COMMAND test_npy_apply_mpi)
    set_tests_properties(test_npy_apply_mpi.full PROPERTIES
      ENVIRONMENT "${mpi_environment};KRON_EYE_TEST_FULL=1" TIMEOUT 900 PROCESSORS 2
      LABELS "mpi;full")
  endif()
endif()

add_test(NAME symbols.mpi
  COMMAND ${CMAKE_COMMAND} -D NM=${CMAKE_NM} -D LIBRARY=$<TARGET_FILE:kron_eye_mpi>
    -D TYPE=$<TARGET_PROPERTY:kron_eye_mpi,TYPE>
    -D HEADER=${PROJECT_SOURCE_DIR}/include/kron_eye_mpi.h
    -P ${CMAKE_CURRENT_SOURCE_DIR}/check_symbols.cmake)
set_tests_properties(symbols.mpi PROPERTIES LABELS source)

foreach(linkage static shared)
  kron_eye_consumer_test(${linkage} mpi)
  set_tests_properties(consumer.${linkage}.mpi PROPERTIES ENVIRONMENT "${mpi_environment}")
endforeach()
