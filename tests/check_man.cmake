# The manual pages, as `man` shows them once they are installed:
#
#   cmake -D BUILD=<folder> -D PREFIX=<folder> -D MANDIR=<relative folder> -D SOURCE=<kron_eye>
#         -D MAN=<program> -P check_man.cmake
cmake_minimum_required(VERSION 3.25)

function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY
    OUTPUT_VARIABLE text)
  set(text "${text}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE ${PREFIX})
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${PREFIX} --component manual)
file(COPY ${SOURCE}/examples/npy_apply.1 DESTINATION ${PREFIX}/${MANDIR}/man1)
set(ENV{MANPATH} ${PREFIX}/${MANDIR})
set(ENV{MANWIDTH} 120)
set(ENV{LC_ALL} C)
foreach(page "3 kron_eye" "3 kron_eye_apply_f32" "3 kron_eye_plan_create_u8_f32" "3 KRON_EYE_OK"
    "1 npy_apply")
  separate_arguments(words UNIX_COMMAND "${page}")
  run(${MAN} ${words})
  list(GET words 1 name)
  if(NOT text MATCHES "${name}")
    message(FATAL_ERROR "man ${page} does not show ${name}:\n${text}")
  elseif(NOT text MATCHES "\n[^\n]*(20[0-9][0-9])[^\n]*\n*$")
    message(FATAL_ERROR "man ${page} has no date in its last line:\n${text}")
  endif()
endforeach()
