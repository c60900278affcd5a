/*
 * sum_factorisation - a finite-element mass matrix in three dimensions, applied without forming it.
 *
 * On a box element with tensor-product basis functions, the mass matrix with a density rho is
 *
 *     M = B^T D B,   B = B_0 (x) B_1 (x) B_2,   D = diag(weight * rho at the quadrature points)
 *
 * where B_d, points x nodes, holds the basis functions of direction d at the quadrature points. B
 * is applied one direction at a time: direction d sees the directions before it as `left` and those
 * after it as `right`, and its own size changes from nodes to points. B^T is the same with
 * kron_eye_shape_adjoint(). An element costs about 2 * 3 * n^4 multiply-adds instead of n^6.
 *
 * The program applies M to all elements of a small mesh at once (a row of `batch` each) and
 * compares the result with the assembled matrix of the whole mesh.
 */
#include <kron_eye.h>

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Sizes differ from direction to direction, so that nothing is right by coincidence. */
enum {
  DIRECTIONS = 3,
  MOST = 6,                  /* the largest size of a direction */
  ELEMENTS = 4,              /* in a column along direction 0: neighbours share a layer of nodes */
  ELEMENT_NODES = 3 * 4 * 5, /* the products of the sizes below */
  ELEMENT_POINTS = 4 * 5 * 6,
  LAYER = 4 * 5, /* nodes of an element with the same index in direction 0 */
  MESH_NODES = (ELEMENTS * (3 - 1) + 1) * LAYER,
};
static const size_t nodes[DIRECTIONS] = {3, 4, 5};
static const size_t points[DIRECTIONS] = {4, 5, 6};

typedef struct direction {
  double basis[MOST * MOST]; /* B_d: points x nodes */
  double weights[MOST];      /* of the quadrature, on [-1, 1] */
  kron_eye_plan *forward;    /* I_left (x) B_d (x) I_right */
  kron_eye_plan *backward;   /* its transpose */
} direction;

/* Legendre's polynomial of degree n at x and its derivative. */
static double legendre(size_t n, double x, double *derivative) {
  double previous = 1;
  double value = x;
  for (size_t k = 2; k <= n; ++k) {
    const double next = ((2 * (double)k - 1) * x * value - ((double)k - 1) * previous) / (double)k;
    previous = value;
    value = next;
  }
  *derivative = (double)n * (x * value - previous) / (x * x - 1);
  return value;
}

/* Point q of Gauss's quadrature with n points on [-1, 1], by Newton's method, and its weight. */
static double gauss_point(size_t n, size_t q, double *weight) {
  double derivative = 0;
  double x = cos(acos(-1.0) * ((double)q + 0.75) / ((double)n + 0.5));
  for (int step = 0; step < 10; ++step) x -= legendre(n, x, &derivative) / derivative;
  legendre(n, x, &derivative);
  *weight = 2 / ((1 - x * x) * derivative * derivative);
  return x;
}

/* Lagrange's polynomial i on n equally spaced nodes from -1 to 1. */
static double lagrange(size_t n, size_t i, double x) {
  double value = 1;
  for (size_t j = 0; j < n; ++j) {
    const double node = 2 * (double)j / ((double)n - 1) - 1;
    if (j != i) value *= (x - node) / (2 * ((double)i - (double)j) / ((double)n - 1));
  }
  return value;
}

static bool succeeded(int status) {
  if (status != KRON_EYE_OK) fprintf(stderr, "kron_eye: %s\n", kron_eye_status_text(status));
  return status == KRON_EYE_OK;
}

/* Fills in direction d: the directions before it have become points, those after it are nodes. */
static bool make_direction(size_t d, direction *all) {
  direction *self = &all[d];
  kron_eye_shape shape = KRON_EYE_SHAPE_INIT;
  kron_eye_shape adjoint = KRON_EYE_SHAPE_INIT;
  for (size_t q = 0; q < points[d]; ++q) {
    const double x = gauss_point(points[d], q, &self->weights[q]);
    for (size_t i = 0; i < nodes[d]; ++i) self->basis[q * nodes[d] + i] = lagrange(nodes[d], i, x);
  }
  shape.m = points[d];
  shape.n = nodes[d];
  for (size_t before = 0; before < d; ++before) shape.left *= points[before];
  for (size_t after = d + 1; after < DIRECTIONS; ++after) shape.right *= nodes[after];
  return succeeded(kron_eye_shape_adjoint(&shape, &adjoint)) &&
         succeeded(kron_eye_plan_create_f64(&self->forward, &shape, self->basis, nodes[d], NULL)) &&
         succeeded(
             kron_eye_plan_create_f64(&self->backward, &adjoint, self->basis, nodes[d], NULL));
}

/* weight * rho at point (p[0], p[1], p[2]) of an element. The density is no product of functions
 * of one direction, so M is no Kronecker product. */
static double coefficient(const direction *all, size_t element, const size_t *p) {
  const double where = (double)element + 0.1 * (double)p[0] * (double)p[1] - 0.3 * (double)p[2];
  return all[0].weights[p[0]] * all[1].weights[p[1]] * all[2].weights[p[2]] * (2 + sin(where));
}

/* The indices of entry i of an array of these sizes in C order. */
static void unravel(size_t i, const size_t *sizes, size_t *indices) {
  for (size_t d = DIRECTIONS; d-- > 0; i /= sizes[d]) indices[d] = i % sizes[d];
}

/* v = M u on all elements, whose nodes lie one element after the other. */
static bool apply_elements(const direction *all, const double *u, double *v) {
  enum { LARGEST = ELEMENTS * ELEMENT_POINTS }; /* points outnumber nodes in every direction */
  double work[2][LARGEST];
  size_t row = ELEMENT_NODES;
  const double *from = u;
  for (size_t d = 0; d < DIRECTIONS; ++d) {
    const size_t next = row / nodes[d] * points[d];
    double *to = work[d % 2];
    if (!succeeded(kron_eye_apply_f64(all[d].forward, ELEMENTS, 1, from, row, 0, to, next))) {
      return false;
    }
    from = to;
    row = next;
  }
  double *at_points = work[(DIRECTIONS - 1) % 2];
  for (size_t i = 0; i < (size_t)ELEMENTS * ELEMENT_POINTS; ++i) {
    size_t p[DIRECTIONS];
    unravel(i % ELEMENT_POINTS, points, p);
    at_points[i] *= coefficient(all, i / ELEMENT_POINTS, p);
  }
  for (size_t d = DIRECTIONS; d-- > 0;) {
    const size_t next = row / points[d] * nodes[d];
    double *to = d == 0 ? v : work[(d + 1) % 2];
    if (!succeeded(kron_eye_apply_f64(all[d].backward, ELEMENTS, 1, from, row, 0, to, next))) {
      return false;
    }
    from = to;
    row = next;
  }
  return true;
}

/* v = M u on the mesh: nodes to elements, M of each, and their sum. */
static bool apply_mesh(const direction *all, const double *u, double *v) {
  double in[ELEMENTS * ELEMENT_NODES];
  double out[ELEMENTS * ELEMENT_NODES];
  for (size_t e = 0; e < ELEMENTS; ++e) {
    memcpy(in + e * ELEMENT_NODES, u + e * 2 * LAYER, ELEMENT_NODES * sizeof *in);
  }
  if (!apply_elements(all, in, out)) return false;
  memset(v, 0, MESH_NODES * sizeof *v);
  for (size_t e = 0; e < ELEMENTS; ++e) {
    for (size_t i = 0; i < ELEMENT_NODES; ++i) v[e * 2 * LAYER + i] += out[e * ELEMENT_NODES + i];
  }
  return true;
}

/* v = M u with M assembled, entry by entry from its definition. */
static bool apply_assembled(const direction *all, const double *u, double *v) {
  double *matrix = calloc((size_t)MESH_NODES * MESH_NODES, sizeof *matrix);
  if (matrix == NULL) return succeeded(KRON_EYE_NO_MEMORY);
  for (size_t e = 0; e < ELEMENTS; ++e) {
    for (size_t q = 0; q < ELEMENT_POINTS; ++q) {
      double value[ELEMENT_NODES]; /* of each basis function at this point */
      size_t p[DIRECTIONS];
      size_t n[DIRECTIONS];
      unravel(q, points, p);
      for (size_t i = 0; i < ELEMENT_NODES; ++i) {
        value[i] = 1;
        unravel(i, nodes, n);
        for (size_t d = 0; d < DIRECTIONS; ++d) value[i] *= all[d].basis[p[d] * nodes[d] + n[d]];
      }
      const double weight = coefficient(all, e, p);
      for (size_t i = 0; i < ELEMENT_NODES; ++i) {
        double *row = matrix + (e * 2 * LAYER + i) * MESH_NODES + e * 2 * LAYER;
        for (size_t j = 0; j < ELEMENT_NODES; ++j) row[j] += value[i] * weight * value[j];
      }
    }
  }
  for (size_t i = 0; i < MESH_NODES; ++i) {
    v[i] = 0;
    for (size_t j = 0; j < MESH_NODES; ++j) v[i] += matrix[i * MESH_NODES + j] * u[j];
  }
  free(matrix);
  return true;
}

static bool compare(const direction *all) {
  double u[MESH_NODES];
  double v[MESH_NODES];
  double expected[MESH_NODES];
  for (size_t i = 0; i < MESH_NODES; ++i) u[i] = cos((double)i) + 0.01 * (double)i;
  if (!apply_mesh(all, u, v) || !apply_assembled(all, u, expected)) return false;
  double largest = 0;
  double difference = 0;
  for (size_t i = 0; i < MESH_NODES; ++i) {
    largest = fmax(largest, fabs(expected[i]));
    difference = fmax(difference, fabs(v[i] - expected[i]));
  }
  printf("%d elements of 3 x 4 x 5 nodes and 4 x 5 x 6 points: %d unknowns\n", ELEMENTS,
         MESH_NODES);
  printf("largest difference from the assembled matrix: %.1e of %.2g\n", difference, largest);
  return difference <= 1e-13 * largest;
}

int main(void) {
  direction all[DIRECTIONS] = {0};
  bool done = true;
  for (size_t d = 0; d < DIRECTIONS; ++d) done = done && make_direction(d, all);
  done = done && compare(all);
  for (size_t d = 0; d < DIRECTIONS; ++d) {
    kron_eye_plan_destroy(all[d].forward);
    kron_eye_plan_destroy(all[d].backward);
  }
  return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
