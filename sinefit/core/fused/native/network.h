/* A multilayer perceptron on a tile of points, for the runs in the lanes: values forward, gradients backward.

   Numbers lie unit by unit, the points of a tile side by side. A layer's parameters lie unit by unit too, the
   weights of its inputs and then its bias; so each layer's inputs have one more, which is always 1.

   A hidden layer's units are computed some at a time, and so are the last layer's sums over them: what belongs
   to a few units stays in the first cache until it is no longer needed. */

static inline REAL square(REAL x) { return x * x; }
static inline REAL sigmoid(REAL x) { return 1 / (1 + exp(-x)); }

#include "tables.h" /* RELU, activate, multiply_by_slope, losses_of */

#define MOST_LAYERS 64
#define AT_ONCE 16 /* units; with as many points they take half of a cache of 32 kB */

typedef struct {
    int inputs, units, row;    /* parameters from unit to unit: inputs + 1 */
    int activation;            /* a number of tables.h; 0 for none */
    REAL factor;               /* of the activation */
    const lanes *p;            /* parameters (units, row) */
    lanes *g;                  /* their gradients */
    const lanes *in, *in_d;    /* (inputs + 1, points): the values below, and their derivatives d */
    lanes *z, *a, *d;          /* (units, points): before and after the activation; the loss's derivatives */
} layer;

typedef struct {
    int count, points; /* layers; points of this tile, at most MOST_POINTS */
    lanes *inputs, *directions, *targets, *losses;
    layer layers[MOST_LAYERS];
} network;

/* What is equal for the runs in the lanes: layers, the sizes (layers + 1), the activations; factors. */
static int64_t count_parameters(const int32_t *shape) {
    int64_t count = 0;
    for (int l = 0; l < shape[0]; l++) count += (int64_t)shape[l + 2] * (shape[l + 1] + 1);
    return count;
}

/* The lanes that a network's numbers take, apart from its parameters. */
static int64_t count_lanes(const int32_t *shape) {
    int64_t units = 2 * (shape[1] + 1);
    for (int l = 0; l < shape[0]; l++) units += 3 * (shape[l + 2] + 1);
    return PITCH * (units + 2 * shape[shape[0] + 1]);
}

static lanes *take(lanes **memory, int64_t units) {
    lanes *taken = *memory;
    *memory += PITCH * units;
    return taken;
}

static void lay_out(network *net, const int32_t *shape, const double *factors, lanes *memory, const lanes *p,
                    lanes *g) {
    const int count = shape[0], *sizes = shape + 1, *activations = sizes + count + 1;
    memset(memory, 0, (size_t)count_lanes(shape) * sizeof(lanes));
    net->count = count;
    lanes *a = net->inputs = take(&memory, sizes[0] + 1), *d = net->directions = take(&memory, sizes[0] + 1);
    for (int l = 0; l < count; l++) {
        for (int t = 0; t < MOST_POINTS; t++) a[sizes[l] * PITCH + t] = splat(1);
        layer *of = net->layers + l;
        *of = (layer){sizes[l], sizes[l + 1], sizes[l] + 1, activations[l], (REAL)factors[l], p, g, a, d, 0, 0, 0};
        of->a = a = take(&memory, sizes[l + 1] + 1), of->d = d = take(&memory, sizes[l + 1] + 1);
        of->z = take(&memory, sizes[l + 1] + 1);
        if (of->activation == 0 || (of->activation == RELU && l + 1 < count)) of->z = of->a;
        p += (int64_t)of->units * of->row, g = g ? g + (int64_t)of->units * of->row : NULL;
    }
    net->targets = take(&memory, sizes[count]), net->losses = take(&memory, sizes[count]);
}

static int some_of(int units, int from) { return units - from < AT_ONCE ? units - from : AT_ONCE; }

static void activate_units(const layer *of, int from, int units, int points) {
    activate((REAL *)(of->a + from * PITCH), (const REAL *)(of->z + from * PITCH), units, points * LANES,
             of->activation, of->factor);
}

/* The derivatives d by values become those by the numbers before the activation. */
static void multiply_by_slopes(const layer *of, int from, int units, int points) {
    multiply_by_slope((REAL *)(of->d + from * PITCH), (const REAL *)(of->a + from * PITCH),
                      (const REAL *)(of->z + from * PITCH), units, points * LANES, of->activation, of->factor);
}

static void compute_units(const layer *of, int from, int units, int points) {
    const lanes *p = of->p + (int64_t)from * of->row;
    if (of->activation == RELU) {
        compute_rectified(of->a + from * PITCH, p, of->in, units, of->inputs, points);
    } else {
        compute_numbers(of->z + from * PITCH, p, of->in, units, of->inputs, points);
        activate_units(of, from, units, points);
    }
}

/* The values of all layers, of net->inputs. */
static void forward(const network *net) {
    const layer *last = net->layers + net->count - 1;
    for (int o = 0; o < last->units; o++)
        for (int t = 0; t < net->points; t++) last->z[o * PITCH + t] = last->p[(int64_t)o * last->row + last->inputs];
    for (const layer *of = net->layers; of < last; of++)
        for (int from = 0; from < of->units; from += AT_ONCE) {
            const int units = some_of(of->units, from);
            compute_units(of, from, units, net->points);
            if (of + 1 == last)
                add_numbers(last->z, last->p + from, last->row, of->a + from * PITCH, last->units, units, net->points);
        }
    if (net->count == 1)
        add_numbers(last->z, last->p, last->row, last->in, last->units, last->inputs, net->points);
    activate_units(last, 0, last->units, net->points);
}

/* After `forward`: the derivatives of all layers' values along net->directions, in d. */
static void forward_derivatives(const network *net) {
    for (const layer *of = net->layers; of < net->layers + net->count; of++) {
        compute_directions(of->d, of->p, of->in_d, of->units, of->inputs, net->points);
        multiply_by_slopes(of, 0, of->units, net->points);
    }
}

/* After `forward`, with the loss's derivatives in the last layer's d: the gradients of all parameters, or those
   added to them. */
static void backward(const network *net, int adds) {
    const layer *last = net->layers + net->count - 1;
    const int points = net->points;
    multiply_by_slopes(last, 0, last->units, points);
    for (const layer *of = last - 1; of >= net->layers; of--)
        for (int from = 0; from < of->units; from += AT_ONCE) {
            const int units = some_of(of->units, from), is_relu = of->activation == RELU;
            const layer *above = of + 1;
            lanes *a = of->a + from * PITCH, *d = of->d + from * PITCH;
            if (above == last) compute_gradients(last->g + from, last->row, last->d, a, last->units, units, points, adds);
            compute_derivatives(d, above->p + from, above->row, above->d, units, above->units, points,
                                is_relu ? a : NULL);
            if (!is_relu) multiply_by_slopes(of, from, units, points);
            compute_gradients(of->g + (int64_t)from * of->row, of->row, d, of->in, units, of->row, points, adds);
        }
    const int done = net->count > 1 ? last->inputs : 0; /* of the last layer's gradients; the bias is left */
    compute_gradients(last->g + done, last->row, last->d, last->in + done * PITCH, last->units, last->row - done,
                      points, adds);
}
