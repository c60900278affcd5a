# What the library is built on, found alike when it is built and when its package is used:
#
#   kron_eye_blas    a CBLAS: include path and libraries
#   kron_eye_openmp  OpenMP where KRON_EYE_OPENMP is on; the library runs on one thread without it
#   Threads::Threads
#
# Order for the BLAS: the target OpenBLAS::OpenBLAS (upstream's package), pkg-config's openblas
# (Debian's package, whose CMake file defines no target), CMake's FindBLAS. A given BLA_VENDOR or
# BLA_STATIC goes to FindBLAS at once. A project that brings its own defines the target
# kron_eye_blas beforehand.
#
# What is not found is not defined. In words: kron_eye_blas_from says where the BLAS is from,
# kron_eye_blas_missing why there is none, kron_eye_openmp_from which OpenMP was found.
#
# The package (kron_eyeConfig.cmake) sets kron_eye_package, and in kron_eye_openmp_runtime the names
# of the OpenMP libraries that the archive calls: then no header and no compiler flag is looked for.

# ---------------------------------------------------------------- BLAS

set(kron_eye_blas_missing "")
if(TARGET kron_eye_blas)
  set(kron_eye_blas_from "the project around")
else()
  set(kron_eye_blas_library "")
  set(kron_eye_blas_from "")
  set(kron_eye_blas_settings "") # of FindBLAS, in words
  if(BLA_VENDOR)
    set(kron_eye_blas_settings "BLA_VENDOR=${BLA_VENDOR}")
  elseif(DEFINED ENV{BLA_VENDOR})
    set(kron_eye_blas_settings "BLA_VENDOR=$ENV{BLA_VENDOR} (from the environment)")
  endif()
  if(BLA_STATIC)
    string(APPEND kron_eye_blas_settings " BLA_STATIC=${BLA_STATIC}")
    string(STRIP "${kron_eye_blas_settings}" kron_eye_blas_settings)
  endif()

  if(NOT kron_eye_blas_settings)
    find_package(OpenBLAS CONFIG QUIET)
    if(TARGET OpenBLAS::OpenBLAS)
      set(kron_eye_blas_library OpenBLAS::OpenBLAS)
      set(kron_eye_blas_from "package OpenBLAS")
      set(kron_eye_blas_pc_requires openblas)
    else()
      find_package(PkgConfig QUIET)
      if(PkgConfig_FOUND)
        pkg_check_modules(kron_eye_openblas QUIET IMPORTED_TARGET GLOBAL openblas)
        if(TARGET PkgConfig::kron_eye_openblas)
          set(kron_eye_blas_library PkgConfig::kron_eye_openblas)
          set(kron_eye_blas_from "pkg-config openblas ${kron_eye_openblas_VERSION}")
          # Not Requires.private: --static would then ask for what a static OpenBLAS needs.
          list(JOIN kron_eye_openblas_LDFLAGS " " kron_eye_blas_pc_libs)
        endif()
      endif()
    endif()
  endif()

  if(NOT kron_eye_blas_library)
    find_package(BLAS QUIET)
    find_path(KRON_EYE_CBLAS_INCLUDE_DIR cblas.h PATH_SUFFIXES openblas blis mkl)
    mark_as_advanced(KRON_EYE_CBLAS_INCLUDE_DIR)
    if(NOT BLAS_FOUND AND kron_eye_blas_settings)
      set(kron_eye_blas_missing "FindBLAS finds no BLAS with ${kron_eye_blas_settings}")
    elseif(NOT BLAS_FOUND)
      set(kron_eye_blas_missing "no BLAS is found")
    elseif(NOT KRON_EYE_CBLAS_INCLUDE_DIR AND NOT kron_eye_package)
      set(kron_eye_blas_missing "FindBLAS finds ${BLAS_LIBRARIES}, but there is no cblas.h")
    else()
      set(kron_eye_blas_library BLAS::BLAS)
      list(JOIN BLAS_LIBRARIES " " kron_eye_blas_pc_libs)
      set(kron_eye_blas_from "FindBLAS ${BLAS_LIBRARIES}")
    endif()
  endif()

  if(kron_eye_blas_library)
    add_library(kron_eye_blas INTERFACE IMPORTED GLOBAL)
    target_link_libraries(kron_eye_blas INTERFACE ${kron_eye_blas_library})
    if(kron_eye_blas_library STREQUAL "BLAS::BLAS" AND KRON_EYE_CBLAS_INCLUDE_DIR)
      target_include_directories(kron_eye_blas INTERFACE ${KRON_EYE_CBLAS_INCLUDE_DIR})
    endif()
  endif()
endif()

# ---------------------------------------------------------------- threads

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads QUIET)

if(kron_eye_package AND NOT TARGET kron_eye_openmp)
  # The compiler at hand may have another runtime of its own, or none: what counts is what the
  # archive calls. A library in the compiler's own folders is linked by name, so -static works too.
  set(kron_eye_openmp_libraries "")
  foreach(name IN LISTS kron_eye_openmp_runtime)
    find_library(KRON_EYE_OPENMP_${name}_LIBRARY NAMES ${name} HINTS ${kron_eye_openmp_folders}
      PATHS ${CMAKE_C_IMPLICIT_LINK_DIRECTORIES} ${CMAKE_CXX_IMPLICIT_LINK_DIRECTORIES})
    mark_as_advanced(KRON_EYE_OPENMP_${name}_LIBRARY)
    set(kron_eye_library "${KRON_EYE_OPENMP_${name}_LIBRARY}")
    if(NOT kron_eye_library)
      list(APPEND kron_eye_openmp_missing ${name})
      continue()
    endif()
    cmake_path(GET kron_eye_library PARENT_PATH kron_eye_folder)
    if("${kron_eye_folder}" IN_LIST CMAKE_C_IMPLICIT_LINK_DIRECTORIES
        OR "${kron_eye_folder}" IN_LIST CMAKE_CXX_IMPLICIT_LINK_DIRECTORIES)
      set(kron_eye_library ${name})
    endif()
    list(APPEND kron_eye_openmp_libraries ${kron_eye_library})
  endforeach()
  if(kron_eye_openmp_libraries AND NOT kron_eye_openmp_missing)
    add_library(kron_eye_openmp INTERFACE IMPORTED GLOBAL)
    target_link_libraries(kron_eye_openmp INTERFACE ${kron_eye_openmp_libraries})
  endif()
elseif(KRON_EYE_OPENMP AND NOT TARGET kron_eye_openmp)
  find_package(OpenMP QUIET COMPONENTS C)
  if(TARGET OpenMP::OpenMP_C)
    add_library(kron_eye_openmp INTERFACE IMPORTED GLOBAL)
    target_link_libraries(kron_eye_openmp INTERFACE OpenMP::OpenMP_C)
    # The runtime by name, without what Threads::Threads brings.
    set(kron_eye_openmp_runtime ${OpenMP_C_LIB_NAMES})
    list(REMOVE_ITEM kron_eye_openmp_runtime pthread)
    set(kron_eye_openmp_folders "")
    foreach(name IN LISTS kron_eye_openmp_runtime)
      cmake_path(GET OpenMP_${name}_LIBRARY PARENT_PATH kron_eye_folder)
      list(APPEND kron_eye_openmp_folders ${kron_eye_folder})
    endforeach()
    list(JOIN kron_eye_openmp_runtime ", " kron_eye_openmp_from)
    set(kron_eye_openmp_from "OpenMP ${OpenMP_C_VERSION} (${kron_eye_openmp_from})")
  endif()
endif()
