/* A multilayer perceptron on a tile of points, for the runs in the lanes: values forward, gradients backward.

   Numbers lie unit by unit, the points of a tile side by side. A layer's parameters lie output by output, its
   weights and then its bias, for which each layer's inputs have one more that is always 1. */

#define FEWEST_POINTS 8
#define CACHE_BYTES (24 * 1024)  /* that a tile's numbers may take, of the first cache's 32 kB and more */
#define UNITS_AT_ONCE 16
#define MOST_LAYERS 64

typedef struct {
    int layers;
    const int32_t *sizes;        /* layers + 1: inputs, then each layer's outputs */
    const int32_t *activations;  /* one a layer, numbers of tables.h; 0 for none */
    const double *factors;       /* one a layer */
} network;

/* A tile's numbers: z before and a after the activation, d the loss's derivatives, all (units, points). */
typedef struct {
    int points;
    lanes *a[MOST_LAYERS + 1], *z[MOST_LAYERS + 1], *d[MOST_LAYERS + 1], *targets, *losses;
} workspace;

static int64_t count_parameters(const network *net) {
    int64_t count = 0;
    for (int l = 0; l < net->layers; l++) count += (int64_t)net->sizes[l + 1] * (net->sizes[l] + 1);
    return count;
}

/* Points of a tile: follows from the network alone, as all of its bits do. */
static int points_of_tile(const network *net) {
    int64_t units = 0;
    for (int l = 0; l <= net->layers; l++) units += net->sizes[l];
    int64_t points = CACHE_BYTES / (3 * units * VECTOR_BYTES) / 4 * 4;
    return points < FEWEST_POINTS ? FEWEST_POINTS : points > MOST_POINTS ? MOST_POINTS : (int)points;
}

static int64_t count_lanes(const network *net) {
    int64_t units = 0;
    for (int l = 0; l <= net->layers; l++) units += net->sizes[l] + 1;
    return PITCH * (3 * units + 2 * net->sizes[net->layers]);
}

static void lay_out(workspace *work, lanes *memory, const network *net) {
    memset(memory, 0, (size_t)count_lanes(net) * sizeof(lanes));
    *work = (workspace){0};
    for (int l = 0; l <= net->layers; l++) {
        int64_t numbers = (int64_t)PITCH * (net->sizes[l] + 1);
        work->a[l] = memory, memory += numbers;
        work->z[l] = l > 0 && net->activations[l - 1] == 0 ? work->a[l] : memory, memory += numbers;
        work->d[l] = memory, memory += numbers;
        for (int t = 0; t < MOST_POINTS; t++) work->a[l][net->sizes[l] * PITCH + t] = splat(1);
    }
    int64_t outputs = (int64_t)PITCH * net->sizes[net->layers];
    work->targets = memory, work->losses = memory + outputs;
}

static inline REAL square(REAL x) { return x * x; }
static inline REAL sigmoid(REAL x) { return 1 / (1 + exp(-x)); }

#include "tables.h" /* activate, multiply_by_slope, losses_of */

/* work->a[0] to work->a[layers]. */
static void forward(const network *net, const lanes *p, workspace *work) {
    for (int l = 0; l < net->layers; l++) {
        const int inputs = net->sizes[l], outputs = net->sizes[l + 1], points = work->points;
        if (net->activations[l] == RELU) {
            compute_rectified(work->a[l + 1], p, work->a[l], inputs, outputs, points);
        } else {
            compute_numbers(work->z[l + 1], p, work->a[l], inputs, outputs, points);
            activate((REAL *)work->a[l + 1], (const REAL *)work->z[l + 1], outputs, points * LANES,
                     net->activations[l], (REAL)net->factors[l]);
        }
        p += (int64_t)outputs * (inputs + 1);
    }
}

/* The loss's derivatives d by a layer's values become those by its numbers before the activation. */
static void multiply_by_slopes(const network *net, workspace *work, int layer, int from, int units) {
    multiply_by_slope((REAL *)(work->d[layer] + from * PITCH), (const REAL *)(work->a[layer] + from * PITCH),
                      (const REAL *)(work->z[layer] + from * PITCH), units, work->points * LANES,
                      net->activations[layer - 1], (REAL)net->factors[layer - 1]);
}

/* After `forward`: the derivatives of a[layers] along those of a[0], both in d. */
static void forward_derivatives(const network *net, const lanes *p, workspace *work) {
    for (int l = 0; l < net->layers; l++) {
        const int inputs = net->sizes[l], outputs = net->sizes[l + 1];
        compute_directions(work->d[l + 1], p, work->d[l], inputs, outputs, work->points);
        multiply_by_slopes(net, work, l + 1, 0, outputs);
        p += (int64_t)outputs * (inputs + 1);
    }
}

/* After `forward`, with the loss's gradient in d[layers]: the parameters' gradients, or those added to g.

   Some units at a time, so that their derivatives stay in the first cache until their weights' gradients are
   computed. */
static void backward(const network *net, const lanes *p, lanes *g, int adds, workspace *work) {
    const int64_t parameters = count_parameters(net);
    const int points = work->points;
    p += parameters, g += parameters;
    for (int l = net->layers - 1; l >= 0; l--) {
        const int inputs = net->sizes[l], outputs = net->sizes[l + 1];
        const lanes *above = p;
        p -= (int64_t)outputs * (inputs + 1), g -= (int64_t)outputs * (inputs + 1);
        for (int from = 0, some; from < outputs; from += some) {
            lanes *d = work->d[l + 1] + from * PITCH;
            const int is_last = l + 1 == net->layers, is_relu = net->activations[l] == RELU;
            some = outputs - from < UNITS_AT_ONCE ? outputs - from : UNITS_AT_ONCE;
            if (!is_last)
                compute_derivatives(d, above + from, outputs + 1, work->d[l + 2], some, net->sizes[l + 2], points,
                                    is_relu ? work->a[l + 1] + from * PITCH : NULL);
            if (is_last || !is_relu) multiply_by_slopes(net, work, l + 1, from, some);
            compute_gradients(g + (int64_t)from * (inputs + 1), d, work->a[l], some, inputs, points, adds);
        }
    }
}
