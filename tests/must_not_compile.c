/*
 * must_not_compile.c - misuse of kron_eye_generic.h. Without MISUSE this file compiles; with it,
 * each statement under a comment "refused: SENTENCE" must draw an error with that sentence
 * (must_not_compile.cmake reads them here).
 */
#include <kron_eye_generic.h>

int misuse(const kron_eye_shape *shape, kron_eye_plan *plan, kron_eye_plan **out,
           const kron_eye_csr *csr, const kron_eye_chain *chain, kron_eye_chain **chain_out);

int misuse(const kron_eye_shape *shape, kron_eye_plan *plan, kron_eye_plan **out,
           const kron_eye_csr *csr, const kron_eye_chain *chain, kron_eye_chain **chain_out) {
  static const float wf[2] = {1, 2}, xf[2] = {3, 4};
  static const double wd[2] = {1, 2}, xd[2] = {3, 4};
  static const uint8_t xu[2] = {3, 4};
  static int xi[2] = {3, 4};
  float yf[1];
  double yd[1];
  (void)xi;
  const kron_eye_factor factor = kron_eye_factor(1, 2, KRON_EYE_TRANSPOSE, wf, 1);
  const int good = kron_eye_matvec(1, 1, 2, wf, xf, yf) + kron_eye_matvec(1, 1, 2, wd, xd, yd) +
                   kron_eye_plan_create(uint8_t, out, shape, wf, 2, NULL) +
                   kron_eye_apply(plan, 1, 1.0F, xu, 2, 0.0F, yf, 1) +
                   kron_eye_apply(plan, 1, 1.0, xf, 2, 0.0, yd, 1) +
                   kron_eye_apply_csr(plan, 1, 1.0, csr, 0.0, yd, 1) +
                   kron_eye_csr_count(1, 2, xf, 2, KRON_EYE_INDEX_INT32, xi) +
                   kron_eye_csr_fill(1, 1, xd, 2, KRON_EYE_INDEX_INT32, xi, 1, xi, yd) +
                   kron_eye_csr_convert(1, 1, xd, 2, KRON_EYE_INDEX_INT32, xi, 1, xi, yd) +
                   kron_eye_product(shape, wd, 2, 1, 1.0, xd, 2, 0.0, yd, 1) +
                   kron_eye_plan_update(uint8_t, plan, wf, 2) +
                   kron_eye_apply_fused(plan, 1, 1.0, xf, 2, 0.0, yd, 1, NULL) +
                   kron_eye_chain_create(float, chain_out, 1, &factor, NULL) +
                   kron_eye_chain_apply(chain, 1, 1.0, xd, 2, 0.0, yd, 1, NULL, 0) +
                   kron_eye_gradient(shape, 1, 1.0F, xf, 2, wf, 1, 0.0F, yf, 2, NULL);
#ifdef MISUSE
  /* refused: kron_eye_matvec: w, x and y must all point to float, or all to double */
  kron_eye_matvec(1, 1, 2, wd, xf, yf);
  /* refused: kron_eye_matvec: w, x and y must all point to float, or all to double */
  kron_eye_matvec(1, 1, 2, wf, xd, yf);
  /* refused: kron_eye_matvec: w, x and y must all point to float, or all to double */
  kron_eye_matvec(1, 1, 2, wf, xf, yd);
  /* refused: kron_eye_matvec: w, x and y must all point to float, or all to double */
  kron_eye_matvec(1, 1, 2, wd, xf, yd);
  /* refused: kron_eye_matvec: w, x and y must all point to float, or all to double */
  kron_eye_matvec(1, 1, 2, wf, xu, yf);
  /* refused: kron_eye_matvec: w, x and y must all point to float, or all to double */
  kron_eye_matvec(1, 1, 2, xi, xi, xi);
  /* refused: kron_eye_matvec: y is written and cannot be const */
  kron_eye_matvec(1, 1, 2, wf, xf, xf);
  /* refused: kron_eye_matvec_batch: w, x and y must all point to float, or all to double */
  kron_eye_matvec_batch(1, 1, 1, 2, wd, xf, yd);
  /* refused: kron_eye_matvec_batch: y is written and cannot be const */
  kron_eye_matvec_batch(1, 1, 1, 2, wd, xd, xd);
  /* refused: kron_eye_plan_create: x and w must be float and float, double and double, */
  kron_eye_plan_create(double, out, shape, wf, 2, NULL);
  /* refused: float and double, or uint8_t and float */
  kron_eye_plan_create(uint8_t, out, shape, wd, 2, NULL);
  /* refused: kron_eye_plan_create: x and w must be float and float, double and double, */
  kron_eye_plan_create(float, out, shape, xi, 2, NULL);
  /* refused: kron_eye_apply: x and y must point to float and float, double and double, */
  kron_eye_apply(plan, 1, 1.0F, xd, 2, 0.0F, yf, 1);
  /* refused: float and double, or uint8_t and float */
  kron_eye_apply(plan, 1, 1.0, xu, 2, 0.0, yd, 1);
  /* refused: kron_eye_apply: x and y must point to float and float, double and double, */
  kron_eye_apply(plan, 1, 1.0F, xi, 2, 0.0F, yf, 1);
  /* refused: kron_eye_apply: y is written and cannot be const */
  kron_eye_apply(plan, 1, 1.0F, xf, 2, 0.0F, xf, 1);
  /* refused: kron_eye_apply_csr: y must point to float or to double */
  kron_eye_apply_csr(plan, 1, 1.0F, csr, 0.0F, xi, 1);
  /* refused: kron_eye_apply_csr: y is written and cannot be const */
  kron_eye_apply_csr(plan, 1, 1.0F, csr, 0.0F, xf, 1);
  /* refused: kron_eye_count_nonzeros: x must point to float or to double */
  kron_eye_count_nonzeros(1, 2, xu, 2, NULL);
  /* refused: kron_eye_csr_count: x must point to float or to double */
  kron_eye_csr_count(1, 2, xu, 2, KRON_EYE_INDEX_INT32, xi);
  /* refused: kron_eye_csr_fill: x and values must both point to float, or both to double */
  kron_eye_csr_fill(1, 1, xf, 2, KRON_EYE_INDEX_INT32, xi, 1, xi, yd);
  /* refused: kron_eye_csr_fill: values are written and cannot be const */
  kron_eye_csr_fill(1, 1, xf, 2, KRON_EYE_INDEX_INT32, xi, 1, xi, wf);
  /* refused: kron_eye_csr_convert: x and values must both point to float, or both to double */
  kron_eye_csr_convert(1, 1, xf, 2, KRON_EYE_INDEX_INT32, xi, 1, xi, yd);
  /* refused: kron_eye_csr_convert: values are written and cannot be const */
  kron_eye_csr_convert(1, 1, xf, 2, KRON_EYE_INDEX_INT32, xi, 1, xi, wf);
  /* refused: kron_eye_product: w, x and y must all point to float, or all to double */
  kron_eye_product(shape, wd, 2, 1, 1.0, xf, 2, 0.0, yd, 1);
  /* refused: kron_eye_product: w, x and y must all point to float, or all to double */
  kron_eye_product(shape, wf, 2, 1, 1.0F, xu, 2, 0.0F, yf, 1);
  /* refused: kron_eye_product: y is written and cannot be const */
  kron_eye_product(shape, wf, 2, 1, 1.0F, xf, 2, 0.0F, xf, 1);
  /* refused: kron_eye_plan_update: x and w must be float and float, double and double, */
  kron_eye_plan_update(double, plan, wf, 2);
  /* refused: float and double, or uint8_t and float */
  kron_eye_plan_update(uint8_t, plan, wd, 2);
  /* refused: kron_eye_apply_fused: x and y must point to float and float, double and double, */
  kron_eye_apply_fused(plan, 1, 1.0F, xd, 2, 0.0F, yf, 1, NULL);
  /* refused: float and double, or uint8_t and float */
  kron_eye_apply_fused(plan, 1, 1.0, xu, 2, 0.0, yd, 1, NULL);
  /* refused: kron_eye_apply_fused: y is written and cannot be const */
  kron_eye_apply_fused(plan, 1, 1.0F, xf, 2, 0.0F, xf, 1, NULL);
  /* refused: kron_eye_factor: w must point to float or to double */
  kron_eye_factor(1, 2, KRON_EYE_NO_TRANSPOSE, xu, 2);
  /* refused: kron_eye_chain_create: the type must be float or double */
  kron_eye_chain_create(uint8_t, chain_out, 0, NULL, NULL);
  /* refused: kron_eye_chain_apply: x and y must both point to float, or both to double */
  kron_eye_chain_apply(chain, 1, 1.0, xf, 2, 0.0, yd, 1, NULL, 0);
  /* refused: kron_eye_chain_apply: y is written and cannot be const */
  kron_eye_chain_apply(chain, 1, 1.0, xd, 2, 0.0, xd, 1, NULL, 0);
  /* refused: kron_eye_gradient: x, dy and dw must all point to float, or all to double */
  kron_eye_gradient(shape, 1, 1.0F, xf, 2, wf, 1, 0.0F, yd, 2, NULL);
  /* refused: kron_eye_gradient: x, dy and dw must all point to float, or all to double */
  kron_eye_gradient(shape, 1, 1.0F, xf, 2, wd, 1, 0.0F, yf, 2, NULL);
  /* refused: kron_eye_gradient: dw is written and cannot be const */
  kron_eye_gradient(shape, 1, 1.0F, xf, 2, wf, 1, 0.0F, wf, 2, NULL);
#endif
  return good;
}
