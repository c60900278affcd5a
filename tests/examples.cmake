# The examples: unit tests of what they share, and the programs themselves, run as a user would.

if(NOT TARGET kron_eye_support)
  return()
endif()
find_package(ZLIB REQUIRED)

add_library(kron_eye_test_scratch STATIC support_scratch.c)
target_compile_definitions(kron_eye_test_scratch PUBLIC _XOPEN_SOURCE=700)
set_target_properties(kron_eye_test_scratch PROPERTIES C_STANDARD 11 C_EXTENSIONS OFF)
target_link_libraries(kron_eye_test_scratch PUBLIC kron_eye_test_kit kron_eye_support
  PRIVATE ZLIB::ZLIB)
kron_eye_warnings(kron_eye_test_scratch)

foreach(name IN ITEMS test_idx test_npy test_atomic_file test_mnist_layer)
  if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${name}.c)
  kron_eye_test(${name})
  target_link_libraries(${name} PRIVATE kron_eye_test_scratch)
  endif()
endforeach()
