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
int product(const kron_eye_shape *shape, const double *w, const double *x, double *y);
int update(kron_eye_plan *plan, const float *w);
int apply_fused(const kron_eye_plan *plan, const float *x, double *y, const kron_eye_epilogue *e);
int apply_csr(const kron_eye_plan *plan, const kron_eye_csr *x, float *y);
int csr_count(const double *x, int32_t *indptr);
int chain_create(kron_eye_chain **out, const kron_eye_factor *factors);
int chain_apply(const kron_eye_chain *chain, const double *x, double *y);
int gradient(const kron_eye_shape *shape, const double *x, const double *dy, double *dw);

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
int product(const kron_eye_shape *shape, const double *w, const double *x, double *y) {
  THROUGH(kron_eye_product(shape, w, 2, 9, 0.5, x, 6, 1.0, y, 9),
          kron_eye_product_f64(shape, w, 2, 9, 0.5, x, 6, 1.0, y, 9));
}
int update(kron_eye_plan *plan, const float *w) {
  THROUGH(kron_eye_plan_update(uint8_t, plan, w, 2), kron_eye_plan_update_u8_f32(plan, w, 2));
}
int apply_fused(const kron_eye_plan *plan, const float *x, double *y, const kron_eye_epilogue *e) {
  THROUGH(kron_eye_apply_fused(plan, 9, 0.5, x, 6, 1.0, y, 9, e),
          kron_eye_apply_fused_f32_f64(plan, 9, 0.5, x, 6, 1.0, y, 9, e));
}
int apply_csr(const kron_eye_plan *plan, const kron_eye_csr *x, float *y) {
  THROUGH(kron_eye_apply_csr(plan, 9, 0.5F, x, 1.0F, y, 9),
          kron_eye_apply_csr_f32(plan, 9, 0.5F, x, 1.0F, y, 9));
}
int csr_count(const double *x, int32_t *indptr) {
  THROUGH(kron_eye_csr_count(9, 6, x, 6, KRON_EYE_INDEX_INT32, indptr),
          kron_eye_csr_count_f64(9, 6, x, 6, KRON_EYE_INDEX_INT32, indptr));
}
int chain_create(kron_eye_chain **out, const kron_eye_factor *factors) {
  THROUGH(kron_eye_chain_create(double, out, 3, factors, NULL),
          kron_eye_chain_create_f64(out, 3, factors, NULL));
}
int chain_apply(const kron_eye_chain *chain, const double *x, double *y) {
  THROUGH(kron_eye_chain_apply(chain, 9, 0.5, x, 6, 1.0, y, 9, NULL, 0),
          kron_eye_chain_apply_f64(chain, 9, 0.5, x, 6, 1.0, y, 9, NULL, 0));
}
int gradient(const kron_eye_shape *shape, const double *x, const double *dy, double *dw) {
  THROUGH(kron_eye_gradient(shape, 9, 0.5, x, 6, dy, 9, 1.0, dw, 2, NULL),
          kron_eye_gradient_f64(shape, 9, 0.5, x, 6, dy, 9, 1.0, dw, 2, NULL));
}
