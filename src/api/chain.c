/* Level 4: chains of factors. */
#include "chain/chain.h"

#include "base/memory.h"
#include "problem/loops.h"

#include <kron_eye.h>

static int create(kron_eye_chain **out, enum kron_eye_types types, size_t count,
                  const kron_eye_factor *factors, const kron_eye_options *options) {
  if (!out) return -1;
  *out = NULL;
  struct kron_eye_operator whole;
  kron_eye_options known;
  int status = kron_eye_problem_from_factors(types, count, factors, &whole);
  if (status == KRON_EYE_OK) status = kron_eye_problem_from_options(4, options, &known);
  if (status != KRON_EYE_OK) return status;
  *out = kron_eye_chain_build(&whole, count, factors, &known);
  return *out ? KRON_EYE_OK : KRON_EYE_NO_MEMORY;
}

/* Applies the chain with a workspace that the library allocates. */
static int apply_without_workspace(const kron_eye_chain *chain,
                                   const struct kron_eye_operands *operands) {
  const bool idle = chain->workspace == 0 || kron_eye_no_output(&chain->whole, operands->batch) ||
                    kron_eye_no_product(&chain->whole, &operands->finish);
  void *own = idle ? NULL : kron_eye_base_allocate(chain->workspace);
  if (!idle && !own) return KRON_EYE_NO_MEMORY;
  kron_eye_chain_run(chain, operands, own);
  kron_eye_base_release(own);
  return KRON_EYE_OK;
}

static int apply(const kron_eye_chain *chain, enum kron_eye_types types,
                 const struct kron_eye_operands *operands, void *workspace, size_t bytes) {
  if (!chain || chain->whole.types != types) return -1;
  int status = kron_eye_problem_from_apply(&chain->whole, 2, operands);
  if (status == KRON_EYE_OK)
    status = kron_eye_problem_from_workspace(&chain->whole, operands, workspace, bytes,
                                             chain->workspace);
  if (status != KRON_EYE_OK) return status;
  if (!workspace) return apply_without_workspace(chain, operands);
  kron_eye_chain_run(chain, operands, workspace);
  return KRON_EYE_OK;
}

int kron_eye_chain_create_f32(kron_eye_chain **out, size_t count, const kron_eye_factor *factors,
                              const kron_eye_options *options) {
  return create(out, KRON_EYE_F32, count, factors, options);
}

int kron_eye_chain_create_f64(kron_eye_chain **out, size_t count, const kron_eye_factor *factors,
                              const kron_eye_options *options) {
  return create(out, KRON_EYE_F64, count, factors, options);
}

size_t kron_eye_chain_workspace(const kron_eye_chain *chain) {
  return chain ? chain->workspace : 0;
}

int kron_eye_chain_apply_f32(const kron_eye_chain *chain, size_t batch, float alpha, const float *x,
                             size_t ldx, float beta, float *y, size_t ldy, void *workspace,
                             size_t workspace_bytes) {
  const struct kron_eye_operands operands = {batch, x,   ldx,
                                             y,     ldy, kron_eye_finish_plain(alpha, beta)};
  return apply(chain, KRON_EYE_F32, &operands, workspace, workspace_bytes);
}

int kron_eye_chain_apply_f64(const kron_eye_chain *chain, size_t batch, double alpha,
                             const double *x, size_t ldx, double beta, double *y, size_t ldy,
                             void *workspace, size_t workspace_bytes) {
  const struct kron_eye_operands operands = {batch, x,   ldx,
                                             y,     ldy, kron_eye_finish_plain(alpha, beta)};
  return apply(chain, KRON_EYE_F64, &operands, workspace, workspace_bytes);
}

size_t kron_eye_chain_describe(const kron_eye_chain *chain, char *text, size_t capacity) {
  if (capacity > 0) text[0] = '\0';
  return chain ? kron_eye_chain_text(chain, text, capacity) : 0;
}

void kron_eye_chain_destroy(kron_eye_chain *chain) {
  kron_eye_chain_free(chain);
}

int kron_eye_factors_adjoint(size_t count, const kron_eye_factor *factors,
                             kron_eye_factor *adjoint) {
  return kron_eye_problem_factors_adjoint(count, factors, adjoint);
}
