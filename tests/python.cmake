# The Python package's own tests, with the shared library of this build and without installing
# anything, if there is a Python with NumPy and pytest. What needs more is a test of its own, so that
# its absence is seen: the last lines of a configuration name what is missing, and ctest counts less.

get_target_property(library_type kron_eye TYPE)
if(NOT library_type STREQUAL "SHARED_LIBRARY")
  return()
endif()

# Each pytest marker of tests/conftest.py, and what it imports.
set(imports_of_numpy "numpy, pytest")
set(imports_of_scipy "numpy, pytest, scipy.sparse.linalg")
set(imports_of_dask "numpy, pytest, dask.array, distributed")
set(imports_of_mpi4py "numpy, pytest, mpi4py.MPI")
# What pytest would say of tests that it skipped although these are there.
set(skipped_numpy "SKIPPED .*could not import '(numpy|pytest)")
set(skipped_scipy "SKIPPED .*could not import 'scipy")
set(skipped_dask "SKIPPED .*could not import '(dask|distributed)")
set(skipped_mpi4py "SKIPPED .*(could not import 'mpi4py|no mpiexec)")

function(kron_eye_imports result candidate)
  execute_process(COMMAND ${candidate} -c "import ${imports}"
    RESULT_VARIABLE status OUTPUT_QUIET ERROR_QUIET)
  if(NOT status EQUAL 0)
    set(${result} FALSE PARENT_SCOPE)
  endif()
endfunction()

set(python_package ${PROJECT_SOURCE_DIR}/examples/python)
foreach(marker IN ITEMS numpy scipy dask mpi4py)
  string(TOUPPER ${marker} upper)
  set(python KRON_EYE_PYTHON_FOR_${upper})
  set(imports ${imports_of_${marker}})
  find_program(${python} NAMES python3 VALIDATOR kron_eye_imports
    DOC "A Python that can import ${imports}")
  if(${python})
    add_test(NAME python.${marker} COMMAND ${${python}}
      -m pytest -q -rs -p no:cacheprovider -m ${marker} ${python_package}/tests)
    set_tests_properties(python.${marker} PROPERTIES
      FAIL_REGULAR_EXPRESSION "${skipped_${marker}}"
      ENVIRONMENT
      "KRON_EYE_LIBRARY=$<TARGET_FILE:kron_eye>;PYTHONPATH=${python_package}/src;PYTHONDONTWRITEBYTECODE=1")
  endif()
endforeach()
