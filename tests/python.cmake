# The Python package's own tests, with the shared library of this build and without installing
# anything, if there is a Python with NumPy and pytest.

get_target_property(library_type kron_eye TYPE)
if(NOT library_type STREQUAL "SHARED_LIBRARY")
  return()
endif()

function(kron_eye_has_pytest result candidate)
  execute_process(COMMAND ${candidate} -c "import numpy, pytest"
    RESULT_VARIABLE status OUTPUT_QUIET ERROR_QUIET)
  if(NOT status EQUAL 0)
    set(${result} FALSE PARENT_SCOPE)
  endif()
endfunction()
find_program(KRON_EYE_PYTHON_WITH_PYTEST NAMES python3 VALIDATOR kron_eye_has_pytest)
if(KRON_EYE_PYTHON_WITH_PYTEST)
  set(python_package ${PROJECT_SOURCE_DIR}/examples/python)
  add_test(NAME python COMMAND ${KRON_EYE_PYTHON_WITH_PYTEST}
    -m pytest -q -p no:cacheprovider ${python_package}/tests)
  set_tests_properties(python PROPERTIES ENVIRONMENT
    "KRON_EYE_LIBRARY=$<TARGET_FILE:kron_eye>;PYTHONPATH=${python_package}/src;PYTHONDONTWRITEBYTECODE=1")
endif()
