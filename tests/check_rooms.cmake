# The include rule of the rooms, as a script:  cmake -D SOURCE=<src> -P check_rooms.cmake
#
#   base < problem, kernel < plan < run < api
#
# A file includes its own room or a lower one; problem and kernel never include each other.
# With -D SCRATCH=<folder> in place of SOURCE the script tests itself on small trees that it writes
# there: it must accept the good one and refuse each bad one.

cmake_minimum_required(VERSION 3.25)

set(below_base)
set(below_problem base)
set(below_kernel base)
set(below_plan base problem kernel)
set(below_run base problem kernel plan)
set(below_api base problem kernel plan run)
set(rooms base problem kernel plan run api)

# Appends to `faults` what is wrong with the includes of one file; `count` counts them.
function(check_file source file)
  string(REGEX MATCH "^[^/]+" room "${file}")
  file(STRINGS "${source}/${file}" lines REGEX "^[ \t]*#[ \t]*include[ \t]*\"")
  foreach(line IN LISTS lines)
    math(EXPR count "${count} + 1")
    string(REGEX REPLACE "^[^\"]*\"([^\"]*)\".*" "\\1" included "${line}")
    string(REGEX MATCH "^[^/]+" target "${included}")
    if(NOT EXISTS "${source}/${included}")
      list(APPEND faults "${file} includes \"${included}\": no such file under the rooms")
    elseif(NOT target STREQUAL room AND NOT target IN_LIST below_${room})
      list(APPEND faults "${file} includes \"${included}\": ${room} may not know ${target}")
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
    string(REGEX MATCH "^[^/]+" room "${file}")
    if(NOT room IN_LIST rooms)
      list(APPEND faults "${file} stands in no room")
    else()
      check_file("${source}" "${file}")
    endif()
  endforeach()
  set(faults "${faults}" PARENT_SCOPE)
  set(count ${count} PARENT_SCOPE)
endfunction()

# Writes FILE with one include (none if empty) beside one header in each room, and expects `bad`
# to say whether the check refuses it.
function(expect bad file included)
  file(REMOVE_RECURSE "${SCRATCH}")
  foreach(room IN LISTS rooms)
    file(WRITE "${SCRATCH}/${room}/own.h" "/* nothing */\n")
  endforeach()
  file(WRITE "${SCRATCH}/${file}" "#include <stddef.h>\n  #  include \"${included}\"\n")
  check_tree("${SCRATCH}")
  set(refused FALSE)
  if(faults)
    set(refused TRUE)
  endif()
  if((bad AND NOT refused) OR (refused AND NOT bad))
    message(FATAL_ERROR "self-test: ${file} with \"${included}\": ${faults}")
  endif()
  math(EXPR expectations "${expectations} + 1")
  set(expectations ${expectations} PARENT_SCOPE)
endfunction()

if(SCRATCH)
  set(expectations 0)
  foreach(from RANGE 5)
    foreach(to RANGE 5)
      list(GET rooms ${from} from_room)
      list(GET rooms ${to} to_room)
      set(bad FALSE)
      if(to GREATER from OR (from_room STREQUAL kernel AND to_room STREQUAL problem))
        set(bad TRUE)
      endif()
      expect(${bad} ${from_room}/file.c ${to_room}/own.h)
    endforeach()
  endforeach()
  expect(TRUE run/file.c own.h)            # which room is not said
  expect(TRUE run/file.c ../base/own.h)    # a way around the rule
  expect(TRUE run/file.c base/missing.h)
  expect(TRUE run/deeper/file.h api/own.h) # folders inside a room
  expect(TRUE attic/file.c base/own.h)     # no such room
  if(NOT expectations EQUAL 41)
    message(FATAL_ERROR "self-test: ${expectations} expectations ran, not 41")
  endif()
  file(REMOVE_RECURSE "${SCRATCH}")
  message("${expectations} expectations hold")
else()
  check_tree("${SOURCE}")
  foreach(fault IN LISTS faults)
    message("${fault}")
  endforeach()
  if(faults OR count EQUAL 0)
    message(FATAL_ERROR "the include rule of the rooms is broken, or no include was found")
  endif()
  message("${count} includes follow the rule")
endif()
