/* test_generic_cost.c - every call of kron_eye_generic.h, through it (-D GENERIC) and without it:
 * both compile to the same assembly (must_cost_nothing.cmake). */
#ifdef GENERIC
#include <kron_eye_generic.h>
#else
#include <kron_eye.h>
#endif

#ifdef GENERIC
#define THROUGH(generic, direct) return generic
#else
#define THROUGH(generic, direct) return direct
#endif

int matvec(size_t k, const float *w, const float *x, float *y);
int matvec_f64(size_t k, const double *w, const double *x, double *y);
int batch(size_t k, const float *w, const float *x, float *y);
int batch_f64(size_t k, const double *w, const double *x, double *y);
int create(kron_eye_plan **out, const kron_eye_shape *shape, const double *w);
int apply(const kron_eye_plan *plan, const uint8_t *x, float *y);
int apply_f32_f64(const kron_eye_plan *plan, const float *x, double *y);
int apply_csr(const kron_eye_plan *plan, const kron_eye_csr *x, float *y);
int csr_count(const double *x, int32_t *indptr);

int matvec(size_t k, const float *w, const float *x, float *y) {
  THROUGH(kron_eye_matvec(k, 3, 2, w, x, y), kron_eye_matvec(k, 3, 2, w, x, y));
}
int matvec_f64(size_t k, const double *w, const double *x, double *y) {
  THROUGH(kron_eye_matvec(k, 3, 2, w, x, y), kron_eye_matvec_f64(k, 3, 2, w, x, y));
}
int batch(size_t k, const float *w, const float *x, float *y) {
  THROUGH(kron_eye_matvec_batch(9, k, 3, 2, w, x, y), kron_eye_matvec_batch(9, k, 3, 2, w, x, y));
}
int batch_f64(size_t k, const double *w, const double *x, double *y) {
  THROUGH(kron_eye_matvec_batch(9, k, 3, 2, w, x, y),
          kron_eye_matvec_batch_f64(9, k, 3, 2, w, x, y));
}
int create(kron_eye_plan **out, const kron_eye_shape *shape, const double *w) {
  THROUGH(kron_eye_plan_create(float, out, shape, w, 2, NULL),
          kron_eye_plan_create_f32_f64(out, shape, w, 2, NULL));
}
int apply(const kron_eye_plan *plan, const uint8_t *x, float *y) {
  THROUGH(kron_eye_apply(plan, 9, 0.5F, x, 6, 0.0F, y, 9),
          kron_eye_apply_u8_f32(plan, 9, 0.5F, x, 6, 0.0F, y, 9));
}
int apply_f32_f64(const kron_eye_plan *plan, const float *x, double *y) {
  THROUGH(kron_eye_apply(plan, 9, 0.5, x, 6, 1.0, y, 9),
          kron_eye_apply_f32_f64(plan, 9, 0.5, x, 6, 1.0, y, 9));
}
int apply_csr(const kron_eye_plan *plan, const kron_eye_csr *x, float *y) {
  THROUGH(kron_eye_apply_csr(plan, 9, 0.5F, x, 1.0F, y, 9),
          kron_eye_apply_csr_f32(plan, 9, 0.5F, x, 1.0F, y, 9));
}
int csr_count(const double *x, int32_t *indptr) {
  THROUGH(kron_eye_csr_count(9, 6, x, 6, KRON_EYE_INDEX_INT32, indptr),
          kron_eye_csr_count_f64(9, 6, x, 6, KRON_EYE_INDEX_INT32, indptr));
}
