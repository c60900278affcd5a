/*
 * train_mnist - trains and evaluates the network [pixels, 30, 10] of sigmoid neurons on images of
 * ten classes, by stochastic gradient descent (Nielsen, Neural Networks and Deep Learning, ch.
 * 1-3).
 *
 *     a1 = s(W1 x + b1),  a2 = s(W2 a1 + b2),  s(z) = 1 / (1 + exp(-z))
 *
 * What computes what; a mini-batch is that many rows:
 * - Forward: a plan for each layer, whose kron_eye_apply_fused_*() adds the bias. Each step gives
 * the plans the new weights with kron_eye_plan_update_f32(). In evaluation x is the file's bytes,
 * and alpha = 1/255 scales them to [0,1].
 * - Back through the output layer: a plan of the transposed operator, kron_eye_shape_adjoint().
 * - Descent: kron_eye_gradient_f32() and kron_eye_bias_gradient_f32() with alpha = -rate and beta =
 * 1 add the step to the weights and biases.
 */
#include "support/atomic_file.h"
#include "support/failure.h"
#include "support/idx.h"
#include "support/npy.h"
#include "support/number.h"
#include "support/option.h"
#include "support/progress.h"
#include "support/random.h"
#include "support/size.h"
#include "support/stopwatch.h"

#include <kron_eye.h>

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLASSES = 10, MAX_FILE_BYTES = 1 << 30, MOST = 1 << 20 /* neurons, or images at once */ };

#define FOLDER "/usr/share/datasets/fashion-mnist/"
static const char DEFAULT_IMAGES[] = FOLDER "train-images-idx3-ubyte.gz";
static const char DEFAULT_LABELS[] = FOLDER "train-labels-idx1-ubyte.gz";
static const char DEFAULT_TEST_IMAGES[] = FOLDER "t10k-images-idx3-ubyte.gz";
static const char DEFAULT_TEST_LABELS[] = FOLDER "t10k-labels-idx1-ubyte.gz";

/* ------------------------------------------------------------------------------ options */

typedef struct options {
  const char *images, *labels;           /* to train on */
  const char *test_images, *test_labels; /* to count correct answers on */
  size_t held_out; /* if not 0: use this many of the last training images instead */
  size_t hidden;   /* neurons */
  size_t epochs;
  size_t batch; /* images between two updates of the weights */
  double rate;  /* 0: the default for the cost */
  bool quadratic;
  size_t seed;
  const char *out; /* NULL: the weights are not saved */
} options;

static const char HELP[] =
    "Usage: train_mnist [OPTION]...\n"
    "Trains a network [pixels, 30, 10] of sigmoid neurons. After every epoch it prints how many\n"
    "test images are classified correctly. Files are IDX, plain or gzip.\n"
    "\n"
    "  --images FILE, --labels FILE            to train on\n"
    "  --test-images FILE, --test-labels FILE  to test on\n"
    "                   (defaults: Debian's package dataset-fashion-mnist)\n"
    "  --held-out N     test on the last N images of --images, and train on the others\n"
    "  --hidden N       hidden neurons (default 30)\n"
    "  --epochs N       (default 10)\n"
    "  --batch N        images in a mini-batch (default 10)\n"
    "  --cost NAME      cross-entropy (default) or quadratic\n"
    "  --rate R         learning rate (default 0.5 for cross-entropy, 3 for quadratic)\n"
    "  --seed N         for the initial weights and the order of images (default 1)\n"
    "  --out FILE       write the hidden layer's weights here, as .npy float32\n"
    "  --help           this text\n"
    "  --version        the version\n";

static bool complain(const char *what, const char *text) {
  fflush(stdout); /* the report so far comes first where both go to one file */
  fprintf(stderr, "train_mnist: %s: %s\n", what, text);
  return false;
}

static bool parse_cost(const char *text, bool *quadratic) {
  *quadratic = strcmp(text, "quadratic") == 0;
  if (*quadratic || strcmp(text, "cross-entropy") == 0) return true;
  failure why;
  explain(&why, "'%s' is neither cross-entropy nor quadratic", text);
  return complain("--cost", why.text);
}

static bool parse_size(const char *option, const char *text, size_t most, size_t *number) {
  failure why;
  return number_parse_size(text, 1, most, number, &why) || complain(option, why.text);
}

static bool parse_rate(const char *text, double *rate) {
  failure why;
  if (!number_parse_real(text, rate, &why)) return complain("--rate", why.text);
  if (*rate > 0) return true;
  explain(&why, "'%s' is not greater than 0", text);
  return complain("--rate", why.text);
}

static bool parse_option(int letter, const char *text, options *chosen) {
  switch (letter) {
  case 'i':
    chosen->images = text;
    return true;
  case 'l':
    chosen->labels = text;
    return true;
  case 'I':
    chosen->test_images = text;
    return true;
  case 'L':
    chosen->test_labels = text;
    return true;
  case 'o':
    chosen->out = text;
    return true;
  case 'n':
    return parse_size("--held-out", text, MAX_FILE_BYTES, &chosen->held_out);
  case 'm':
    return parse_size("--hidden", text, MOST, &chosen->hidden);
  case 'e':
    return parse_size("--epochs", text, MAX_FILE_BYTES, &chosen->epochs);
  case 'b':
    return parse_size("--batch", text, MOST, &chosen->batch);
  case 's':
    return parse_size("--seed", text, MAX_FILE_BYTES, &chosen->seed);
  case 'r':
    return parse_rate(text, &chosen->rate);
  case 'c':
    return parse_cost(text, &chosen->quadratic);
  case 'h':
    fputs(HELP, stdout);
    exit(fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
  default:
    printf("train_mnist (kron_eye) %s\n", kron_eye_version());
    exit(fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
  }
}

static bool parse_options(int argc, char **argv, options *chosen) {
  static const struct option table[] = {{"images", required_argument, NULL, 'i'},
                                        {"labels", required_argument, NULL, 'l'},
                                        {"test-images", required_argument, NULL, 'I'},
                                        {"test-labels", required_argument, NULL, 'L'},
                                        {"held-out", required_argument, NULL, 'n'},
                                        {"hidden", required_argument, NULL, 'm'},
                                        {"epochs", required_argument, NULL, 'e'},
                                        {"batch", required_argument, NULL, 'b'},
                                        {"cost", required_argument, NULL, 'c'},
                                        {"rate", required_argument, NULL, 'r'},
                                        {"seed", required_argument, NULL, 's'},
                                        {"out", required_argument, NULL, 'o'},
                                        {"help", no_argument, NULL, 'h'},
                                        {"version", no_argument, NULL, 'v'},
                                        {NULL, 0, NULL, 0}};
  *chosen = (options){.images = DEFAULT_IMAGES,
                      .labels = DEFAULT_LABELS,
                      .test_images = DEFAULT_TEST_IMAGES,
                      .test_labels = DEFAULT_TEST_LABELS,
                      .hidden = 30,
                      .epochs = 10,
                      .batch = 10,
                      .seed = 1};
  failure why;
  for (int letter; (letter = getopt_long(argc, argv, ":", table, NULL)) != -1;) {
    if (letter == '?' || letter == ':') {
      option_explain(letter, argv, &why);
      fprintf(stderr, "train_mnist: %s\n", why.text);
      return false;
    }
    if (!parse_option(letter, optarg, chosen)) return false;
  }
  if (optind != argc) return complain(argv[optind], "is not an option; see --help");
  if (chosen->rate == 0) chosen->rate = chosen->quadratic ? 3.0 : 0.5;
  return true;
}

/* ----------------------------------------------------------------------------- the images */

typedef struct file_pair {
  idx_array images; /* count x height x width */
  idx_array labels; /* count */
} file_pair;

/* A part of the images of a pair of files. */
typedef struct image_set {
  size_t count;
  size_t n;              /* pixels of an image */
  const uint8_t *pixels; /* count x n */
  const uint8_t *labels; /* count, each below CLASSES */
} image_set;

static bool check_labels(const file_pair *pair, failure *why) {
  const size_t count = pair->images.header.dims[0];
  if (pair->labels.header.ndim != 1 || pair->labels.header.dims[0] != count) {
    return explain(why, "does not hold one label for each of %zu images", count);
  }
  for (size_t i = 0; i < count; ++i) {
    const unsigned label = pair->labels.values[i];
    if (label >= CLASSES) return explain(why, "has the label %u at %zu", label, i);
  }
  return true;
}

static bool load_pair(const char *images, const char *labels, file_pair *pair, image_set *set) {
  failure why;
  if (!idx_read(images, MAX_FILE_BYTES, &pair->images, &why)) return complain(images, why.text);
  const idx_header *header = &pair->images.header;
  if (header->ndim != 3 || header->data_bytes == 0) {
    return complain(images, "does not hold images (count x height x width)");
  }
  if (!idx_read(labels, MAX_FILE_BYTES, &pair->labels, &why) || !check_labels(pair, &why)) {
    return complain(labels, why.text);
  }
  const size_t n = header->dims[1] * header->dims[2]; /* at most data_bytes */
  *set = (image_set){header->dims[0], n, pair->images.values, pair->labels.values};
  return true;
}

/* Moves the last images of `all` to a set of their own. */
static bool hold_out(size_t count, image_set *all, image_set *last) {
  if (count >= all->count) return complain("--held-out", "leaves no images to train on");
  all->count -= count;
  *last = (image_set){count, all->n, all->pixels + all->count * all->n, all->labels + all->count};
  return true;
}

/* ---------------------------------------------------------------------------- the network */

/* a = s(W x + b): W is m x n. */
typedef struct layer {
  size_t m, n;
  float *w; /* m x n */
  float *b; /* m */
  kron_eye_shape shape;
  kron_eye_plan *plan;    /* of W */
  kron_eye_plan *adjoint; /* of its transpose, for the layer that errors are taken back through */
} layer;

typedef struct network {
  layer hidden; /* x to a1 */
  layer output; /* a1 to a2, CLASSES neurons */
} network;

static float *new_floats(size_t rows, size_t columns) {
  size_t bytes = sizeof(float);
  if (!size_product(bytes, rows, &bytes) || !size_product(bytes, columns, &bytes)) return NULL;
  return malloc(bytes);
}

static void free_layer(layer *l) {
  free(l->w);
  free(l->b);
  kron_eye_plan_destroy(l->plan);
  kron_eye_plan_destroy(l->adjoint);
}

static bool succeeded(const char *what, int status) {
  return status == KRON_EYE_OK || complain(what, kron_eye_status_text(status));
}

static bool make_plan(layer *l) {
  l->shape = (kron_eye_shape)KRON_EYE_SHAPE_INIT;
  l->shape.m = l->m;
  l->shape.n = l->n;
  return succeeded("plan", kron_eye_plan_create_f32(&l->plan, &l->shape, l->w, l->n, NULL));
}

static bool make_adjoint(layer *l) {
  kron_eye_shape adjoint = KRON_EYE_SHAPE_INIT;
  return succeeded("shape", kron_eye_shape_adjoint(&l->shape, &adjoint)) &&
         succeeded("plan", kron_eye_plan_create_f32(&l->adjoint, &adjoint, l->w, l->n, NULL));
}

/* The weights have changed. */
static bool update_plans(layer *l) {
  return succeeded("plan", kron_eye_plan_update_f32(l->plan, l->w, l->n)) &&
         (l->adjoint == NULL ||
          succeeded("plan", kron_eye_plan_update_f32(l->adjoint, l->w, l->n)));
}

/* Weights of variance 1/n, so that z has about the variance of x for any n. */
static bool make_layer(layer *l, size_t m, size_t n, uint64_t seed) {
  *l = (layer){.m = m, .n = n, .w = new_floats(m, n), .b = new_floats(m, 1)};
  if (l->w == NULL || l->b == NULL) return complain("memory", "not enough for a layer");
  random_normal(seed, l->w, m * n);
  random_normal(seed + 1, l->b, m);
  for (size_t i = 0; i < m * n; ++i) l->w[i] /= sqrtf((float)n);
  return make_plan(l);
}

/* What adds the layer's bias. */
static kron_eye_epilogue bias_of(const layer *l) {
  kron_eye_epilogue epilogue = KRON_EYE_EPILOGUE_INIT;
  epilogue.bias = l->b;
  return epilogue;
}

static float sigmoid(float z) {
  return 1 / (1 + expf(-z));
}

/* ------------------------------------------------------------------------------- training */

/* The data of one step of at most `batch` images, one image per row; free_step() frees it. */
typedef struct step {
  size_t batch;
  float *x;      /* batch x n: pixels in [0,1] */
  float *a1;     /* batch x hidden */
  float *a2;     /* batch x CLASSES */
  float *delta1; /* the derivatives of the cost with respect to z1, like a1 */
  float *delta2; /* with respect to z2, like a2 */
  size_t *order; /* of the images in this epoch */
} step;

static void free_step(step *s) {
  free(s->x);
  free(s->a1);
  free(s->a2);
  free(s->delta1);
  free(s->delta2);
  free(s->order);
}

static bool make_step(step *s, const network *net, size_t batch, size_t images) {
  *s = (step){.batch = batch,
              .x = new_floats(batch, net->hidden.n),
              .a1 = new_floats(batch, net->hidden.m),
              .a2 = new_floats(batch, CLASSES),
              .delta1 = new_floats(batch, net->hidden.m),
              .delta2 = new_floats(batch, CLASSES),
              .order = malloc(images * sizeof *s->order)};
  if (s->x && s->a1 && s->a2 && s->delta1 && s->delta2 && s->order) return true;
  return complain("memory", "not enough for a mini-batch");
}

static void gather(const image_set *set, const size_t *order, size_t count, float *x) {
  for (size_t r = 0; r < count; ++r) {
    const uint8_t *pixels = set->pixels + order[r] * set->n;
    for (size_t j = 0; j < set->n; ++j) x[r * set->n + j] = (float)pixels[j] / 255;
  }
}

/* a = s(W x + b), an image a row. */
static bool forward(const layer *l, size_t count, const float *x, float *a) {
  const kron_eye_epilogue bias = bias_of(l);
  const int status = kron_eye_apply_fused_f32(l->plan, count, 1, x, l->n, 0, a, l->m, &bias);
  for (size_t i = 0; i < count * l->m; ++i) a[i] = sigmoid(a[i]);
  return succeeded("forward", status);
}

/* delta2 = a2 - t for cross-entropy, times s'(z2) = a2 (1 - a2) for the quadratic cost; the target
 * t is 1 for the label's neuron and 0 for the others. */
static void output_error(const image_set *set, size_t count, bool quadratic, step *s) {
  for (size_t r = 0; r < count; ++r) {
    for (size_t i = 0; i < CLASSES; ++i) {
      const float a = s->a2[r * CLASSES + i];
      const float target = set->labels[s->order[r]] == i ? 1 : 0;
      s->delta2[r * CLASSES + i] = (a - target) * (quadratic ? a * (1 - a) : 1);
    }
  }
}

/* delta1 = (W2^T delta2) * s'(z1), elementwise. */
static bool hidden_error(const layer *output, size_t count, step *s) {
  const int status =
      kron_eye_apply_f32(output->adjoint, count, 1, s->delta2, CLASSES, 0, s->delta1, output->n);
  for (size_t i = 0; i < count * output->n; ++i) s->delta1[i] *= s->a1[i] * (1 - s->a1[i]);
  return succeeded("backward", status);
}

/* W -= rate * sum of delta x^T and b -= rate * sum of delta: delta is count x m, x is count x n. */
static bool descend(layer *l, size_t count, float rate, const float *delta, const float *x) {
  return succeeded("gradient", kron_eye_gradient_f32(&l->shape, count, -rate, x, l->n, delta, l->m,
                                                     1, l->w, l->n, NULL)) &&
         succeeded("gradient",
                   kron_eye_bias_gradient_f32(&l->shape, count, -rate, delta, l->m, 1, l->b, 0)) &&
         update_plans(l);
}

/* Learns from one mini-batch: s->order[0..count) of the set. */
static bool learn(network *net, const image_set *set, const options *chosen, size_t count,
                  step *s) {
  const float rate = (float)chosen->rate / (float)count;
  gather(set, s->order, count, s->x);
  if (!forward(&net->hidden, count, s->x, s->a1)) return false;
  if (!forward(&net->output, count, s->a1, s->a2)) return false;
  output_error(set, count, chosen->quadratic, s);
  return hidden_error(&net->output, count, s) && /* before the output weights change */
         descend(&net->output, count, rate, s->delta2, s->a1) &&
         descend(&net->hidden, count, rate, s->delta1, s->x);
}

static bool train_epoch(network *net, const image_set *set, const options *chosen, size_t epoch,
                        step *s) {
  char label[32];
  snprintf(label, sizeof label, "epoch %zu", epoch);
  progress bar = progress_begin(label);
  step rest = *s; /* whose order starts with the images not seen yet */
  bool done = true;
  random_order(chosen->seed + epoch, s->order, set->count);
  for (size_t seen = 0; done && seen < set->count; seen += s->batch) {
    const size_t left = set->count - seen;
    rest.order = s->order + seen;
    done = learn(net, set, chosen, left < s->batch ? left : s->batch, &rest);
    progress_show(&bar, (double)seen / (double)set->count);
  }
  progress_clear();
  return done;
}

/* ----------------------------------------------------------------------------- evaluation */

static int apply_hidden(const layer *l, const image_set *set, float *a1) {
  const kron_eye_epilogue bias = bias_of(l);
  kron_eye_plan *plan = NULL;
  int status = kron_eye_plan_create_u8_f32(&plan, &l->shape, l->w, l->n, NULL);
  if (status != KRON_EYE_OK) return status;
  status = kron_eye_apply_fused_u8_f32(plan, set->count, 1.0F / 255, set->pixels, l->n, 0, a1, l->m,
                                       &bias);
  kron_eye_plan_destroy(plan);
  for (size_t i = 0; i < set->count * l->m; ++i) a1[i] = sigmoid(a1[i]);
  return status;
}

/* z2, not a2: the sigmoid does not change which one is the largest. */
static int apply_output(const layer *l, size_t count, const float *a1, float *z2) {
  const kron_eye_epilogue bias = bias_of(l);
  return kron_eye_apply_fused_f32(l->plan, count, 1, a1, l->n, 0, z2, l->m, &bias);
}

static size_t count_right(const image_set *set, const float *z2) {
  size_t right = 0;
  for (size_t r = 0; r < set->count; ++r) {
    const float *z = z2 + r * CLASSES;
    size_t best = 0;
    for (size_t i = 1; i < CLASSES; ++i) best = z[i] > z[best] ? i : best;
    right += best == set->labels[r];
  }
  return right;
}

static bool evaluate(const network *net, const image_set *set, size_t *right) {
  float *a1 = new_floats(set->count, net->hidden.m);
  float *z2 = new_floats(set->count, CLASSES);
  int status = KRON_EYE_NO_MEMORY;
  if (a1 != NULL && z2 != NULL) status = apply_hidden(&net->hidden, set, a1);
  if (status == KRON_EYE_OK) status = apply_output(&net->output, set->count, a1, z2);
  if (status == KRON_EYE_OK) *right = count_right(set, z2);
  free(a1);
  free(z2);
  return status == KRON_EYE_OK || complain("evaluation", kron_eye_status_text(status));
}

static bool report(const char *when, const network *net, const image_set *test, double seconds) {
  size_t right = 0;
  if (!evaluate(net, test, &right)) return false;
  printf("%s  %zu of %zu right, %.2f %%", when, right, test->count,
         100 * (double)right / (double)test->count);
  if (seconds > 0) printf(", %.2f s", seconds);
  putchar('\n');
  fflush(stdout); /* so that a long run can be watched */
  return true;
}

/* ------------------------------------------------------------------------------- the whole */

static bool train(network *net, const image_set *set, const image_set *test,
                  const options *chosen) {
  step s;
  bool done = make_step(&s, net, chosen->batch, set->count) && report("before   ", net, test, 0);
  for (size_t epoch = 1; done && epoch <= chosen->epochs; ++epoch) {
    char when[32];
    snprintf(when, sizeof when, "epoch %3zu", epoch);
    const double start = stopwatch_seconds();
    done = train_epoch(net, set, chosen, epoch, &s) &&
           report(when, net, test, stopwatch_seconds() - start);
  }
  free_step(&s);
  return done;
}

static bool keep_weights(const char *path, const layer *l) {
  failure why;
  const size_t dims[2] = {l->m, l->n};
  if (!npy_write(path, NPY_FLOAT32, 2, dims, l->w, &why)) return complain(path, why.text);
  printf("wrote    %s, %zu x %zu\n", path, l->m, l->n);
  return true;
}

static bool load_sets(const options *chosen, file_pair pairs[2], image_set *set, image_set *test) {
  if (!load_pair(chosen->images, chosen->labels, &pairs[0], set)) return false;
  if (chosen->held_out > 0) return hold_out(chosen->held_out, set, test);
  if (!load_pair(chosen->test_images, chosen->test_labels, &pairs[1], test)) return false;
  return test->n == set->n || complain(chosen->test_images, "has images of another size");
}

/* Before the work, so that none is done for a file that cannot be written. */
static bool check_out(const options *chosen) {
  failure why;
  const char *const inputs[] = {chosen->images, chosen->labels, chosen->test_images,
                                chosen->test_labels};
  return chosen->out == NULL || atomic_file_check(chosen->out, inputs, 4, &why) ||
         complain(chosen->out, why.text);
}

static bool run(const options *chosen, file_pair pairs[2], network *net) {
  image_set set;
  image_set test;
  if (!check_out(chosen) || !load_sets(chosen, pairs, &set, &test)) return false;
  if (!make_layer(&net->hidden, chosen->hidden, set.n, chosen->seed << 32)) return false;
  if (!make_layer(&net->output, CLASSES, chosen->hidden, (chosen->seed << 32) + 2)) return false;
  if (!make_adjoint(&net->output)) return false;
  printf("network  [%zu, %zu, %d], %s cost, rate %g, mini-batches of %zu\n", set.n, chosen->hidden,
         CLASSES, chosen->quadratic ? "quadratic" : "cross-entropy", chosen->rate, chosen->batch);
  printf("images   %zu to train on, %zu to test on\n", set.count, test.count);
  if (!train(net, &set, &test, chosen)) return false;
  if (chosen->out != NULL && !keep_weights(chosen->out, &net->hidden)) return false;
  return (fflush(stdout) == 0 && !ferror(stdout)) || complain("standard output", strerror(errno));
}

int main(int argc, char **argv) {
  options chosen;
  if (!parse_options(argc, argv, &chosen)) return EXIT_FAILURE;
  atomic_file_handle_signals();
  file_pair pairs[2] = {0};
  network net = {0};
  const bool done = run(&chosen, pairs, &net);
  free_layer(&net.hidden);
  free_layer(&net.output);
  for (size_t i = 0; i < 2; ++i) {
    idx_free(&pairs[i].images);
    idx_free(&pairs[i].labels);
  }
  return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
