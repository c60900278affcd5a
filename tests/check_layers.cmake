# The include rule of the layers in src/, as a script:  cmake -D SOURCE=<src> -P check_layers.cmake
#
#   base < problem, kernel < plan, sparse < run < chain < api
#
# A file includes headers of its own layer or a lower one; problem and kernel never include each
# other, nor plan and sparse. mpi sees the public headers only. Headers of src/ stand in quotes, with
# their layer: "base/memory.h". A layer may have no directory.
#
# With -D SCRATCH=<folder> in place of SOURCE the script tests itself on small trees that it writes
# there: it must accept each good one and refuse each bad one.
cmake_minimum_required(VERSION 3.25)

set(below_base)
set(below_problem base)
set(below_kernel base)
set(below_plan base problem kernel)
set(below_sparse base problem kernel)
set(below_run base problem kernel plan sparse)
set(below_chain base problem kernel plan sparse run)
set(below_api base problem kernel plan sparse run chain)
set(below_mpi)
set(layers base problem kernel plan sparse run chain api mpi)

# Appends to `faults` what is wrong with the includes of one file; `count` counts them.
function(check_file source file)
  string(REGEX MATCH "^[^/]+" layer "${file}")
  file(STRINGS "${source}/${file}" lines REGEX "^[ \t]*#[ \t]*include[ \t]*[\"<]")
  foreach(line IN LISTS lines)
    string(REGEX MATCH "([\"<])([^\">]*)" match "${line}")
    set(quote "${CMAKE_MATCH_1}")
    set(included "${CMAKE_MATCH_2}")
    string(REGEX MATCH "^[^/]+" target "${included}")
    if(quote STREQUAL "<")
      if(EXISTS "${source}/${included}")
        list(APPEND faults "${file} includes <${included}>: headers of src/ stand in quotes")
      endif()
      continue()
    endif()
    math(EXPR count "${count} + 1")
    if(NOT EXISTS "${source}/${included}")
      list(APPEND faults "${file} includes \"${included}\": no such file in src/")
    elseif(NOT target STREQUAL layer AND NOT target IN_LIST below_${layer})
      list(APPEND faults "${file} includes \"${included}\": ${layer} may not include ${target}")
    endif()
  endforeach()
  set(faults "${faults}" PARENT_SCOPE)
  set(count ${count} PARENT_SCOPE)
endfunction()

# Sets `faults` (a list) and `count` (includes seen) for a whole tree.
function(check_tree source)
  set(faults)
  set(count 0)
  file(GLOB_RECURSE files RELATIVE "${source}"
    "${source}/*.c" "${source}/*.h" "${source}/*.cpp" "${source}/*.hpp" "${source}/*.inc")
  foreach(file IN LISTS files)
    string(REGEX MATCH "^[^/]+" layer "${file}")
    if(NOT layer IN_LIST layers)
      list(APPEND faults "${file} is in no layer")
    else()
      check_file("${source}" "${file}")
    endif()
  endforeach()
  set(faults "${faults}" PARENT_SCOPE)
  set(count ${count} PARENT_SCOPE)
endfunction()

# Expects the check to refuse FILE, or not, when it has one include, in quotes unless it brings its
# own brackets.
function(expect refusal file included)
  if(NOT included MATCHES "^<")
    set(included "\"${included}\"")
  endif()
  file(WRITE "${SCRATCH}/${file}" "#include <stddef.h>\n  #  include ${included}\n")
  check_tree("${SCRATCH}")
  file(REMOVE "${SCRATCH}/${file}")
  list(LENGTH faults found)
  if(NOT found EQUAL refusal)
    message(FATAL_ERROR "self-test: ${file} with ${included}: ${found} faults: ${faults}")
  endif()
  math(EXPR expectations "${expectations} + 1")
  set(expectations ${expectations} PARENT_SCOPE)
endfunction()

if(NOT SCRATCH)
  check_tree("${SOURCE}")
  foreach(fault IN LISTS faults)
    message("${fault}")
  endforeach()
  if(faults OR count EQUAL 0)
    message(FATAL_ERROR "the include rule of the layers is broken, or no include was found")
  endif()
  message("${count} includes follow the rule")
  return()
endif()

file(REMOVE_RECURSE "${SCRATCH}")
foreach(layer IN LISTS layers)
  file(WRITE "${SCRATCH}/${layer}/own.h" "/* nothing */\n")
endforeach()
set(expectations 0)
# Of two layers, the height decides; two of the same height do not know each other.
set(height_base 0)
set(height_problem 1)
set(height_kernel 1)
set(height_plan 2)
set(height_sparse 2)
set(height_run 3)
set(height_chain 4)
set(height_api 5)
foreach(from IN LISTS layers)
  foreach(to IN LISTS layers)
    set(refusal 1)
    if(from STREQUAL to)
      set(refusal 0)
    elseif(NOT from STREQUAL mpi AND NOT to STREQUAL mpi AND height_${to} LESS height_${from})
      set(refusal 0)
    endif()
    expect(${refusal} ${from}/file.c ${to}/own.h)
  endforeach()
endforeach()
expect(1 run/file.c own.h)            # no layer is named
expect(1 run/file.c ../base/own.h)    # a way around the rule
expect(1 run/file.c base/missing.h)
expect(1 run/deeper/file.h api/own.h) # folders inside a layer
expect(0 run/deeper/file.h base/own.h)
expect(1 attic/file.c base/own.h)     # no such layer
expect(1 file.c base/own.h)
expect(1 run/file.c <base/own.h>)     # in brackets
expect(1 mpi/file.c <run/own.h>)
expect(0 mpi/file.c <kron_eye.h>)
expect(0 api/file.inc chain/own.h)
file(REMOVE_RECURSE "${SCRATCH}/sparse" "${SCRATCH}/chain" "${SCRATCH}/mpi")
expect(0 api/file.c run/own.h)        # layers that have no directory
expect(1 api/file.c chain/own.h)
if(NOT expectations EQUAL 94)
  message(FATAL_ERROR "self-test: ${expectations} expectations ran, not 94")
endif()
file(REMOVE_RECURSE "${SCRATCH}")
message("${expectations} expectations hold")
