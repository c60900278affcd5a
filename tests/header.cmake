# The public header in two C files of one program and in C++, with every warning an error.

add_executable(test_header header_first.c header_second.c)
set_target_properties(test_header PROPERTIES C_STANDARD 11 C_EXTENSIONS OFF)
target_compile_options(test_header PRIVATE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wundef -Werror)
target_link_libraries(test_header PRIVATE kron_eye::kron_eye)
add_test(NAME test_header COMMAND test_header)

include(CheckLanguage)
check_language(CXX)
if(CMAKE_CXX_COMPILER)
  enable_language(CXX)
  add_executable(test_header_cxx header_cxx.cpp)
  set_target_properties(test_header_cxx PROPERTIES CXX_STANDARD 17 CXX_EXTENSIONS OFF)
  target_compile_options(test_header_cxx PRIVATE
    -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wundef -Werror)
  target_link_libraries(test_header_cxx PRIVATE kron_eye::kron_eye)
  add_test(NAME test_header_cxx COMMAND test_header_cxx)
endif()

# clang reads the comments of the headers as documentation, and finds nothing wrong with them.
find_program(KRON_EYE_CLANG clang)
if(KRON_EYE_CLANG)
  add_test(NAME header_documentation COMMAND ${KRON_EYE_CLANG} -std=c11 -fsyntax-only
    -Wdocumentation -Werror -I ${PROJECT_SOURCE_DIR}/include
    -x c ${PROJECT_SOURCE_DIR}/include/kron_eye_generic.h)
endif()
