# kron_eye_blas from PyPI's package scipy-openblas32, where Python has it:
#
#   kron_eye_carried_blas      its shared library, for the wheel to carry
#   kron_eye_carried_licenses  its licences
#
# Its functions have a prefix, scipy_cblas_sgemm, so that several BLAS live in one process. Here, and
# nowhere else, the names in the library's sources are mapped to those: by a cblas.h that goes before
# the package's own.

find_package(Python REQUIRED COMPONENTS Interpreter)
execute_process(OUTPUT_VARIABLE found RESULT_VARIABLE status ERROR_QUIET
  OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND ${Python_EXECUTABLE} -c
"import importlib.metadata, scipy_openblas32 as blas
files = importlib.metadata.files('scipy-openblas32')
print(blas.get_include_dir(), blas.get_lib_dir() + '/' + blas.get_library(fullname=True),
      *[file.locate() for file in files if 'LICENSE' in file.name], sep=';')")
if(NOT status EQUAL 0)
  return()
endif()
list(POP_FRONT found scipy_include kron_eye_carried_blas)
set(kron_eye_carried_licenses ${found})

set(prefixed "#include \"${scipy_include}/cblas.h\"\n")
file(STRINGS ${scipy_include}/cblas.h lines REGEX "scipy_cblas_[a-z0-9_]+ *\\(")
foreach(line IN LISTS lines)
  if(line MATCHES "scipy_(cblas_[a-z0-9_]+) *\\(")
    string(APPEND prefixed "#define ${CMAKE_MATCH_1} scipy_${CMAKE_MATCH_1}\n")
  endif()
endforeach()
set(header ${CMAKE_CURRENT_BINARY_DIR}/scipy_openblas)
file(CONFIGURE OUTPUT ${header}/cblas.h CONTENT "${prefixed}" @ONLY)

add_library(kron_eye_blas INTERFACE IMPORTED GLOBAL)
target_include_directories(kron_eye_blas INTERFACE ${header})
target_link_libraries(kron_eye_blas INTERFACE ${kron_eye_carried_blas})
set(kron_eye_blas_from "PyPI's scipy-openblas32")
