# The structure of the library: which layer includes which, and what the linker sees.

add_test(NAME layers
  COMMAND ${CMAKE_COMMAND} -D SOURCE=${PROJECT_SOURCE_DIR}/src
    -P ${CMAKE_CURRENT_SOURCE_DIR}/check_layers.cmake)
add_test(NAME layers.self_test
  COMMAND ${CMAKE_COMMAND} -D SCRATCH=${CMAKE_CURRENT_BINARY_DIR}/layers
    -P ${CMAKE_CURRENT_SOURCE_DIR}/check_layers.cmake)
add_test(NAME map
  COMMAND ${CMAKE_COMMAND} -D SOURCE=${PROJECT_SOURCE_DIR}/src
    -P ${CMAKE_CURRENT_SOURCE_DIR}/check_map.cmake)
set_tests_properties(layers layers.self_test map PROPERTIES LABELS source)
add_test(NAME symbols
  COMMAND ${CMAKE_COMMAND} -D NM=${CMAKE_NM} -D LIBRARY=$<TARGET_FILE:kron_eye>
    -D TYPE=$<TARGET_PROPERTY:kron_eye,TYPE> -D HEADER=${PROJECT_SOURCE_DIR}/include/kron_eye.h
    -P ${CMAKE_CURRENT_SOURCE_DIR}/check_symbols.cmake)
