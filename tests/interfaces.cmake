# The header-only layers: they work, compile without a warning in every standard and with every
# compiler at hand, refuse misuse with a sentence, and cost nothing.

kron_eye_test(test_generic)

if(CMAKE_CXX_COMPILER)
  foreach(standard 17 20)
    set(name test_cpp.${standard})
    add_executable(${name} test_cpp.cpp)
    set_target_properties(${name} PROPERTIES CXX_STANDARD ${standard} CXX_EXTENSIONS OFF)
    target_link_libraries(${name} PRIVATE kron_eye::kron_eye)
    kron_eye_warnings(${name})
    add_test(NAME ${name} COMMAND ${name})
  endforeach()
endif()

# One ctest of a script here on one file, for one compiler and standard.
function(kron_eye_interface_check script file compiler standard)
  cmake_path(GET compiler FILENAME compiler_name)
  set(name ${script}.${compiler_name}.${standard})
  add_test(NAME ${name}
    COMMAND ${CMAKE_COMMAND} -D COMPILER=${compiler} -D STANDARD=${standard}
      -D INCLUDE=${PROJECT_SOURCE_DIR}/include -D FILE=${CMAKE_CURRENT_SOURCE_DIR}/${file}
      -D SCRATCH=${CMAKE_CURRENT_BINARY_DIR}/interfaces/${name}
      -P ${CMAKE_CURRENT_SOURCE_DIR}/${script}.cmake)
  set_tests_properties(${name} PROPERTIES LABELS source)
endfunction()

find_program(KRON_EYE_GCC gcc)
find_program(KRON_EYE_CLANG clang)
find_program(KRON_EYE_GXX g++)
find_program(KRON_EYE_CLANGXX clang++)
foreach(compiler IN LISTS KRON_EYE_GCC KRON_EYE_CLANG)
  if(compiler)
    foreach(standard c11 c17)
      kron_eye_interface_check(must_not_compile must_not_compile.c ${compiler} ${standard})
    endforeach()
    kron_eye_interface_check(must_cost_nothing test_generic_cost.c ${compiler} c11)
  endif()
endforeach()
foreach(compiler IN LISTS KRON_EYE_GXX KRON_EYE_CLANGXX)
  if(compiler)
    cmake_path(GET compiler FILENAME compiler_name)
    foreach(standard c++17 c++20)
      kron_eye_interface_check(must_not_compile must_not_compile.cpp ${compiler} ${standard})
      kron_eye_interface_check(must_cost_nothing test_cpp_cost.cpp ${compiler} ${standard})
      add_test(NAME must_not_warn.${compiler_name}.${standard}
        COMMAND ${compiler} -std=${standard} -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wundef
          -Werror -I ${PROJECT_SOURCE_DIR}/include -fsyntax-only
          ${CMAKE_CURRENT_SOURCE_DIR}/test_cpp.cpp)
      set_tests_properties(must_not_warn.${compiler_name}.${standard} PROPERTIES LABELS source)
    endforeach()
  endif()
endforeach()
