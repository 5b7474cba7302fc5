/* A multilayer perceptron on a tile of points: values forward, gradients backward.

   Activations lie unit by unit, the points of a tile side by side: each number of a layer is a sum of
   vectors times scalars, always in the order of the units. So a network's bits follow from its own sizes.
   REAL is float or double, WHOLE the integer of its size. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef __AVX512F__
#define VECTOR_BYTES 64
#else
#define VECTOR_BYTES 32
#endif
#define TILE 32                                   /* points that go through the network together */
#define LANES (VECTOR_BYTES / (int)sizeof(REAL))
#define VECTORS (TILE / LANES)
#define AT_ONCE 4                                 /* units computed side by side, to keep the processor busy */
#define MOST_LAYERS 64

typedef REAL vector __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(REAL)), may_alias));
typedef WHOLE whole_vector __attribute__((vector_size(VECTOR_BYTES)));

typedef struct {
    int layers;
    const int32_t *sizes;        /* layers + 1: inputs, then each layer's outputs */
    const int32_t *activations;  /* one a layer, numbers of tables.h */
    const double *factors;       /* one a layer */
} network;

/* Where a tile's numbers lie: z before and a after the activation, d the loss's derivatives. */
typedef struct {
    REAL *a[MOST_LAYERS + 1], *z[MOST_LAYERS + 1], *d[MOST_LAYERS + 1], *targets;
} workspace;

static int64_t count_numbers(const network *net) {
    int64_t units = 0;
    for (int l = 0; l <= net->layers; l++) units += net->sizes[l];
    return TILE * (3 * units + net->sizes[net->layers]);
}

static void lay_out(workspace *work, REAL *memory, const network *net) {
    for (int l = 0; l <= net->layers; l++) {
        int64_t numbers = (int64_t)TILE * net->sizes[l];
        work->a[l] = memory, memory += numbers;
        work->z[l] = memory, memory += numbers;
        work->d[l] = memory, memory += numbers;
    }
    work->targets = memory;
}

static inline vector add_up(const vector *values) {
    vector total = values[0];
    for (int k = 1; k < VECTORS; k++) total += values[k];
    return total;
}

/* The sums of LANES vectors, that of rows[i] in lane i; halves of two rows are added in each step. */
static inline vector sums_of(vector *rows) {
#pragma GCC unroll 8
    for (int width = LANES / 2; width > 0; width /= 2) {
        whole_vector left, right;
#pragma GCC unroll 16
        for (int lane = 0; lane < LANES; lane++) {
            int from = lane & width ? LANES + lane - width : lane;
            left[lane] = from, right[lane] = from + width;
        }
#pragma GCC unroll 16
        for (int i = 0; i < width; i++)
            rows[i] = __builtin_shuffle(rows[i], rows[i + width], left) +
                      __builtin_shuffle(rows[i], rows[i + width], right);
    }
    return rows[0];
}

/* The sum of one vector's lanes, halves added in each step. */
static inline REAL sum_of(vector row) {
#pragma GCC unroll 8
    for (int width = LANES / 2; width > 0; width /= 2) {
        whole_vector far;
#pragma GCC unroll 16
        for (int lane = 0; lane < LANES; lane++) far[lane] = lane ^ width;
        row += __builtin_shuffle(row, far);
    }
    return row[0];
}

/* to[i] += sum over the tile of d * (rows of a)[i]; without a, to[i] += sum over the tile of (rows of d)[i]. */
static void add_sums(REAL *restrict to, const REAL *restrict d, const REAL *restrict a, int count) {
    if (count == 1) {
        const vector *x = (const vector *)(a ? a : d), *y = (const vector *)d;
        vector row = {0};
        for (int k = 0; k < VECTORS; k++) {
            if (a) row += x[k] * y[k];
            else row += x[k];
        }
        to[0] += sum_of(row);
        return;
    }
    for (int from = 0; from < count; from += LANES) {
        int some = count - from < LANES ? count - from : LANES;
        vector rows[LANES];
        for (int i = 0; i < LANES; i++) {
            if (i >= some) {
                rows[i] = (vector){0};
                continue;
            }
            const vector *x = (const vector *)((a ? a : d) + (int64_t)(from + i) * TILE), *y = (const vector *)d;
            rows[i] = (vector){0};
            for (int k = 0; k < VECTORS; k++) {
                if (a) rows[i] += x[k] * y[k];
                else rows[i] += x[k];
            }
        }
        vector sums = sums_of(rows);
        for (int i = 0; i < some; i++) to[from + i] += sums[i];
    }
}

/* out[o] = bias[o] + sum over i of weight[o * row + i * column] * in[i], for `outputs` units of a tile. */
static inline void combine_some(REAL *restrict out, const REAL *restrict in, const REAL *restrict weight,
                                const REAL *restrict bias, int some, int inputs, int row, int column) {
    vector sums[AT_ONCE][VECTORS];
    for (int o = 0; o < some; o++)
        for (int k = 0; k < VECTORS; k++) sums[o][k] = (vector){0} + (bias ? bias[o] : 0);
    for (int i = 0; i < inputs; i++) {
        const vector *x = (const vector *)(in + (int64_t)i * TILE);
        for (int o = 0; o < some; o++) {
            REAL w = weight[(int64_t)o * row + (int64_t)i * column];
            for (int k = 0; k < VECTORS; k++) sums[o][k] += w * x[k];
        }
    }
    memcpy(out, sums, (size_t)some * TILE * sizeof(REAL));
}

static void combine(REAL *restrict out, const REAL *restrict in, const REAL *restrict weight,
                    const REAL *restrict bias, int outputs, int inputs, int row, int column) {
    int o = 0;
    for (; o + AT_ONCE <= outputs; o += AT_ONCE)
        combine_some(out + (int64_t)o * TILE, in, weight + (int64_t)o * row, bias ? bias + o : NULL, AT_ONCE,
                     inputs, row, column);
    for (; o < outputs; o++)
        combine_some(out + (int64_t)o * TILE, in, weight + (int64_t)o * row, bias ? bias + o : NULL, 1,
                     inputs, row, column);
}

static inline REAL square(REAL x) { return x * x; }
static inline REAL sigmoid(REAL x) { return 1 / (1 + exp(-x)); }

#include "tables.h" /* activate, multiply_by_slope, losses_of */

/* work->a[0] to work->a[layers]. */
static void forward(const network *net, const REAL *p, workspace *work) {
    for (int l = 0; l < net->layers; l++) {
        int inputs = net->sizes[l], outputs = net->sizes[l + 1];
        const REAL *bias = p + (int64_t)outputs * inputs;
        combine(work->z[l + 1], work->a[l], p, bias, outputs, inputs, inputs, 1);
        activate(work->a[l + 1], work->z[l + 1], (int64_t)outputs * TILE, net->activations[l],
                 (REAL)net->factors[l]);
        p = bias + outputs;
    }
}

/* After `forward`: the derivatives of a[layers] along those of a[0], both in d. */
static void forward_derivatives(const network *net, const REAL *p, workspace *work) {
    for (int l = 0; l < net->layers; l++) {
        int inputs = net->sizes[l], outputs = net->sizes[l + 1];
        combine(work->d[l + 1], work->d[l], p, NULL, outputs, inputs, inputs, 1);
        multiply_by_slope(work->d[l + 1], work->a[l + 1], work->z[l + 1], (int64_t)outputs * TILE,
                          net->activations[l], (REAL)net->factors[l]);
        p += (int64_t)outputs * (inputs + 1);
    }
}

/* After `forward`, with the loss's gradient in d[layers]: adds the parameters' gradients to g. */
static void backward(const network *net, const REAL *p, REAL *restrict g, int64_t parameters, workspace *work) {
    p += parameters, g += parameters;
    for (int l = net->layers - 1; l >= 0; l--) {
        int inputs = net->sizes[l], outputs = net->sizes[l + 1];
        p -= (int64_t)outputs * (inputs + 1), g -= (int64_t)outputs * (inputs + 1);
        multiply_by_slope(work->d[l + 1], work->a[l + 1], work->z[l + 1], (int64_t)outputs * TILE,
                          net->activations[l], (REAL)net->factors[l]);
        if (inputs == 1) /* the same sums, but LANES units at once */
            add_sums(g, work->a[l], work->d[l + 1], outputs);
        else
            for (int o = 0; o < outputs; o++)
                add_sums(g + (int64_t)o * inputs, work->d[l + 1] + (int64_t)o * TILE, work->a[l], inputs);
        add_sums(g + (int64_t)outputs * inputs, work->d[l + 1], NULL, outputs);
        if (l > 0) combine(work->d[l], work->d[l + 1], p, NULL, inputs, outputs, 1, inputs);
    }
}
