# Further checks: exhaustive sweeps, replayed fuzz inputs, other CPUs, the object code.

option(KRON_EYE_TEST_FULL "Add the tests that take minutes, labelled full" OFF)

# The same programs with all their cases, and with more threads than most machines have.
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

foreach(name test_exhaustive test_operator_exhaustive test_relations test_operator_relations
    test_gradient_relations test_chain_relations)
  kron_eye_test_paths(${name})
endforeach()
# The chain that is written out is rounded as it is written, in every mode.
target_compile_options(test_operator_exhaustive PRIVATE -frounding-math -ffp-contract=off)
if(library_type STREQUAL "STATIC_LIBRARY") # a shared one hides its kernels
  kron_eye_test_paths(test_kernels)
  target_include_directories(test_kernels PRIVATE ${PROJECT_SOURCE_DIR}/src)
endif()
kron_eye_test_full(test_exhaustive)
kron_eye_test_full(test_operator_exhaustive)
kron_eye_test_full(test_invariance)
kron_eye_test_program(test_large) # minutes on the portable path, and 50 GiB of addresses
kron_eye_test_full(test_large)

# ---------------------------------------------------------------- other CPUs

find_program(KRON_EYE_OBJDUMP objdump)
find_program(KRON_EYE_AWK awk)
if(KRON_EYE_OBJDUMP AND KRON_EYE_AWK AND CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$"
    AND library_type STREQUAL "STATIC_LIBRARY")
  add_test(NAME disassembly
    COMMAND ${CMAKE_COMMAND} -D OBJDUMP=${KRON_EYE_OBJDUMP} -D AWK=${KRON_EYE_AWK}
      -D ARCHIVE=$<TARGET_FILE:kron_eye> -D "OBJECTS=$<JOIN:$<TARGET_OBJECTS:kron_eye>,$<COMMA>>"
      -P ${CMAKE_CURRENT_SOURCE_DIR}/check_disassembly.cmake)
  add_test(NAME disassembly.self_test
    COMMAND ${CMAKE_COMMAND} -D OBJDUMP=${KRON_EYE_OBJDUMP} -D AWK=${KRON_EYE_AWK}
      -D COMPILER=${CMAKE_C_COMPILER} -D SCRATCH=${CMAKE_CURRENT_BINARY_DIR}/disassembly
      -P ${CMAKE_CURRENT_SOURCE_DIR}/check_disassembly.cmake)
  set_tests_properties(disassembly disassembly.self_test PROPERTIES LABELS source)
endif()

# ---------------------------------------------------------------- fuzzing

# Builds fuzz_NAME.c with libFuzzer if requested, and always as a replay of corpus/NAME.
option(KRON_EYE_FUZZ "Build the libFuzzer targets too (clang)" OFF)
function(kron_eye_fuzz_program program name)
  add_executable(${program} fuzz_${name}.c fuzz_input.c fuzz_numbers.c)
  target_include_directories(${program} PRIVATE ${PROJECT_SOURCE_DIR}/examples) # splitmix64.h
  set_target_properties(${program} PROPERTIES C_STANDARD 11 C_EXTENSIONS OFF)
  target_link_libraries(${program} PRIVATE kron_eye_test_kit ${ARGN})
  kron_eye_warnings(${program})
endfunction()
function(kron_eye_fuzz name least_files paths)
  kron_eye_fuzz_program(fuzz_replay_${name} ${name} ${ARGN})
  target_sources(fuzz_replay_${name} PRIVATE fuzz_replay.c)
  target_compile_definitions(fuzz_replay_${name} PRIVATE _POSIX_C_SOURCE=200809L)
  foreach(path IN LISTS paths)
    add_test(NAME fuzz_replay_${name}.${path}
      COMMAND fuzz_replay_${name} ${least_files} ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name})
    set_tests_properties(fuzz_replay_${name}.${path} PROPERTIES
      ENVIRONMENT "KRON_EYE_ISA=${path};OMP_NUM_THREADS=4;OMP_WAIT_POLICY=passive"
      SKIP_RETURN_CODE 77 LABELS ${path})
  endforeach()
  if(KRON_EYE_FUZZ)
    kron_eye_fuzz_program(fuzz_${name} ${name} ${ARGN})
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  endif()
endfunction()

kron_eye_fuzz(csr 10 "portable;avx2;avx512")
kron_eye_fuzz(differential 10 "portable;avx2;avx512")
kron_eye_fuzz(operator 10 "portable;avx2;avx512")
kron_eye_fuzz(gradient 20 "portable;avx2;avx512")
kron_eye_fuzz(chain 10 "portable;avx2;avx512")
if(TARGET kron_eye_support)
  kron_eye_fuzz(npy 10 portable kron_eye_support)
  kron_eye_fuzz(idx 10 portable kron_eye_support)
endif()

# ---------------------------------------------------------------- emulated CPUs

# Under emulation, on a CPU without AVX and on one without AVX-512: programs whose arrays touch no
# inaccessible page (QEMU 7.2 reads the whole vector of a masked AVX2 load). The path must be the
# right one, also if one of the features that usually come with AVX2 is hidden, as on some virtual
# machines.
find_program(KRON_EYE_QEMU qemu-x86_64)
function(kron_eye_test_emulated cpu path program)
  set(name ${program}.${cpu})
  if(KRON_EYE_QEMU AND NOT CMAKE_C_FLAGS MATCHES "sanitize|coverage"
      AND CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
    add_test(NAME ${name} COMMAND ${KRON_EYE_QEMU} -cpu ${cpu} $<TARGET_FILE:${program}> ${ARGN})
    set_tests_properties(${name} PROPERTIES LABELS emulated
      ENVIRONMENT "OMP_NUM_THREADS=2;OPENBLAS_NUM_THREADS=1"
      PASS_REGULAR_EXPRESSION "# path: ${path}\n.*(PASSED|inputs from)"
      FAIL_REGULAR_EXPRESSION "FAILED;broken;uncaught")
  endif()
endfunction()
foreach(emulated IN ITEMS "Nehalem portable" "Haswell avx2")
  separate_arguments(emulated)
  kron_eye_test_emulated(${emulated} test_status)
  kron_eye_test_emulated(${emulated} test_matvec)
  kron_eye_test_emulated(${emulated} fuzz_replay_csr 10 ${CMAKE_CURRENT_SOURCE_DIR}/corpus/csr)
  kron_eye_test_emulated(${emulated} fuzz_replay_differential 10
    ${CMAKE_CURRENT_SOURCE_DIR}/corpus/differential)
endforeach()
# QEMU 7.2 takes BMI2's bzhi for an instruction of BMI1, so the C library must not use it.
foreach(feature fma bmi1 bmi2 popcnt)
  kron_eye_test_emulated(Haswell,-${feature} portable test_status)
  if(TEST test_status.Haswell,-${feature})
    set_property(TEST test_status.Haswell,-${feature} APPEND PROPERTY
      ENVIRONMENT GLIBC_TUNABLES=glibc.cpu.hwcaps=-BMI2)
  endif()
endforeach()
if(KRON_EYE_TEST_FULL)
  kron_eye_test_emulated(Nehalem portable test_exhaustive)
  kron_eye_test_emulated(Nehalem portable test_plan)
  kron_eye_test_emulated(Nehalem portable test_special)
endif()
