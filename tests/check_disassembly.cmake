# The machine code of the archive, as a script (disassembly.awk states the rule):
#
#   cmake -D OBJDUMP=<objdump> -D AWK=<awk> -D ARCHIVE=<libkron_eye.a> -D OBJECTS=<a>,<b>,...
#         -P check_disassembly.cmake
#   cmake -D OBJDUMP=<objdump> -D AWK=<awk> -D COMPILER=<cc> -D SCRATCH=<folder>
#         -P check_disassembly.cmake
#
# The first form fails on an instruction that is not allowed, and unless the archive has as many
# objects as were compiled for it. The second is the check's own test: it must refuse such
# instructions, assembled on the spot.
cmake_minimum_required(VERSION 3.25)

# Judges the given files: `faults`, lines "object: instruction"; `objects`, how many were seen.
function(judge)
  execute_process(COMMAND ${OBJDUMP} -d --insn-width=16 ${ARGN}
    COMMAND ${AWK} -F "\t" -f ${CMAKE_CURRENT_LIST_DIR}/disassembly.awk
    OUTPUT_VARIABLE faults COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCH "([0-9]+) objects\n$" tail "${faults}")
  set(objects "${CMAKE_MATCH_1}" PARENT_SCOPE)
  string(REGEX REPLACE "[0-9]+ objects\n$" "" faults "${faults}")
  set(faults "${faults}" PARENT_SCOPE)
endfunction()

if(NOT COMPILER)
  judge("${ARCHIVE}")
  string(REPLACE "," ";" OBJECTS "${OBJECTS}")
  list(LENGTH OBJECTS compiled)
  if(NOT objects EQUAL compiled OR objects EQUAL 0)
    message(FATAL_ERROR "${ARCHIVE}: ${objects} objects were seen and ${compiled} compiled")
  endif()
  if(faults)
    string(SUBSTRING "${faults}" 0 2000 faults)
    message(FATAL_ERROR "${ARCHIVE}: instructions beyond the baseline, the first of them\n${faults}")
  endif()
  message("${objects} objects")
  return()
endif()

# An instruction and how the name of its object begins.
set(accepted
  "addps %xmm1, %xmm0|plain" "vaddps %ymm1, %ymm0, %ymm0|avx2_"
  "vaddps %zmm1, %zmm0, %zmm0|avx512_" "ud2|plain" "rep movsb|plain" "tzcnt %eax, %eax|plain")
set(rejected
  "vaddps %xmm1, %xmm0, %xmm0|plain" "vaddps %ymm1, %ymm0, %ymm0|plain" "vzeroupper|plain"
  "vaddps %ymm1, %ymm0, %ymm0|not_avx2_" "andn %eax, %ebx, %ecx|plain"
  "mulx %rax, %rbx, %rcx|plain" "popcnt %eax, %eax|plain" "pshufb %xmm1, %xmm0|plain"
  "haddps %xmm1, %xmm0|plain" "pmulld %xmm1, %xmm0|plain" "lock cmpxchg16b (%rax)|plain"
  "vaddps %zmm1, %zmm0, %zmm0|plain" "vaddps %zmm1, %zmm0, %zmm0|avx2_" "kmovw %eax, %k1|avx2_"
  "vaddps %xmm17, %xmm0, %xmm0|avx2_" "vaddps %xmm17, %xmm0, %xmm0|plain")

file(REMOVE_RECURSE "${SCRATCH}")
set(names)
set(sources)
foreach(kind IN ITEMS accepted rejected)
  foreach(case IN LISTS ${kind})
    string(REGEX MATCH "^(.*)[|](.*)$" parts "${case}")
    list(LENGTH names number)
    set(name ${CMAKE_MATCH_2}${number}_${kind})
    file(WRITE "${SCRATCH}/${name}.s" ".text\nf: ${CMAKE_MATCH_1}\nret\n")
    list(APPEND names ${name})
    list(APPEND sources ${name}.s)
  endforeach()
endforeach()
execute_process(COMMAND ${COMPILER} -c ${sources} WORKING_DIRECTORY "${SCRATCH}"
  COMMAND_ERROR_IS_FATAL ANY)
list(TRANSFORM names APPEND .o OUTPUT_VARIABLE files)
list(TRANSFORM files PREPEND "${SCRATCH}/")
judge(${files})

foreach(name IN LISTS names)
  string(FIND "\n${faults}" "\n${name}.o: " at)
  if((name MATCHES "_accepted$" AND NOT at EQUAL -1) OR (name MATCHES "_rejected$" AND at EQUAL -1))
    file(READ "${SCRATCH}/${name}.s" code)
    message(SEND_ERROR "${name}.o was not:\n${code}")
  endif()
endforeach()
if(NOT objects EQUAL 22)
  message(FATAL_ERROR "${objects} instructions were tried, not 22")
endif()
message("${objects} instructions judged as expected")
