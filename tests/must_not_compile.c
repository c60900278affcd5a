/*
 * must_not_compile.c - misuse of kron_eye_generic.h. With -D CASE=0 this file compiles; with any
 * other case it must not, and the compiler must say the sentence beside the case
 * (must_not_compile.cmake reads them here).
 */
#include <kron_eye_generic.h>

int misuse(const kron_eye_shape *shape, const kron_eye_plan *plan, kron_eye_plan **out,
           const kron_eye_csr *csr);

int misuse(const kron_eye_shape *shape, const kron_eye_plan *plan, kron_eye_plan **out,
           const kron_eye_csr *csr) {
  static const float wf[2] = {1, 2}, xf[2] = {3, 4};
  static const double wd[2] = {1, 2}, xd[2] = {3, 4};
  static const uint8_t xu[2] = {3, 4};
  static int xi[2] = {3, 4};
  float yf[1];
  double yd[1];
  (void)xi;
  const int good = kron_eye_matvec(1, 1, 2, wf, xf, yf) + kron_eye_matvec(1, 1, 2, wd, xd, yd) +
                   kron_eye_plan_create(uint8_t, out, shape, wf, 2, NULL) +
                   kron_eye_apply(plan, 1, 1.0F, xu, 2, 0.0F, yf, 1) +
                   kron_eye_apply(plan, 1, 1.0, xf, 2, 0.0, yd, 1) +
                   kron_eye_apply_csr(plan, 1, 1.0, csr, 0.0, yd, 1) +
                   kron_eye_csr_count(1, 2, xf, 2, KRON_EYE_INDEX_INT32, xi) +
                   kron_eye_csr_fill(1, 1, xd, 2, KRON_EYE_INDEX_INT32, xi, 1, xi, yd);
#if CASE == 1 /* kron_eye_matvec: w, x and y must all point to float, or all to double */
  return kron_eye_matvec(1, 1, 2, wd, xf, yf);
#elif CASE == 2  /* kron_eye_matvec: w, x and y must all point to float, or all to double */
  return kron_eye_matvec(1, 1, 2, wf, xd, yf);
#elif CASE == 3  /* kron_eye_matvec: w, x and y must all point to float, or all to double */
  return kron_eye_matvec(1, 1, 2, wf, xf, yd);
#elif CASE == 4  /* kron_eye_matvec: w, x and y must all point to float, or all to double */
  return kron_eye_matvec(1, 1, 2, wd, xf, yd);
#elif CASE == 5  /* kron_eye_matvec: w, x and y must all point to float, or all to double */
  return kron_eye_matvec(1, 1, 2, wf, xu, yf);
#elif CASE == 6  /* kron_eye_matvec: w, x and y must all point to float, or all to double */
  return kron_eye_matvec(1, 1, 2, xi, xi, xi);
#elif CASE == 7  /* kron_eye_matvec: y is written and cannot be const */
  return kron_eye_matvec(1, 1, 2, wf, xf, xf);
#elif CASE == 8  /* kron_eye_matvec_batch: w, x and y must all point to float, or all to double */
  return kron_eye_matvec_batch(1, 1, 1, 2, wd, xf, yd);
#elif CASE == 9  /* kron_eye_matvec_batch: y is written and cannot be const */
  return kron_eye_matvec_batch(1, 1, 1, 2, wd, xd, xd);
#elif CASE == 10 /* kron_eye_plan_create: x and w must be float and float, double and double, */
  return kron_eye_plan_create(double, out, shape, wf, 2, NULL);
#elif CASE == 11 /* float and double, or uint8_t and float */
  return kron_eye_plan_create(uint8_t, out, shape, wd, 2, NULL);
#elif CASE == 12 /* kron_eye_plan_create: x and w must be float and float, double and double, */
  return kron_eye_plan_create(float, out, shape, xi, 2, NULL);
#elif CASE == 13 /* kron_eye_apply: x and y must point to float and float, double and double, */
  return kron_eye_apply(plan, 1, 1.0F, xd, 2, 0.0F, yf, 1);
#elif CASE == 14 /* float and double, or uint8_t and float */
  return kron_eye_apply(plan, 1, 1.0, xu, 2, 0.0, yd, 1);
#elif CASE == 15 /* kron_eye_apply: x and y must point to float and float, double and double, */
  return kron_eye_apply(plan, 1, 1.0F, xi, 2, 0.0F, yf, 1);
#elif CASE == 16 /* kron_eye_apply: y is written and cannot be const */
  return kron_eye_apply(plan, 1, 1.0F, xf, 2, 0.0F, xf, 1);
#elif CASE == 17 /* kron_eye_apply_csr: y must point to float or to double */
  return kron_eye_apply_csr(plan, 1, 1.0F, csr, 0.0F, xi, 1);
#elif CASE == 18 /* kron_eye_apply_csr: y is written and cannot be const */
  return kron_eye_apply_csr(plan, 1, 1.0F, csr, 0.0F, xf, 1);
#elif CASE == 19 /* kron_eye_count_nonzeros: x must point to float or to double */
  return kron_eye_count_nonzeros(1, 2, xu, 2, NULL);
#elif CASE == 20 /* kron_eye_csr_count: x must point to float or to double */
  return kron_eye_csr_count(1, 2, xu, 2, KRON_EYE_INDEX_INT32, xi);
#elif CASE == 21 /* kron_eye_csr_fill: x and values must both point to float, or both to double */
  return kron_eye_csr_fill(1, 1, xf, 2, KRON_EYE_INDEX_INT32, xi, 1, xi, yd);
#elif CASE == 22 /* kron_eye_csr_fill: values are written and cannot be const */
  return kron_eye_csr_fill(1, 1, xf, 2, KRON_EYE_INDEX_INT32, xi, 1, xi, wf);
#else
  return good;
#endif
}
