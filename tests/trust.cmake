# What is added for trust: exhaustive sweeps, replayed fuzz inputs, other CPUs, the object code.

option(KRON_EYE_TEST_FULL "Add the tests that take minutes, labelled full" OFF)

# The same programs once more with all their cases, and with more threads than most machines have.
function(kron_eye_test_full name)
  foreach(path IN ITEMS portable avx2 avx512)
    if(KRON_EYE_TEST_FULL)
      add_test(NAME ${name}.${path}.full COMMAND ${name})
      set_tests_properties(${name}.${path}.full PROPERTIES
        ENVIRONMENT "KRON_EYE_TEST_FULL=1;KRON_EYE_ISA=${path};OMP_NUM_THREADS=16;OMP_WAIT_POLICY=passive"
        SKIP_RETURN_CODE 77 LABELS "${path};full")
    endif()
  endforeach()
endfunction()

kron_eye_test_paths(test_exhaustive)
kron_eye_test_full(test_exhaustive)
kron_eye_test_full(test_invariance)

# ---------------------------------------------------------------- other CPUs

find_program(KRON_EYE_OBJDUMP objdump)
if(KRON_EYE_OBJDUMP AND CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$"
    AND library_type STREQUAL "STATIC_LIBRARY")
  add_test(NAME disassembly
    COMMAND ${CMAKE_COMMAND} -D OBJDUMP=${KRON_EYE_OBJDUMP} -D ARCHIVE=$<TARGET_FILE:kron_eye>
      -P ${CMAKE_CURRENT_SOURCE_DIR}/check_disassembly.cmake)
  add_test(NAME disassembly.self_test
    COMMAND ${CMAKE_COMMAND} -D OBJDUMP=${KRON_EYE_OBJDUMP} -D COMPILER=${CMAKE_C_COMPILER}
      -D SCRATCH=${CMAKE_CURRENT_BINARY_DIR}/disassembly
      -P ${CMAKE_CURRENT_SOURCE_DIR}/check_disassembly.cmake)
endif()
