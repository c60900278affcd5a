# The order of the house: who includes whom, and what the library shows to the linker.

add_test(NAME rooms
  COMMAND ${CMAKE_COMMAND} -D SOURCE=${PROJECT_SOURCE_DIR}/src
    -P ${CMAKE_CURRENT_SOURCE_DIR}/check_rooms.cmake)
add_test(NAME rooms.self_test
  COMMAND ${CMAKE_COMMAND} -D SCRATCH=${CMAKE_CURRENT_BINARY_DIR}/rooms
    -P ${CMAKE_CURRENT_SOURCE_DIR}/check_rooms.cmake)
add_test(NAME symbols
  COMMAND ${CMAKE_COMMAND} -D NM=${CMAKE_NM} -D LIBRARY=$<TARGET_FILE:kron_eye>
    -D TYPE=$<TARGET_PROPERTY:kron_eye,TYPE> -D HEADER=${PROJECT_SOURCE_DIR}/include/kron_eye.h
    -P ${CMAKE_CURRENT_SOURCE_DIR}/check_symbols.cmake)
