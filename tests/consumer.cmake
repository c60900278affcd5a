# An outside project uses the library in every way that the README describes (check_consumer.cmake).
# The installation is a fixture: the steps that need it run after it, or not at all.

include(CheckLanguage)
check_language(CXX)
foreach(linkage static shared)
  foreach(step install find_package pkg_config subdirectory fast_math)
    set(name consumer.${linkage}.${step})
    add_test(NAME ${name}
      COMMAND ${CMAKE_COMMAND} -D STEP=${step} -D LINKAGE=${linkage} -D SOURCE=${PROJECT_SOURCE_DIR}
        -D SCRATCH=${CMAKE_CURRENT_BINARY_DIR}/consumer -D GENERATOR=${CMAKE_GENERATOR}
        -D C_COMPILER=${CMAKE_C_COMPILER} -D CXX_COMPILER=${CMAKE_CXX_COMPILER}
        -D VERSION=${PROJECT_VERSION}
        -P ${CMAKE_CURRENT_SOURCE_DIR}/check_consumer.cmake)
    set_tests_properties(${name} PROPERTIES LABELS consumer)
    if(step STREQUAL install)
      set_tests_properties(${name} PROPERTIES FIXTURES_SETUP kron_eye_${linkage})
    elseif(NOT step MATCHES "^(subdirectory|fast_math)$")
      set_tests_properties(${name} PROPERTIES FIXTURES_REQUIRED kron_eye_${linkage})
    endif()
  endforeach()
endforeach()
