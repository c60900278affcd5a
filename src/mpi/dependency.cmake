# The target kron_eye_mpi_c: MPI for C, where it is found; for the build and for the installed
# package. CMake's FindMPI chooses: MPI_C_COMPILER=mpicc.mpich names another than the first. A
# program in C++ alone has no MPI for C, and the one for C++ will do.
if(NOT TARGET kron_eye_mpi_c)
  if(CMAKE_C_COMPILER_LOADED)
    set(kron_eye_mpi_language C)
  else()
    set(kron_eye_mpi_language CXX)
    set(MPI_CXX_SKIP_MPICXX ON)
  endif()
  # Debian has the programs of each MPI by its name: the mpiexec of mpicc.mpich is mpiexec.mpich.
  if(MPI_C_COMPILER MATCHES "mpicc(\\.[a-z]+)$")
    find_program(MPIEXEC_EXECUTABLE mpiexec${CMAKE_MATCH_1})
  endif()
  find_package(MPI QUIET COMPONENTS ${kron_eye_mpi_language})
  if(MPI_${kron_eye_mpi_language}_FOUND) # CMake 4.4 makes the target even where it is not
    add_library(kron_eye_mpi_c INTERFACE IMPORTED GLOBAL)
    target_link_libraries(kron_eye_mpi_c INTERFACE MPI::MPI_${kron_eye_mpi_language})
  endif()
endif()
