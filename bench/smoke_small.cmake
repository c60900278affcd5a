# Runs a small program of the bench on a few tiny cases, each of which checks its results, and checks
# its exit status and how many lines of results it prints, but no times. Arguments: PROGRAM;
# ARGUMENTS; RESULT, a regular expression of a line of results; COUNT, of these lines.

execute_process(COMMAND ${PROGRAM} --rounds 6 --tries 1 --sample-ms 0.001 ${ARGUMENTS}
  RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE error)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "${PROGRAM}: ${result}\n${output}\n${error}")
endif()
string(REGEX MATCHALL "${RESULT}" lines "${output}")
list(LENGTH lines count)
if(NOT count EQUAL COUNT)
  message(FATAL_ERROR "${PROGRAM}: ${count} lines of results, not ${COUNT}\n${output}")
endif()
foreach(bad nan " -[0-9]")
  if(output MATCHES "${bad}")
    message(FATAL_ERROR "${PROGRAM}: '${bad}' in\n${output}")
  endif()
endforeach()
execute_process(COMMAND ${PROGRAM} --no-such-option RESULT_VARIABLE result OUTPUT_QUIET ERROR_QUIET)
if(result EQUAL 0)
  message(FATAL_ERROR "${PROGRAM} takes an option that it does not know")
endif()
message(STATUS "${count} lines of results")
