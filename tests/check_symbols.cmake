# Checks the symbols that the built library exports:
#
#   cmake -D NM=<nm> -D LIBRARY=<file> -D TYPE=<STATIC_LIBRARY|SHARED_LIBRARY> -D HEADER=<kron_eye.h>
#         -P check_symbols.cmake
#
# Static: every external symbol that the archive defines starts with kron_eye_, and every public
# function is among them. Shared: the library exports the public functions of the header and nothing
# else.

cmake_minimum_required(VERSION 3.25)

# The functions that the header declares with KRON_EYE_API.
file(READ "${HEADER}" text)
string(REGEX MATCHALL "\nKRON_EYE_API [^(]*[ *](kron_eye_[a-z0-9_]+)\\(" declarations "${text}")
set(public)
foreach(declaration IN LISTS declarations)
  string(REGEX REPLACE ".*[ *](kron_eye_[a-z0-9_]+)\\($" "\\1" name "${declaration}")
  list(APPEND public ${name})
endforeach()
string(REGEX MATCHALL "\nKRON_EYE_API " marks "${text}")
list(LENGTH public functions)
list(LENGTH marks marked)
if(functions EQUAL 0 OR NOT functions EQUAL marked)
  message(FATAL_ERROR "read ${functions} functions of the header's ${marked}")
endif()

set(flags -g --defined-only -P)
if(TYPE STREQUAL SHARED_LIBRARY)
  list(PREPEND flags -D)
endif()
execute_process(COMMAND ${NM} ${flags} ${LIBRARY} OUTPUT_VARIABLE listing COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "(^|\n)[^ \n]+ [A-Za-z] [^\n]*" lines "${listing}")
set(defined)
foreach(line IN LISTS lines)
  string(REGEX REPLACE "^\n?([^ ]+) .*" "\\1" name "${line}")
  # Exempt are the address sanitizer's marks on globals, which are not C names, and what clang's
  # OpenMP shares among all objects of a program for a reduction.
  if(NOT name MATCHES "^(__odr_asan|\\.gomp_)")
    list(APPEND defined ${name})
  endif()
endforeach()

set(faults)
foreach(name IN LISTS public)
  if(NOT name IN_LIST defined)
    list(APPEND faults "${name} is declared and not defined")
  endif()
endforeach()
foreach(name IN LISTS defined)
  if(TYPE STREQUAL SHARED_LIBRARY AND NOT name IN_LIST public)
    list(APPEND faults "${name} is exported and not public")
  elseif(NOT name MATCHES "^kron_eye_")
    list(APPEND faults "${name} leaks")
  endif()
endforeach()
foreach(fault IN LISTS faults)
  message("${fault}")
endforeach()
if(faults)
  message(FATAL_ERROR "${LIBRARY}: the symbols are not as promised")
endif()
list(LENGTH defined count)
message("${count} symbols, ${functions} of them public")
