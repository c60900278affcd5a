/*
 * A chain consists of steps, one mode product for each matrix, in the cheapest order. Each step is
 * a plan. Consecutive steps are grouped into stages; a stage is one pass over memory.
 *
 * Between steps, a row is an array with one dimension for each factor. A step multiplies along one
 * dimension; the product of the sizes before it is its left, that of the sizes after it its right.
 * A stage carries out its steps on a part of a row that stays in cache:
 *
 *     the row                left x inner x right
 *     inner                  the dimensions from the first to the last that the stage multiplies
 *     left, right            unchanged by the stage, so that each (l, r) is a separate problem
 *
 * A part holds as many inner x right arrays as fit in cache or, if one is too large, some of its r.
 */
#ifndef KRON_EYE_CHAIN_CHAIN_H
#define KRON_EYE_CHAIN_CHAIN_H

#include "plan/plan.h"
#include "problem/from_chain.h"

struct kron_eye_step {
  size_t link;                /* its dimension */
  size_t left, right;         /* of a whole row */
  struct kron_eye_plan *plan; /* its left is that of the stage's inner dimensions */
};

/* Sizes in elements. */
struct kron_eye_stage {
  size_t first, count; /* its steps */
  size_t left, right;  /* unchanged; if whole rows fit, left is 1 and belongs to inner */
  size_t in, out;      /* of inner, before and after the stage */
  size_t between;      /* of inner, the most between its steps; 0 if there is one step */
  size_t parts;        /* inner x right computed together; of several rows if left = 1 */
  size_t width;        /* r computed together: all, unless parts is 1 */
  size_t slices;       /* of r; the last one has the rest, a little more or less than width */
};

struct kron_eye_chain {
  struct kron_eye_operator whole; /* the chain as one matrix, without a W */
  kron_eye_options options;
  size_t factor_count, link_count, step_count, stage_count;
  struct kron_eye_link *factors; /* as the caller has them; w is the caller's during create only */
  struct kron_eye_link *links;   /* the dimensions: factors, some of them multiplied out */
  void *folded;                  /* their W, during create */
  size_t *sizes;                 /* scratch: of each link's dimension on the way */
  struct kron_eye_step *steps;
  struct kron_eye_stage *stages;
  double multiply_adds; /* of a row */
  bool plain; /* no matrices: the first factor is a 1 x 1 matrix that the caller did not give */
  bool blas;  /* a step goes to the BLAS, which has its own threads */
  /* The workspace, in bytes. Each worker has up to two parts between steps and, if rows are small,
     up to two rows between stages. Larger rows exist once for all workers, at the front. */
  int workers;
  bool rows_apart;
  size_t part_bytes, row_bytes;     /* of one of them */
  size_t shared_bytes;              /* rows in front */
  size_t parts_bytes, worker_bytes; /* parts of a worker; with its rows behind them */
  size_t workspace;                 /* everything, plus space for alignment */
};

/* Returns a new chain, to be freed by kron_eye_chain_free(), or NULL if an allocation fails. */
struct kron_eye_chain *kron_eye_chain_build(const struct kron_eye_operator *whole, size_t count,
                                            const kron_eye_factor *factors,
                                            const kron_eye_options *options);

/* NULL is accepted. */
void kron_eye_chain_free(struct kron_eye_chain *chain);

/* From factors to links; false if an allocation fails. */
bool kron_eye_chain_fold(struct kron_eye_chain *chain);

/* From links to steps without plans, in the order of execution. */
void kron_eye_chain_order(struct kron_eye_chain *chain);

/* From steps to stages, with the size of the workspace. */
void kron_eye_chain_cut(struct kron_eye_chain *chain);

/* The operator of a step of a stage. */
struct kron_eye_operator kron_eye_chain_operator(const struct kron_eye_chain *chain,
                                                 const struct kron_eye_stage *stage,
                                                 const struct kron_eye_step *step);

/* Applies the chain to checked operands. The workspace has chain->workspace bytes, unless there is
   no product to compute. */
void kron_eye_chain_run(const struct kron_eye_chain *chain,
                        const struct kron_eye_operands *operands, void *workspace);

/* kron_eye_chain_describe(). */
size_t kron_eye_chain_text(const struct kron_eye_chain *chain, char *text, size_t capacity);

#endif
