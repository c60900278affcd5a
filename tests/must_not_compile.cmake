# Misuse that a header refuses at compile time, as a script:
#
#   cmake -D COMPILER=<cc or c++> -D STANDARD=<c11...> -D INCLUDE=<folder> -D FILE=<.c or .cpp>
#         -P must_not_compile.cmake
#
# FILE must compile without a warning. With MISUSE defined it holds statements that must not, each
# under a comment `refused: SENTENCE`: for each, the compiler must report an error that says the
# sentence and leads to one of the statement's lines, and it must report no error anywhere else.
cmake_minimum_required(VERSION 3.25)

set(ENV{LC_ALL} C)
set(command ${COMPILER} -std=${STANDARD} -Wall -Wextra -Wpedantic -Wconversion -Wshadow
  -I ${INCLUDE} -fsyntax-only ${FILE})
if(COMPILER MATCHES "clang")
  list(APPEND command -ferror-limit=0)
endif()

execute_process(COMMAND ${command} -Werror RESULT_VARIABLE status
  ERROR_VARIABLE said OUTPUT_VARIABLE said)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "the correct use does not compile:\n${said}")
endif()

# What CMake's lists would stumble over, in a file or a compiler's words.
function(lines_of text result)
  string(REPLACE ";" "," text "${text}")
  string(REGEX REPLACE "[][]" " " text "${text}")
  string(REPLACE "\n" " ;" text "${text}") # the space keeps empty lines, which count
  set(${result} "${text}" PARENT_SCOPE)
endfunction()

# sentence_K for each case K; case_at_L for each line L of a case.
file(READ ${FILE} text)
lines_of("${text}" lines)
set(cases 0)
set(inside FALSE)
set(number 0)
foreach(line IN LISTS lines)
  math(EXPR number "${number} + 1")
  if(line MATCHES "^ *(/[*]|//) refused: ([^*]*[^* ])")
    math(EXPR cases "${cases} + 1")
    set(sentence_${cases} "${CMAKE_MATCH_2}")
    set(inside TRUE)
  elseif(line MATCHES "^#")
    set(inside FALSE)
  elseif(inside)
    set(case_at_${number} ${cases})
  endif()
endforeach()
if(cases LESS 5)
  message(FATAL_ERROR "${FILE} has ${cases} cases")
endif()

# A report is an error with the lines that lead to it: gcc gives some of them before the error, under
# a line "FILE: In ...", clang gives all of them after it. Its errors are added to said_K of each case
# that it leads to; `strays` are errors at other lines of the file.
execute_process(COMMAND ${command} -D MISUSE RESULT_VARIABLE status
  ERROR_VARIABLE said OUTPUT_VARIABLE said)
lines_of("${said}" lines)
list(APPEND lines "end: In ")
cmake_path(GET FILE FILENAME name)
string(REPLACE "." "[.]" name "${name}")
set(error)
set(led_to)
set(strays)
foreach(line IN LISTS lines)
  if(error AND line MATCHES ": error: |^[^ ]+: In ")
    foreach(case IN LISTS led_to)
      string(APPEND said_${case} "${error}\n")
    endforeach()
    set(error)
    set(led_to)
  endif()
  if(line MATCHES ": error: ")
    set(error "${line}")
  endif()
  if(line MATCHES "(^|/)${name}:([0-9]+):")
    set(at ${CMAKE_MATCH_2})
    if(case_at_${at})
      list(APPEND led_to ${case_at_${at}})
    elseif(line MATCHES "${name}:[0-9:]+ error: ")
      string(APPEND strays "${line}\n")
    endif()
  endif()
endforeach()

set(failures 0)
foreach(case RANGE 1 ${cases})
  string(FIND "${said_${case}}" "${sentence_${case}}" at)
  if(at EQUAL -1)
    message(SEND_ERROR "case ${case}: '${sentence_${case}}' is not in:\n${said_${case}}")
    math(EXPR failures "${failures} + 1")
  endif()
endforeach()
if(strays OR failures OR status EQUAL 0)
  message(FATAL_ERROR "status ${status}; ${failures} of ${cases} cases failed, of\n${said}\n"
    "errors elsewhere:\n${strays}")
endif()
message(STATUS "${cases} cases")
