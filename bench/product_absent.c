/* Ways of a product whose library was not found at configure time. */
#include "product.h"

#ifndef KRON_EYE_BENCH_LIBXSMM
bool product_libxsmm(const struct product *product, struct way *way) {
  (void)product;
  (void)way;
  return false;
}
#endif

#ifndef KRON_EYE_BENCH_ONEDNN
bool product_onednn(const struct product *product, struct way *way) {
  (void)product;
  (void)way;
  return false;
}
#endif
