/*
 * Every number by which the library chooses: what it means, what set it, and what it costs when it
 * is wrong. bench/NOTES.md has the measurements. Numbers that choose a route or a family decide
 * about the bits of a result; the others decide about time alone.
 */
#ifndef KRON_EYE_BASE_THRESHOLDS_H
#define KRON_EYE_BASE_THRESHOLDS_H

#include "base/cpu.h"

#include <stddef.h>

enum {
  /* BLAS route: a W this tall and of more elements than this is better blocked for the caches than
     streamed in panels. On a Zen 3 the kernels were 1.1 times faster at 512 x 784 and 1.9 times at
     512 x 64 and 2048 x 30, as fast at 512 x 2048, and 1.2 times slower at 1024 x 784. */
  KRON_EYE_BLAS_MIN_OUTPUTS = 512,
  KRON_EYE_BLAS_MIN_W = 1 << 19,

  /* One-call batch: packing W for one call pays from so many rows of n on, and from so much work, a
     row counting as its multiply-adds and some for the BLAS's own start. (A plan takes 3 us and 0.7
     ns an element of W on a Zen 3, and gains a third of a large product, more of a small one.) */
  KRON_EYE_PACK_MIN_ROWS = 64,
  KRON_EYE_PACK_MIN_WORK = 1 << 17,
  KRON_EYE_PACK_ROW_WORK = 64,
  /* The same for right > 1, where the BLAS is called for each block. (On a Zen 3, OpenBLAS 0.3.21,
     a plan pays from 7 or 8 blocks on, from 2 x 2 on 2 columns to 16 x 16 on 16.) */
  KRON_EYE_PACK_CALL_WORK = 16384,

  /* Zeros are skipped by choice from so many inputs on: with fewer, setting out costs more than
     there is to gain (at n = 4 five times the product). */
  KRON_EYE_SKIP_MIN_INPUTS = 128,

  /* lane: what the start and the write-back of a tile take, and the start of a panel, in
     multiply-adds of a vector. They decide between tiles. Fitted to a Zen 3 (AVX2, doubles, 2 x 2
     to 16 x 16 outputs); a wrong choice costs up to a fifth there. */
  KRON_EYE_LANE_TILE_WORK = 16,
  KRON_EYE_LANE_PANEL_WORK = 32,
  /* lane: so many sums keep both multipliers busy. A tile of more overlaps less with the next. */
  KRON_EYE_LANE_SUMS = 8,
  /* lane: from so many columns on, a tile is hardly slowed by its start any more, but by its loads
     (kron_eye_lane_vector_load). On a Zen 3 (AVX2, floats and doubles), tiles of 6 x 2 took 0.85 to
     0.94 of the time of 4 x 2 at 64 and 256 columns, 0.95 to 1.02 at 24 to 40, and 1.0 to 1.08 at
     16 and 20. The tiles that were chosen for 784 columns before took up to 1.6 times as long. */
  KRON_EYE_LANE_LONG = 48,
  /* fibre: what the start of a tile takes, and each of its outputs that is transposed and written
     for a block, in multiply-adds of a vector; a tile of fewer sums waits for them. Fitted to the
     same Zen 3 (floats and doubles, 16 x 16 to 30 x 784, right from 2 to 100). */
  KRON_EYE_FIBRE_TILE_WORK = 40,
  KRON_EYE_FIBRE_OUTPUT_WORK = 3,
  KRON_EYE_FIBRE_SUMS = 8,
  KRON_EYE_FIBRE_MAX_VECTORS = 4, /* a larger right leaves few lanes over */
  /* fibre: with many columns (KRON_EYE_LANE_LONG), W comes from the second level, and panels of at
     most so many vectors have more fibres for each load of it. On a Zen 3 (AVX2, 30 x 784 and 48 x
     100), three took 0.73 to 1.05 of the time of four, most of all for 4 doubles. */
  KRON_EYE_FIBRE_LONG_VECTORS = 3,
  /* interleave: from so many inputs on, as each block costs some permutations whatever n is. On a
     Zen 3 (AVX2, 16 blocks), 4 x 4 and 8 x 4 doubles took 1.0 to 1.2 times as long as with lane, 8
     x 8 0.81 to 0.87. Decides about no bit. */
  KRON_EYE_INTERLEAVE_MIN_INPUTS = 8,
  /* lane: bytes of x and y that stay in the first level from one panel of W to the next. */
  KRON_EYE_GROUP_NEAR_BYTES = 20 * 1024,
  /* lane: bytes of x that one strip of c takes in a block, small enough for the second level. */
  KRON_EYE_LANE_STRIP_BYTES = 128 * 1024,
  /* lane: bytes of W up to which all its panels are walked through for each tile of x, if a block
     has several strips and W has LANE_LONG columns: for each tile, W is read from the second level.
     On a Zen 3 (512 KiB of it) that took 0.72 to 0.91 of the time at 20 to 256 KiB of W; more was
     not tried. */
  KRON_EYE_LANE_TOGETHER_BYTES = 256 * 1024,
  /* lane: with so many panels of W, the next strip is fetched into the second level while they are
     computed. From memory that took 0.95 to 0.99 of the time on a Zen 3 (11 and 43 panels), from
     the caches as long as without; with few panels, too much would be fetched at once. */
  KRON_EYE_LANE_AHEAD_PANELS = 8,

  /* Rows that are walked through all panels, and share one choice about zeros: a multiple of the
     usual tiles, and few enough for their x to stay in the second-level cache. */
  KRON_EYE_GROUP_ROWS = 84,
  KRON_EYE_GROUP_BYTES = 256 * 1024,
  /* Where there is more y than x, what is written in pieces stays in the first level. */
  KRON_EYE_GROUP_Y_BYTES = 32 * 1024,

  /* Multiply-adds for which another thread is worth waking. A guess: too small wakes threads for
     work that is done before they are, too large leaves cores idle. */
  KRON_EYE_THREAD_WORK = 1 << 20,
  /* Pieces for each thread, so that a slow one can leave work to others. */
  KRON_EYE_THREAD_PIECES = 8,

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

  /* Sparse x: a row takes some time even without entries, as much as so many of them. */
  KRON_EYE_CSR_ROW_ENTRIES = 8,
  /* Integers of a CSR matrix that are checked as one piece of work. */
  KRON_EYE_CSR_CHECK_PIECE = 1 << 16,
  /* Elements of a dense array that are converted to CSR as one piece of work. */
  KRON_EYE_CSR_CONVERT_PIECE = 1 << 16,
  /* Bytes of such an array that stay in the second-level cache, so that nothing is prefetched. */
  KRON_EYE_CSR_CONVERT_NEAR = 256 * 1024,

  /* So many bytes of x are taken to be more than the caches hold. Small blocks, up to so many bytes
     of x, then have x and y fetched so many bytes of x ahead, at least a block. On a Zen 3, gates
     on 2^20 doubles took 0.6 to 0.9 of the time, those on 2^22 floats 0.85 to 1, where 2 KiB ahead
     took 0.7 to 1; longer blocks gained nothing or lost a tenth. Where x and y are in the third
     level, fetching costs a tenth, at times a third. */
  KRON_EYE_FAR_BYTES = 4 * 1024 * 1024,
  KRON_EYE_AHEAD_BLOCK = 16 * 1024,
  KRON_EYE_AHEAD_BYTES = 4 * 1024,

  /* each: taken for a W of its own for each block of at most so many inputs. */
  KRON_EYE_EACH_MAX_INPUTS = 32,
  /* each: bytes of Ws that stay in the first level from one tile of rows to the next. */
  KRON_EYE_EACH_BYTES = 16 * 1024,
  /* each: Ws of more bytes than this do not stay in the second level, so that they are fetched so
     many bytes ahead, if one has so many. On a Zen 3 (AVX2, floats, 10,000 blocks), 9 x 9 takes 0.6
     of the time, 8 x 8 0.8, 5 x 5, below the limit, 1.15. */
  KRON_EYE_EACH_NEAR = 256 * 1024,
  KRON_EYE_EACH_AHEAD_BYTES = 1024,
  KRON_EYE_EACH_AHEAD_BLOCK = 256,

  /* dot: bytes of x that stay in the second-level cache beside W, so that nothing is prefetched. */
  KRON_EYE_DOT_NEAR = 256 * 1024,

  /* Gradient: terms that pass through the tiles of dW in registers together, or half as many. More
     spare loads and stores of tiles, fewer leave x of the next ones room in the second level: on a
     Zen 3, 32 took 0.9 of the time of 64 at 784 floats of x. Decides about no bit. */
  KRON_EYE_GRADIENT_TERMS = 64,
  /* Gradient: bytes of x up to which a group has all of these terms. */
  KRON_EYE_GRADIENT_NEAR = 128 * 1024,
  /* Gradient: a sum is cut into at most so many pieces, of at least so many terms, whose sums take
     at most so many bytes. Decides about the bits, so that it depends on nothing but the problem
     and the instruction set. Pieces feed threads; each costs a pass over dW. */
  KRON_EYE_GRADIENT_PIECES = 32,
  KRON_EYE_GRADIENT_PIECE_TERMS = 1024,
  KRON_EYE_GRADIENT_BYTES = 4 << 20,
  KRON_EYE_GRADIENT_COPIES = 64, /* of dW, at most, as the header says */
  /* Gradient: where x is not sparse, it is looked at again after so many groups of terms, then
     after twice as many, and so on. */
  KRON_EYE_GRADIENT_LOOK = 8,
  /* Gradient: terms of a group that are looked at for zeros. */
  KRON_EYE_GRADIENT_SAMPLES = 4,

  /* Columns of W that are packed together: as many lines of the panel stay in the first level from
     row to row. */
  KRON_EYE_PACK_COLUMNS = 64,
};

/* lane: what each further sum of a tile takes more, in multiply-adds of a vector for each column.
   Zero where nobody measured it. */
static const double kron_eye_lane_sum_work[KRON_EYE_ISA_COUNT] = {[KRON_EYE_AVX2] = 0.5};
/* lane: what a tile of many columns takes more for each column, in multiply-adds of a vector: for a
   vector of x, which comes from the second level, and for an element of W. Fitted to the figures at
   KRON_EYE_LANE_LONG; with them 12 x 1 and 4 x 2 take as long as each other, as they did. */
static const double kron_eye_lane_vector_load = 1.5, kron_eye_lane_output_load = 0.5;

/* fibre is chosen where its cost is less than this part of the other family's. */
static const double kron_eye_fibre_below = 0.95;
/* interleave is chosen where the outputs fill this part of the lanes. On the same Zen 3, right = 3
   and 5: 10 of 12 lanes (doubles) took 0.9 of the time of what was chosen before, 12 of 16 (floats)
   0.83 and 1.04, 10 of 16 1.05 and 1.15. Decides about no bit. */
static const double kron_eye_interleave_filled = 0.8;

/*
 * dot family: with one, two, three, four outputs it pays from so many inputs times lanes on.
 * Measured on a Zen 3 with 300 rows in cache: one output 1.4 to 5 times faster than panel from 4
 * inputs on; two outputs from about 6 floats or 10 doubles on, three from 40 or 64, four from 20
 * or 80. With 10 outputs it was slower for many rows (Zen 4).
 */
static const size_t kron_eye_dot_min[] = {16, 48, 320, 256};
enum { KRON_EYE_DOT_MAX_OUTPUTS = sizeof kron_eye_dot_min / sizeof *kron_eye_dot_min };

enum {
  /* Multiply-adds for each look at the density of x: looking costs less than a hundredth of them.
   */
  KRON_EYE_SAMPLE_FIRST_WORK = 1 << 17,
  KRON_EYE_SAMPLE_NEXT_WORK = 1 << 18,
  /* A sample is so many neighbouring columns of the rows of one tile. */
  KRON_EYE_SAMPLE_COLUMNS = 16,
  /* Most samples of a group of rows. */
  KRON_EYE_SAMPLES_GROUP = 2,
  /* Samples before the first row, and the number over which the density is averaged. */
  KRON_EYE_SAMPLES_FIRST = 24,
  KRON_EYE_SAMPLES_REMEMBERED = 16,
};

/*
 * Time of the zero-skipping kernels in units of the panel kernel's: a start, what the search costs,
 * and a slope. For a share `columns` of columns that are not zero in all rows of a tile, and a
 * share `density` of non-zeros. For panels of two vectors; others search as long, for more or less
 * to gain, so the start is scaled.
 */
struct kron_eye_skip_cost {
  double columns_start, columns_slope, lists_start, lists_slope;
};
static const struct kron_eye_skip_cost kron_eye_skip_costs[KRON_EYE_ISA_COUNT] = {
    [KRON_EYE_PORTABLE] = {1.00, 1.30, 1.50, 3.00},
    [KRON_EYE_AVX2] = {0.26, 1.10, 0.80, 2.30},
    [KRON_EYE_AVX512] = {0.12, 1.15, 0.40, 2.00},
};
/* Without trying, skip only where the estimate promises this. */
static const double kron_eye_skip_below = 0.90;

/*
 * Trying the ways (run/ways.c), as the estimates above are right on the machines where they were
 * measured only. None of these needs to be exact: too much trying costs time in proportion, too
 * little leaves a wrong estimate in force.
 */
enum {
  /* Groups of rows from which on a call tries: with fewer there is little to gain by it. */
  KRON_EYE_TRY_MIN_GROUPS = 24,
  /* Groups after which a way that was slower gets another chance: its group may have been
     interrupted. */
  KRON_EYE_TRY_AGAIN_GROUPS = 48,
};
/* Time that trying may cost, as a share of the call's. */
static const double kron_eye_try_share = 0.012;
/* A way whose estimate is worse than the best by more than this is ruled out: 1 is twice the time,
   and estimates are wrong by a factor of two at most where anybody has looked. */
static const double kron_eye_try_excess = 1.6;
/* What a way took is forgotten when its estimate changes by more than this factor. */
static const double kron_eye_try_change = 1.3;
/* Weight of a group that took longer than usual. */
static const double kron_eye_try_weight = 0.1;
/* Gradient: skip where so small a share of x is left to multiply. On a Zen 3 (30 x 784, AVX2) the
   digits, 0.40, took 0.95 of the time of multiplying everything, dense data 1.6. */
static const double kron_eye_gradient_skip_below = 0.45;

/* Factors of a chain are multiplied out only where that takes at most so many times the
   multiply-adds: inside, and on the right end. */
static const double kron_eye_chain_fold_inside_cost = 1.5, kron_eye_chain_fold_end_cost = 3;

#endif
