# What the library is built on, found alike when it is built and when its package is used:
#
#   kron_eye_blas    a CBLAS: include path and libraries
#   kron_eye_openmp  OpenMP where KRON_EYE_OPENMP is on; the library runs on one thread without it
#   Threads
#
# Order for the BLAS: the target OpenBLAS::OpenBLAS (upstream's package), pkg-config's openblas
# (Debian's package, whose CMake file defines no target), CMake's FindBLAS. A given BLA_VENDOR goes
# to FindBLAS at once. A project that brings its own defines the target kron_eye_blas beforehand.
# What is not found is not defined; kron_eye_blas_from says in words where the BLAS is from.

if(TARGET kron_eye_blas)
  set(kron_eye_blas_from "the project around")
else()
  set(kron_eye_blas_library "")
  set(kron_eye_blas_from "")

  if(NOT BLA_VENDOR AND NOT DEFINED ENV{BLA_VENDOR})
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
    if(BLAS_FOUND AND KRON_EYE_CBLAS_INCLUDE_DIR)
      set(kron_eye_blas_library BLAS::BLAS)
      list(JOIN BLAS_LIBRARIES " " kron_eye_blas_pc_libs)
      set(kron_eye_blas_from "FindBLAS ${BLAS_LIBRARIES}")
    endif()
  endif()

  if(kron_eye_blas_library)
    add_library(kron_eye_blas INTERFACE IMPORTED GLOBAL)
    target_link_libraries(kron_eye_blas INTERFACE ${kron_eye_blas_library})
    if(kron_eye_blas_library STREQUAL "BLAS::BLAS")
      target_include_directories(kron_eye_blas INTERFACE ${KRON_EYE_CBLAS_INCLUDE_DIR})
    endif()
  endif()
endif()

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

# A program in C++ alone has no OpenMP for C; for linking an archive either will do.
if(KRON_EYE_OPENMP AND NOT TARGET kron_eye_openmp)
  if(CMAKE_C_COMPILER_LOADED)
    set(kron_eye_openmp_language C)
  else()
    set(kron_eye_openmp_language CXX)
  endif()
  find_package(OpenMP QUIET COMPONENTS ${kron_eye_openmp_language})
  if(TARGET OpenMP::OpenMP_${kron_eye_openmp_language})
    add_library(kron_eye_openmp INTERFACE IMPORTED GLOBAL)
    target_link_libraries(kron_eye_openmp INTERFACE OpenMP::OpenMP_${kron_eye_openmp_language})
  endif()
endif()
