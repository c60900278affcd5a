# The examples: unit tests of the code that they share, and the programs themselves, run as a user
# would run them.

if(NOT KRON_EYE_BUILD_EXAMPLES)
  return()
endif()
find_package(ZLIB REQUIRED)

add_library(kron_eye_test_scratch STATIC support_scratch.c)
set_target_properties(kron_eye_test_scratch PROPERTIES C_STANDARD 11 C_EXTENSIONS OFF)
target_compile_definitions(kron_eye_test_scratch PUBLIC _XOPEN_SOURCE=700)
target_link_libraries(kron_eye_test_scratch
  PUBLIC kron_eye_test_kit kron_eye_support PRIVATE ZLIB::ZLIB)
kron_eye_warnings(kron_eye_test_scratch)

foreach(name IN ITEMS test_idx test_npy test_atomic_file test_mnist_layer test_npy_apply
    test_train_mnist)
  kron_eye_test(${name})
  target_link_libraries(${name} PRIVATE kron_eye_test_scratch)
endforeach()
target_compile_definitions(test_mnist_layer PRIVATE
  KRON_EYE_MNIST_LAYER="$<TARGET_FILE:mnist_layer>"
  KRON_EYE_TEST_PROJECT_VERSION="${PROJECT_VERSION}")
add_dependencies(test_mnist_layer mnist_layer)
target_compile_definitions(test_npy_apply PRIVATE
  KRON_EYE_NPY_APPLY="$<TARGET_FILE:npy_apply>"
  KRON_EYE_TEST_PROJECT_VERSION="${PROJECT_VERSION}")
add_dependencies(test_npy_apply npy_apply)
target_compile_definitions(test_train_mnist PRIVATE
  KRON_EYE_TRAIN_MNIST="$<TARGET_FILE:train_mnist>"
  KRON_EYE_TEST_PROJECT_VERSION="${PROJECT_VERSION}")
add_dependencies(test_train_mnist train_mnist)

add_test(NAME one_call COMMAND one_call)
set_tests_properties(one_call PROPERTIES
  PASS_REGULAR_EXPRESSION "^1 3 5\n2 4 6\n-1 -1 -1\n$")
# These two compare their results with their definitions, and fail if they differ.
add_test(NAME sum_factorisation COMMAND sum_factorisation)

# On real images, if Debian's package is installed: the main job and a convolution.
if(EXISTS /usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz)
  add_test(NAME mnist_layer.fashion COMMAND mnist_layer)
  set_tests_properties(mnist_layer.fashion PROPERTIES
    WORKING_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR})
  add_test(NAME conv1x1.fashion COMMAND conv1x1)
endif()

if(EXISTS /usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz)
  add_test(NAME separable_filter.fashion COMMAND separable_filter
    /usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz)
endif()

# With a Python that has NumPy, compare the readers and writers with NumPy's own.
function(kron_eye_has_numpy result candidate)
  execute_process(COMMAND ${candidate} -c "import numpy"
    RESULT_VARIABLE status OUTPUT_QUIET ERROR_QUIET)
  if(NOT status EQUAL 0)
    set(${result} FALSE PARENT_SCOPE)
  endif()
endfunction()
find_program(KRON_EYE_PYTHON_WITH_NUMPY NAMES python3 VALIDATOR kron_eye_has_numpy)
if(KRON_EYE_PYTHON_WITH_NUMPY)
  add_test(NAME mnist_layer.numpy COMMAND ${KRON_EYE_PYTHON_WITH_NUMPY}
    ${CMAKE_CURRENT_SOURCE_DIR}/support_numpy.py $<TARGET_FILE:mnist_layer>)
  add_test(NAME npy_apply.numpy COMMAND ${KRON_EYE_PYTHON_WITH_NUMPY}
    ${CMAKE_CURRENT_SOURCE_DIR}/npy_apply_numpy.py $<TARGET_FILE:npy_apply>)
endif()

# Compare sparse_layer with SciPy; without SciPy, the script says so and is skipped.
function(kron_eye_has_scipy result candidate)
  execute_process(COMMAND ${candidate} -c "import scipy.sparse"
    RESULT_VARIABLE status OUTPUT_QUIET ERROR_QUIET)
  if(NOT status EQUAL 0)
    set(${result} FALSE PARENT_SCOPE)
  endif()
endfunction()
find_program(KRON_EYE_PYTHON_WITH_SCIPY NAMES python3 VALIDATOR kron_eye_has_scipy)
find_program(KRON_EYE_PYTHON NAMES python3)
set(python ${KRON_EYE_PYTHON})
if(KRON_EYE_PYTHON_WITH_SCIPY)
  set(python ${KRON_EYE_PYTHON_WITH_SCIPY})
endif()
if(python)
  add_test(NAME sparse_layer.scipy COMMAND ${python}
    ${CMAKE_CURRENT_SOURCE_DIR}/sparse_scipy.py $<TARGET_FILE:sparse_layer>)
  set_tests_properties(sparse_layer.scipy PROPERTIES SKIP_RETURN_CODE 77)
endif()
