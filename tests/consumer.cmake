# An outside project uses the library in every way that the README describes (check_consumer.cmake).
# The installation is a fixture: the steps that need it run after it, or not at all.

include(CheckLanguage)
check_language(CXX)
if(CMAKE_C_COMPILER_ID MATCHES "Clang")
  find_program(KRON_EYE_OTHER_COMPILER_OF_CLANG NAMES gcc)
  set(other_compiler ${KRON_EYE_OTHER_COMPILER_OF_CLANG})
else()
  find_program(KRON_EYE_OTHER_COMPILER_OF_GCC NAMES clang)
  set(other_compiler ${KRON_EYE_OTHER_COMPILER_OF_GCC})
endif()

# The build at hand is what the static consumers use, as it would be installed. Other builds than
# that of a static library without further flags install one of their own.
set(own_build)
if(NOT BUILD_SHARED_LIBS AND NOT CMAKE_C_FLAGS MATCHES "sanitize|coverage")
  set(own_build ${PROJECT_BINARY_DIR})
endif()

function(kron_eye_consumer_test linkage step)
  set(name consumer.${linkage}.${step})
  add_test(NAME ${name}
    COMMAND ${CMAKE_COMMAND} -D STEP=${step} -D LINKAGE=${linkage} -D SOURCE=${PROJECT_SOURCE_DIR}
      -D SCRATCH=${CMAKE_CURRENT_BINARY_DIR}/consumer -D GENERATOR=${CMAKE_GENERATOR}
      -D C_COMPILER=${CMAKE_C_COMPILER} -D CXX_COMPILER=${CMAKE_CXX_COMPILER}
      -D OTHER_COMPILER=${other_compiler} -D VERSION=${PROJECT_VERSION} -D OWN_BUILD=${own_build}
      -P ${CMAKE_CURRENT_SOURCE_DIR}/check_consumer.cmake)
  set_tests_properties(${name} PROPERTIES LABELS consumer)
  if(step STREQUAL install)
    set_tests_properties(${name} PROPERTIES FIXTURES_SETUP kron_eye_${linkage})
  elseif(step MATCHES "^(find_package|pkg_config|other_compiler|missing|mpi)$")
    set_tests_properties(${name} PROPERTIES FIXTURES_REQUIRED kron_eye_${linkage})
  endif()
endfunction()

foreach(linkage static shared)
  foreach(step install find_package pkg_config subdirectory fast_math)
    kron_eye_consumer_test(${linkage} ${step})
  endforeach()
endforeach()
foreach(step readme missing one_thread)
  kron_eye_consumer_test(static ${step})
endforeach()
if(other_compiler)
  kron_eye_consumer_test(static other_compiler)
endif()

# What configuring alone shows: messages, settings and flags.
foreach(step messages no_mpi bench_alone debug_guest exporting_guest)
  set(name configure.${step})
  add_test(NAME ${name}
    COMMAND ${CMAKE_COMMAND} -D STEP=${step} -D SOURCE=${PROJECT_SOURCE_DIR}
      -D SCRATCH=${CMAKE_CURRENT_BINARY_DIR}/configure -D C_COMPILER=${CMAKE_C_COMPILER}
      -P ${CMAKE_CURRENT_SOURCE_DIR}/check_configure.cmake)
  set_tests_properties(${name} PROPERTIES LABELS consumer)
endforeach()
