# No function of the library takes more of the stack than a thread with little of it has to spare.
#
#     cmake -D OBJECTS=<folder of the library's objects, built with -fstack-usage>
#           -D LEAST=<functions that must be found> -P check_stack.cmake
#
# Or, for the check itself, -D SELF_TEST=ON -D COMPILER=<cc> -D SCRATCH=<folder>.
cmake_minimum_required(VERSION 3.25)

set(most 8192) # bytes, as the header says

# Sets `count` to the functions that the .su files below a folder tell of, `large` to those that take
# too much or an amount that is not bounded.
function(read_usage folder)
  set(count 0)
  set(large)
  file(GLOB_RECURSE files ${folder}/*.su)
  foreach(file IN LISTS files)
    file(STRINGS ${file} lines)
    foreach(line IN LISTS lines)
      # file:line:column:function <tab> bytes <tab> static, dynamic or dynamic,bounded
      if(NOT line MATCHES "^(.*)\t([0-9]+)\t(.*)$")
        message(FATAL_ERROR "not understood: ${line}")
      endif()
      math(EXPR count "${count} + 1")
      if(CMAKE_MATCH_2 GREATER most OR CMAKE_MATCH_3 STREQUAL "dynamic")
        list(APPEND large "${line}")
      endif()
    endforeach()
  endforeach()
  set(count ${count} PARENT_SCOPE)
  set(large "${large}" PARENT_SCOPE)
endfunction()

if(SELF_TEST)
  file(REMOVE_RECURSE ${SCRATCH})
  foreach(bytes 100 9000)
    file(WRITE ${SCRATCH}/${bytes}/f.c "int use(char *); int f(void); int f(void) {
      char a[${bytes}]; return use(a); }\n")
    execute_process(COMMAND ${COMPILER} -fstack-usage -c f.c -o f.o
      WORKING_DIRECTORY ${SCRATCH}/${bytes} COMMAND_ERROR_IS_FATAL ANY)
    read_usage(${SCRATCH}/${bytes})
    list(LENGTH large found)
    math(EXPR expected "${bytes} / ${most}")
    if(NOT count EQUAL 1 OR NOT found EQUAL expected)
      message(FATAL_ERROR "${bytes} bytes: ${found} of ${count} functions, not ${expected} of 1")
    endif()
  endforeach()
  return()
endif()

read_usage(${OBJECTS})
if(count LESS LEAST)
  message(FATAL_ERROR "only ${count} functions found in ${OBJECTS}")
endif()
message(STATUS "${count} functions")
if(large)
  list(JOIN large "\n" large)
  message(FATAL_ERROR "more than ${most} bytes of stack:\n${large}")
endif()
