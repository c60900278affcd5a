#ifndef TMPL
#define TMPL
enum {

  /* Chains: bytes of a part between two steps of a stage; with the next ones, they stay in the
     second level. From 48 to 192 KiB made no difference on a Zen 3 with 512 KiB of it. */
  KRON_EYE_CHAIN_PART_BYTES = 64 * 1024,
  /* c of the narrowest slice of a part: whole cache lines of double and float. */
  KRON_EYE_CHAIN_MIN_WIDTH = 16,
  /* Neighbouring factors are multiplied out up to so many outputs and inputs: inside the chain; on
     its right end; and there where the rightmost ones have less than a vector of outputs, as the
     next step then has less than a vector side by side. Time for each float made, on a Zen 3 in
     cache, in ns: with 8 and more side by side 2 x 2 takes 0.19 to 0.35, 4 x 4 0.20 to 0.24, 8 x 8
     0.33 to 0.37, 16 x 16 0.50; on the right end 1.20, 0.64, 0.43, 0.46 and 32 x 32 0.82; with 2 or
     4 side by side 1.3 to 4.1. */
  KRON_EYE_CHAIN_FOLD_INSIDE = 8,
  KRON_EYE_CHAIN_FOLD_END = 16,
  KRON_EYE_CHAIN_FOLD_FEW = 32,
  /* Rows between stages that each worker has for itself: what stays in a second level of its own.
     Larger ones are shared, and the workers take parts of one row. */
  KRON_EYE_CHAIN_ROW_BYTES = 2 * 1024 * 1024,
};
/* Factors of a chain are multiplied out only where that takes at most so many times the
   multiply-adds: inside, and on the right end. */
static const double kron_eye_chain_fold_inside_cost = 1.5, kron_eye_chain_fold_end_cost = 3;
#endif
