# What the header-only layers compile to, as a script:
#
#   cmake -D COMPILER=<cc or c++> -D STANDARD=<c11...> -D INCLUDE=<folder> -D FILE=<.c or .cpp>
#         -D SCRATCH=<folder> -P must_cost_nothing.cmake
#
# C: the same assembly through the generic names (-D GENERIC) and through the suffixed ones.
# C++: each function through_NAME calls NAME once, and otherwise only what throws.
cmake_minimum_required(VERSION 3.25)

file(MAKE_DIRECTORY ${SCRATCH})
function(assemble output)
  execute_process(COMMAND ${COMPILER} -std=${STANDARD} -O2 -g0 ${ARGN} -I ${INCLUDE} -S ${FILE}
      -o ${SCRATCH}/code.s
    COMMAND_ERROR_IS_FATAL ANY)
  file(READ ${SCRATCH}/code.s text)
  # gcc numbers its labels of functions, those that it has inlined away included.
  string(REGEX REPLACE "\\.LF([BE])[0-9]+" ".LF\\1" text "${text}")
  set(${output} "${text}" PARENT_SCOPE)
endfunction()

if(FILE MATCHES "\\.c$")
  assemble(through -D GENERIC)
  assemble(direct)
  string(REGEX MATCHALL "kron_eye_[a-z0-9_]+" names "${through}")
  list(LENGTH names count)
  file(STRINGS ${FILE} written REGEX "^  THROUGH\\(")
  list(LENGTH written expected)
  if(count LESS expected OR expected EQUAL 0 OR NOT through STREQUAL direct)
    message(FATAL_ERROR "the generic names compile to\n${through}\ninstead of\n${direct}")
  endif()
  message(STATUS "${count} calls, the same assembly")
  return()
endif()

assemble(code)
string(REGEX MATCHALL "\nthrough_[a-z0-9_]+:" labels "${code}")
file(STRINGS ${FILE} written REGEX "^void through_")
list(TRANSFORM written REPLACE "\\(.*" "")
list(REMOVE_DUPLICATES written) # each is declared and defined
list(LENGTH written expected)
set(count 0)
foreach(label IN LISTS labels)
  string(REGEX REPLACE "\nthrough_(.*):" "\\1" name "${label}")
  string(FIND "${code}" "${label}" start)
  string(SUBSTRING "${code}" ${start} -1 body)
  string(FIND "${body}" ".size" end)
  string(SUBSTRING "${body}" 0 ${end} body)
  # Symbols called or jumped to; a local label starts with a dot.
  string(REGEX MATCHALL "[\t ](call|callq|jmp|bl|b)[\t ]+[A-Za-z_][A-Za-z0-9_]*" calls "${body}")
  list(TRANSFORM calls REPLACE "^.*[\t ]" "")
  list(FILTER calls EXCLUDE REGEX "^_ZN8kron_eye6detail(4fail|9fail_size|8fail_csr)E")
  if(NOT calls STREQUAL name)
    message(SEND_ERROR "through_${name} calls '${calls}' besides what throws:\n${body}")
  endif()
  math(EXPR count "${count} + 1")
endforeach()
if(NOT count EQUAL expected OR count EQUAL 0)
  message(FATAL_ERROR "${count} functions found, not ${expected}")
endif()
message(STATUS "${count} functions, one call each")
