#define _GNU_SOURCE /* RTLD_DEFAULT, RTLD_DEEPBIND, dladdr */
#include "blas.h"

#include "util.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

enum { ROW_MAJOR = 101 };

struct library {
  void *handle;
  const char *prefix; /* before every name: "scipy_" */
};

/* POSIX guarantees that a function pointer survives a conversion to void *, ISO C does not: hence
 * the copy. */
typedef void function(void);

static function *find(const struct library *library, const char *name) {
  char symbol[128];
  function *result = NULL;
  snprintf(symbol, sizeof symbol, "%s%s", library->prefix, name);
  void *address = dlsym(library->handle, symbol);
  memcpy(&result, &address, sizeof result);
  return result;
}

static function *need(const struct library *library, const char *name, const char *path) {
  function *result = find(library, name);
  if (!result) die("%s has no %s%s", path, library->prefix, name);
  return result;
}

typedef const char *text_of(void);
typedef const char *text_of_int(int);
typedef int int_of(void);
typedef void text_into(char *text, int capacity);

static const char *call_text(const struct library *library, const char *name) {
  text_of *call = (text_of *)find(library, name);
  const char *text = call ? call() : NULL;
  return text ? text : "";
}

/* The library's description of itself. OpenBLAS, BLIS and MKL each have their own functions for
 * that. */
static void describe(const struct library *library, const char *path, struct blas *blas) {
  char *text = blas->description;
  size_t capacity = sizeof blas->description;
  if (find(library, "openblas_get_config")) {
    char version[8] = "";
    sscanf(call_text(library, "openblas_get_config"), "OpenBLAS %7[0-9.]", version);
    size_t length =
        strlen(version); /* of "0.3.34.481" only the components that are complete in 7 characters */
    if (length > 0 && version[length - 1] == '.') version[length - 1] = '\0';
    snprintf(blas->name, sizeof blas->name, "OpenBLAS %s", version);
    snprintf(text, capacity, "%s; core %s; %s", call_text(library, "openblas_get_config"),
             call_text(library, "openblas_get_corename"), path);
  } else if (find(library, "bli_info_get_version_str")) {
    text_of_int *arch_name = (text_of_int *)find(library, "bli_arch_string");
    int_of *arch = (int_of *)find(library, "bli_arch_query_id");
    snprintf(blas->name, sizeof blas->name, "BLIS %.20s",
             call_text(library, "bli_info_get_version_str"));
    snprintf(text, capacity, "BLIS %s; core %s; %s", call_text(library, "bli_info_get_version_str"),
             arch_name && arch ? arch_name(arch()) : "unknown", path);
  } else if (find(library, "MKL_Get_Version_String")) {
    char version[200] = "";
    ((text_into *)find(library, "MKL_Get_Version_String"))(version, sizeof version);
    version[sizeof version - 1] = '\0';
    size_t length = strlen(version);
    while (length > 0 && version[length - 1] == ' ') version[--length] = '\0';
    const char *word = strstr(version, "Version ");
    snprintf(blas->name, sizeof blas->name, "MKL %.6s", word ? word + 8 : "");
    snprintf(text, capacity, "%s; %s", version, path);
  } else {
    strcpy(blas->name, "BLAS");
    snprintf(text, capacity, "a CBLAS that does not describe itself; %s", path);
  }
}

static void fill(const struct library *library, const char *path, struct blas *blas) {
  memset(blas, 0, sizeof *blas);
  blas->sgemm = (blas_sgemm *)need(library, "cblas_sgemm", path);
  blas->dgemm = (blas_dgemm *)need(library, "cblas_dgemm", path);
  blas->sgemv = (blas_sgemv *)need(library, "cblas_sgemv", path);
  blas->dgemv = (blas_dgemv *)need(library, "cblas_dgemv", path);
  blas->sgemm_batch = (blas_sgemm_batch *)find(library, "cblas_sgemm_batch");
  blas->dgemm_batch = (blas_dgemm_batch *)find(library, "cblas_dgemm_batch");
  typedef void set_int(int);
  typedef void set_long(int64_t);
  blas->set_threads_int = (set_int *)find(library, "openblas_set_num_threads");
  if (!blas->set_threads_int)
    blas->set_threads_int = (set_int *)find(library, "MKL_Set_Num_Threads");
  blas->set_threads_long = (set_long *)find(library, "bli_thread_set_num_threads");
  describe(library, path, blas);
}

void blas_linked(struct blas *blas) {
  const struct library library = {RTLD_DEFAULT, ""};
  void *address = dlsym(RTLD_DEFAULT, "cblas_sgemm");
  Dl_info info;
  bool known = address && dladdr(address, &info) && info.dli_fname;
  fill(&library, known ? info.dli_fname : "the linked BLAS", blas);
}

void blas_open(struct blas *blas, const char *path_and_prefix) {
  char path[4096];
  snprintf(path, sizeof path, "%s", path_and_prefix);
  char *colon = strrchr(path, ':');
  if (colon) *colon = '\0';
  /* Several libraries here export the same names. RTLD_LOCAL hides this one's names from the
   * others; RTLD_DEEPBIND makes it call its own functions rather than those of the linked BLAS. */
  void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
  if (!handle) die("%s", dlerror());
  const struct library library = {handle, colon ? colon + 1 : ""};
  fill(&library, path, blas);
}

bool blas_set_threads(const struct blas *blas, size_t threads) {
  if (blas->set_threads_int)
    blas->set_threads_int((int)threads);
  else if (blas->set_threads_long)
    blas->set_threads_long((int64_t)threads);
  else
    return false;
  return true;
}

void blas_gemm_add(const struct blas *blas, enum type type, enum blas_transpose trans_a,
                   enum blas_transpose trans_b, size_t m, size_t n, size_t k, const void *a,
                   size_t lda, const void *b, size_t ldb, double beta, void *c, size_t ldc) {
  if (type == TYPE_F64)
    blas->dgemm(ROW_MAJOR, (int)trans_a, (int)trans_b, (int)m, (int)n, (int)k, 1, a, (int)lda, b,
                (int)ldb, beta, c, (int)ldc);
  else
    blas->sgemm(ROW_MAJOR, (int)trans_a, (int)trans_b, (int)m, (int)n, (int)k, 1, a, (int)lda, b,
                (int)ldb, (float)beta, c, (int)ldc);
}

void blas_gemm(const struct blas *blas, enum type type, enum blas_transpose trans_a,
               enum blas_transpose trans_b, size_t m, size_t n, size_t k, const void *a, size_t lda,
               const void *b, size_t ldb, void *c, size_t ldc) {
  blas_gemm_add(blas, type, trans_a, trans_b, m, n, k, a, lda, b, ldb, 0, c, ldc);
}

void blas_gemv(const struct blas *blas, enum type type, enum blas_transpose trans, size_t m,
               size_t n, const void *a, const void *x, void *y) {
  if (type == TYPE_F64)
    blas->dgemv(ROW_MAJOR, (int)trans, (int)m, (int)n, 1, a, (int)n, x, 1, 0, y, 1);
  else
    blas->sgemv(ROW_MAJOR, (int)trans, (int)m, (int)n, 1, a, (int)n, x, 1, 0, y, 1);
}

void blas_gemm_batch(const struct blas *blas, enum type type, size_t count, size_t rows, size_t m,
                     size_t n, const void **x, const void **w, void **y) {
  const int no = BLAS_NO_TRANSPOSE, yes = BLAS_TRANSPOSE;
  const int rows_int = (int)rows, m_int = (int)m, n_int = (int)n, group = (int)count;
  if (type == TYPE_F64) {
    const double one = 1, zero = 0;
    blas->dgemm_batch(ROW_MAJOR, &no, &yes, &rows_int, &m_int, &n_int, &one, (const double **)x,
                      &n_int, (const double **)w, &n_int, &zero, (double **)y, &m_int, 1, &group);
  } else {
    const float one = 1, zero = 0;
    blas->sgemm_batch(ROW_MAJOR, &no, &yes, &rows_int, &m_int, &n_int, &one, (const float **)x,
                      &n_int, (const float **)w, &n_int, &zero, (float **)y, &m_int, 1, &group);
  }
}
