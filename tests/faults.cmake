# Promises about what surrounds a product: floating-point exceptions and environment, errno, the
# stack, structs of other versions, what numbers a BLAS takes for alpha and beta.

foreach(name test_exceptions test_environment test_errno test_factors test_strides test_csr_edges)
  kron_eye_test_paths(${name})
endforeach()
# The compiler keeps to the rounding mode and the exceptions of the tests' own arithmetic too.
foreach(name test_exceptions test_environment)
  target_compile_options(${name} PRIVATE -frounding-math)
endforeach()
if(TARGET kron_eye_openmp) # the pool of threads that the library uses
  target_link_libraries(test_environment PRIVATE kron_eye_openmp)
endif()
kron_eye_test(test_versions)
kron_eye_test(test_csr_starts)
if(library_type STREQUAL "STATIC_LIBRARY") # a shared one hides the choice
  kron_eye_test(test_choice)
  target_include_directories(test_choice PRIVATE ${PROJECT_SOURCE_DIR}/src)
endif()

# ---------------------------------------------------------------- the stack

# Sanitizers use the stack in their own way.
if(NOT CMAKE_C_FLAGS MATCHES "sanitize")
  kron_eye_test_paths(test_stack)
  target_compile_definitions(test_stack PRIVATE _GNU_SOURCE)
  target_link_libraries(test_stack PRIVATE Threads::Threads)
endif()

# Of what is shipped: without optimisation, or with sanitizers, every value has its own place.
target_compile_options(kron_eye PRIVATE -fstack-usage)
if(CMAKE_BUILD_TYPE MATCHES "^(Release|RelWithDebInfo)$" AND NOT CMAKE_C_FLAGS MATCHES "sanitize")
  add_test(NAME stack
    COMMAND ${CMAKE_COMMAND} -D OBJECTS=$<TARGET_PROPERTY:kron_eye,BINARY_DIR>/CMakeFiles/kron_eye.dir
      -D LEAST=500 -P ${CMAKE_CURRENT_SOURCE_DIR}/check_stack.cmake)
endif()
add_test(NAME stack.self_test
  COMMAND ${CMAKE_COMMAND} -D SELF_TEST=ON -D COMPILER=${CMAKE_C_COMPILER}
    -D SCRATCH=${CMAKE_CURRENT_BINARY_DIR}/stack -P ${CMAKE_CURRENT_SOURCE_DIR}/check_stack.cmake)
