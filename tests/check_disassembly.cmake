# The machine code of the archive, as a script:
#
#   cmake -D OBJDUMP=<objdump> -D ARCHIVE=<libkron_eye.a> -P check_disassembly.cmake
#   cmake -D OBJDUMP=<objdump> -D COMPILER=<cc> -D SCRATCH=<folder> -P check_disassembly.cmake
#
# No instruction beyond the x86-64 baseline may stand outside the objects named avx2_* and avx512_*:
# on a CPU without it, such an instruction ends the program. Those beyond are known by their
# encoding: a VEX (c4, c5) or EVEX (62) prefix as first byte, which 64-bit code has for nothing else;
# or by name (POPCNT, SSE3 to SSE4.2, MOVBE, ...). TZCNT is let through: it is the baseline's BSF with
# a prefix that older CPUs ignore, and compilers write it for both where the operand is not 0. In
# avx2_* no EVEX, no 512-bit and no mask register.
#
# The second form is the check's own test: it must refuse such instructions, compiled on the spot.

cmake_minimum_required(VERSION 3.25)

# Encoded without VEX and yet younger than the baseline.
string(CONCAT young "(popcnt|lzcnt|movbe|crc32[bwlq]?|pshufb|palignr|phadd[wd]|phsub[wd]|pabs[bwd]|"
  "psign[bwd]|pmaddubsw|pmulhrsw|addsub[ps][sd]|hadd[ps][sd]|hsub[ps][sd]|lddqu|movddup|movs[hl]dup|"
  "pblend[a-z]+|blend[a-z]+|dp[ps][sd]|extractps|insertps|pextr[bdq]|pinsr[bdq]|pmov[sz]x[a-z]+|"
  "pmul(dq|ld)|pm(ax|in)(s[bd]|u[wd])|pcmp(eqq|gtq|estr[im]|istr[im])|phminposuw|ptest|round[ps][sd]|"
  "mpsadbw|movntdqa|packusdw|aes[a-z]+|pclmul[a-z]+|adcx|adox|cmpxchg16b|rdrand|rdseed)")

# The lines of one object's listing that its name does not allow.
function(faults_of object listing result)
  if(object MATCHES "^avx512_")
    set(${result} "" PARENT_SCOPE)
    return()
  elseif(object MATCHES "^avx2_")
    set(refused "^ +[0-9a-f]+:\t62 |%zmm|%k[0-7]")
  else()
    set(refused "^ +[0-9a-f]+:\t(62|c4|c5) |%[yz]mm|\t(rep |lock )?${young}( |$)")
  endif()
  string(REGEX MATCHALL "[^\n]+" lines "${listing}")
  list(FILTER lines INCLUDE REGEX "${refused}")
  set(${result} "${lines}" PARENT_SCOPE)
endfunction()

# The whole archive, or one object.
function(disassemble file result)
  execute_process(COMMAND ${OBJDUMP} -d --insn-width=16 ${file}
    OUTPUT_VARIABLE text COMMAND_ERROR_IS_FATAL ANY)
  string(REPLACE ";" "," text "${text}")
  string(REGEX REPLACE "[][]" "" text "${text}")
  set(${result} "${text}" PARENT_SCOPE)
endfunction()

if(COMPILER)
  file(MAKE_DIRECTORY "${SCRATCH}")
  set(accepted
    "addps %xmm1, %xmm0|plain" "vaddps %ymm1, %ymm0, %ymm0|avx2_a"
    "vaddps %zmm1, %zmm0, %zmm0|avx512_a" "ud2|plain" "rep movsb|plain"
    "tzcnt %eax, %eax|plain")
  set(rejected
    "vaddps %xmm1, %xmm0, %xmm0|plain" "vaddps %ymm1, %ymm0, %ymm0|plain" "vzeroupper|plain"
    "vaddps %ymm1, %ymm0, %ymm0|not_avx2_a" "andn %eax, %ebx, %ecx|plain" "mulx %rax, %rbx, %rcx|plain"
    "popcnt %eax, %eax|plain" "pshufb %xmm1, %xmm0|plain"
    "haddps %xmm1, %xmm0|plain" "pmulld %xmm1, %xmm0|plain" "vaddps %zmm1, %zmm0, %zmm0|plain"
    "vaddps %zmm1, %zmm0, %zmm0|avx2_a" "kmovw %eax, %k1|avx2_a"
    "vaddps %xmm17, %xmm0, %xmm0|avx2_a" "vaddps %xmm17, %xmm0, %xmm0|plain")
  set(count 0)
  foreach(kind IN ITEMS accepted rejected)
    foreach(case IN LISTS ${kind})
      string(REGEX MATCH "^(.*)[|](.*)$" parts "${case}")
      set(instruction "${CMAKE_MATCH_1}")
      set(object "${CMAKE_MATCH_2}")
      file(WRITE "${SCRATCH}/case.s" ".text\nf: ${instruction}\nret\n")
      execute_process(COMMAND ${COMPILER} -c "${SCRATCH}/case.s" -o "${SCRATCH}/case.o"
        COMMAND_ERROR_IS_FATAL ANY)
      disassemble("${SCRATCH}/case.o" listing)
      faults_of(${object} "${listing}" faults)
      if((kind STREQUAL accepted AND faults) OR (kind STREQUAL rejected AND NOT faults))
        message(FATAL_ERROR "'${instruction}' in ${object}.c.o is not ${kind}")
      endif()
      math(EXPR count "${count} + 1")
    endforeach()
  endforeach()
  if(NOT count EQUAL 21)
    message(FATAL_ERROR "${count} instructions were tried, not 21")
  endif()
  message("${count} instructions judged as expected")
  return()
endif()

disassemble("${ARCHIVE}" text)
string(REGEX MATCHALL "[^\n]+:     file format " heads "${text}")
set(objects 0)
set(bad)
foreach(head IN LISTS heads)
  # This object's part of the text ends where the next head begins.
  string(LENGTH "${head}" length)
  string(FIND "${text}" "${head}" at)
  math(EXPR at "${at} + ${length}")
  string(SUBSTRING "${text}" ${at} -1 text)
  string(REGEX REPLACE ":     file format $" "" object "${head}")
  string(FIND "${text}" ":     file format " end)
  string(SUBSTRING "${text}" 0 ${end} listing)
  faults_of(${object} "${listing}" faults)
  foreach(fault IN LISTS faults)
    message("${object}: ${fault}")
    list(APPEND bad ${object})
  endforeach()
  math(EXPR objects "${objects} + 1")
endforeach()
if(objects LESS 20)
  message(FATAL_ERROR "${ARCHIVE}: only ${objects} objects were seen")
endif()
if(bad)
  message(FATAL_ERROR "${ARCHIVE}: instructions beyond the baseline")
endif()
message("${objects} objects")
