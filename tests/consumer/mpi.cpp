// mpi.cpp - a C++ program of somebody else with MPI, run on one rank.
#include <kron_eye_mpi.h>

int main(int argc, char **argv) {
  int status = KRON_EYE_OK;
  size_t first = 0, count = 0;
  const float w[] = {1, 2}; // W 1 x 2
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  shape.m = 1;
  shape.n = 2;
  kron_eye_plan *plan = nullptr;
  MPI_Init(&argc, &argv);
  status = kron_eye_mpi_local_rows(5, MPI_COMM_WORLD, &first, &count);
  if (status == KRON_EYE_OK)
    status = kron_eye_mpi_plan_create_f32(&plan, &shape, w, 2, nullptr, 0, MPI_COMM_WORLD);
  MPI_Finalize();
  const float x[] = {3, 4};
  float y[1] = {0};
  if (status == KRON_EYE_OK) status = kron_eye_apply_f32(plan, 1, 1, x, 2, 0, y, 1);
  kron_eye_plan_destroy(plan);
  return status == KRON_EYE_OK && first == 0 && count == 5 && y[0] == 11 ? 0 : 1;
}
