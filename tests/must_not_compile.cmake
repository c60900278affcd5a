# Misuse that a header refuses at compile time, as a script:
#
#   cmake -D COMPILER=<cc or c++> -D STANDARD=<c11...> -D INCLUDE=<folder> -D FILE=<.c or .cpp>
#         -P must_not_compile.cmake
#
# FILE holds its cases: `if CASE == 7 /* sentence */`. Case 0 is its correct use and must compile
# without a warning; each other case must fail to, saying its sentence.
cmake_minimum_required(VERSION 3.25)

file(STRINGS ${FILE} cases REGEX "CASE == [0-9]+ +/\\*")
list(LENGTH cases count)
if(count LESS 5)
  message(FATAL_ERROR "${FILE} names ${count} cases")
endif()

function(compile case)
  execute_process(COMMAND ${COMPILER} -std=${STANDARD} -Wall -Wextra -Wpedantic -Wconversion -Wshadow
      ${ARGN} -I ${INCLUDE} -D CASE=${case} -fsyntax-only ${FILE}
    RESULT_VARIABLE status ERROR_VARIABLE said OUTPUT_VARIABLE said)
  set(status ${status} PARENT_SCOPE)
  set(said "${said}" PARENT_SCOPE)
endfunction()

compile(0 -Werror)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "the correct use does not compile:\n${said}")
endif()
set(failures 0)
foreach(line IN LISTS cases)
  string(REGEX MATCH "CASE == ([0-9]+) +/\\* (.*) \\*/" match "${line}")
  set(case ${CMAKE_MATCH_1})
  set(sentence "${CMAKE_MATCH_2}")
  compile(${case})
  string(FIND "${said}" "${sentence}" position)
  if(status EQUAL 0 OR position EQUAL -1)
    message(SEND_ERROR "case ${case}: status ${status}, and '${sentence}' is not in:\n${said}")
    math(EXPR failures "${failures} + 1")
  endif()
endforeach()
message(STATUS "${count} cases, ${failures} failed")
