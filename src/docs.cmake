# Target `docs` and the test of that name: the reference as web pages and as manual pages of
# section 3, from the public headers, README.md being the first page. A warning is an error.
# They appear in build/docs, where Doxygen is found. Manual pages that were made are installed.

find_package(Doxygen QUIET)
if(NOT DOXYGEN_FOUND)
  message(STATUS "kron_eye: web and manual pages are left out; they need, on Debian: "
    "apt-get install doxygen")
  return()
endif()

set(DOXYGEN_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/docs)
set(DOXYGEN_STRIP_FROM_PATH ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR})
set(DOXYGEN_USE_MDFILE_AS_MAINPAGE ${PROJECT_SOURCE_DIR}/README.md)
set(DOXYGEN_WARN_AS_ERROR FAIL_ON_WARNINGS)
set(DOXYGEN_QUIET YES)

# The reference is the headers' comments: each begins with its brief sentence.
set(DOXYGEN_JAVADOC_AUTOBRIEF YES)
set(DOXYGEN_OPTIMIZE_OUTPUT_FOR_C YES)
set(DOXYGEN_EXTENSION_MAPPING hpp=C++)
set(DOXYGEN_TYPEDEF_HIDES_STRUCT YES)
set(DOXYGEN_SORT_MEMBER_DOCS NO)
set(DOXYGEN_EXCLUDE_SYMBOLS KRON_EYE_API kron_eye::detail kron_eye::detail::* *_)

# What a reader has no use for: how symbols are exported, the spans of C++17, macros' insides.
set(DOXYGEN_MACRO_EXPANSION YES)
set(DOXYGEN_EXPAND_ONLY_PREDEF YES)
set(DOXYGEN_PREDEFINED KRON_EYE_API= KRON_EYE_COLD_= "__cplusplus=202002L" __cpp_lib_span=202002L)
set(DOXYGEN_MAX_INITIALIZER_LINES 2)
set(DOXYGEN_HAVE_DOT NO)
set(DOXYGEN_SHOW_INCLUDE_FILES NO)
set(DOXYGEN_VERBATIM_HEADERS NO)
set(DOXYGEN_GENERATE_HTML YES)
set(DOXYGEN_GENERATE_MAN YES)
set(DOXYGEN_MAN_LINKS YES)

set(DOXYGEN_IMAGE_PATH ${PROJECT_SOURCE_DIR}/bench)
set(DOXYGEN_INPUT_FILTER "sed -E -f ${PROJECT_SOURCE_DIR}/src/docs.sed")

doxygen_add_docs(docs
  README.md CONTRIBUTING.md CHANGELOG.md
  src/README.md tests/README.md tests/RESULTS.md
  bench/README.md bench/RESULTS.md bench/NOTES.md bench/plots.md
  examples/README.md examples/mpi.md examples/python/README.md
  include/kron_eye.h include/kron_eye_generic.h include/kron_eye.hpp
  include/kron_eye_mpi.h
  WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
  COMMENT "Reference: ${DOXYGEN_OUTPUT_DIRECTORY}/html/index.html")
# Manual pages named after fields (size, rows) help nobody; one by the library's own name does.
file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/kron_eye.3 CONTENT ".so man3/kron_eye.h.3\n")
add_custom_command(TARGET docs POST_BUILD
  COMMAND find ${DOXYGEN_OUTPUT_DIRECTORY}/man -type f -not -iname "kron_eye*" -delete
  COMMAND ${CMAKE_COMMAND} -E copy kron_eye.3 ${DOXYGEN_OUTPUT_DIRECTORY}/man/man3/kron_eye.3
  WORKING_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR} VERBATIM)
if(KRON_EYE_INSTALL)
  install(DIRECTORY ${DOXYGEN_OUTPUT_DIRECTORY}/man/man3 DESTINATION ${CMAKE_INSTALL_MANDIR}
    COMPONENT manual OPTIONAL)
endif()

if(KRON_EYE_BUILD_TESTS)
  add_test(NAME docs COMMAND ${CMAKE_COMMAND} --build ${PROJECT_BINARY_DIR} --target docs)
  set_tests_properties(docs PROPERTIES LABELS source
    FIXTURES_SETUP kron_eye_docs)
  find_program(KRON_EYE_MAN man)
  if(KRON_EYE_MAN AND KRON_EYE_INSTALL)
    add_test(NAME docs.man COMMAND ${CMAKE_COMMAND} -D BUILD=${PROJECT_BINARY_DIR}
      -D PREFIX=${PROJECT_BINARY_DIR}/docs/installed -D MANDIR=${CMAKE_INSTALL_MANDIR}
      -D SOURCE=${PROJECT_SOURCE_DIR} -D MAN=${KRON_EYE_MAN}
      -P ${PROJECT_SOURCE_DIR}/tests/check_man.cmake)
    set_tests_properties(docs.man PROPERTIES FIXTURES_REQUIRED kron_eye_docs)
  endif()
endif()
