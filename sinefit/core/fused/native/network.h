/* A multilayer perceptron on a tile of points: values forward, gradients backward; for the runs in the lanes, or
   for one alone.

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
    int inputs, units;
    int64_t row;               /* vectors of parameters from unit to unit */
    int activation;            /* a number of tables.h; 0 for none */
    REAL factor;               /* of the activation */
    const lanes *p;            /* parameters (units, inputs and the bias) */
    lanes *g;                  /* their gradients */
    const lanes *in, *in_d;    /* (inputs and 1, points): the values below, and their derivatives d */
    lanes *across;             /* alone: `in` point by point (points, row) */
    lanes *z, *a, *d;          /* (units, points): before and after the activation; the loss's derivatives */
} layer;

typedef struct {
    int is_alone, pitch; /* vectors from unit to unit */
    int count, points;   /* layers; points of this tile, at most MOST_POINTS */
    lanes *inputs, *directions, *targets, *losses;
    layer layers[MOST_LAYERS];
} network;

/* A shape is what runs that share lanes have in common: layers, the sizes (layers + 1), the activations. */

/* Vectors that the parameters of a unit take. */
static int64_t row_of(int is_alone, int inputs) { return VECTORS(is_alone, inputs + 1); }

static int64_t count_parameters(int is_alone, const int32_t *shape) {
    int64_t count = 0;
    for (int l = 0; l < shape[0]; l++) count += shape[l + 2] * row_of(is_alone, shape[l + 1]);
    return count;
}

/* Vectors that a network's numbers take, apart from its parameters. */
static int64_t count_numbers(int is_alone, const int32_t *shape) {
    int64_t units = 2 * (shape[1] + 1) + 2 * shape[shape[0] + 1], across = 0;
    for (int l = 0; l < shape[0]; l++) {
        units += 3 * (shape[l + 2] + 1);
        across += is_alone ? MOST_POINTS * row_of(1, shape[l + 1]) : 0;
    }
    return PITCH(is_alone) * units + across;
}

static lanes *take(lanes **memory, int64_t vectors) {
    lanes *taken = *memory;
    *memory += vectors;
    return taken;
}

static void lay_out(network *net, int is_alone, const int32_t *shape, const double *factors, lanes *memory,
                    const lanes *p, lanes *g) {
    const int count = shape[0], *sizes = shape + 1, *activations = sizes + count + 1;
    const int64_t pitch = PITCH(is_alone);
    memset(memory, 0, (size_t)count_numbers(is_alone, shape) * sizeof(lanes));
    net->is_alone = is_alone, net->pitch = (int)pitch, net->count = count;
    lanes *a = net->inputs = take(&memory, (sizes[0] + 1) * pitch);
    lanes *d = net->directions = take(&memory, (sizes[0] + 1) * pitch);
    for (int l = 0; l < count; l++) {
        layer *of = net->layers + l;
        *of = (layer){.inputs = sizes[l], .units = sizes[l + 1], .row = row_of(is_alone, sizes[l]),
                      .activation = activations[l], .factor = (REAL)factors[l], .p = p, .g = g, .in = a, .in_d = d};
        if (is_alone) of->across = take(&memory, MOST_POINTS * of->row);
        for (int t = 0; t < MOST_POINTS; t++)
            if (is_alone) ((REAL *)(of->across + t * of->row))[sizes[l]] = 1;
            else a[sizes[l] * pitch + t] = splat(1);
        of->a = a = take(&memory, (sizes[l + 1] + 1) * pitch), of->d = d = take(&memory, (sizes[l + 1] + 1) * pitch);
        of->z = take(&memory, (sizes[l + 1] + 1) * pitch);
        if (of->activation == 0 || (of->activation == RELU && l + 1 < count)) of->z = of->a;
        p += of->units * of->row, g = g ? g + of->units * of->row : NULL;
    }
    net->targets = take(&memory, sizes[count] * pitch), net->losses = take(&memory, sizes[count] * pitch);
}

static int some_of(int units, int from) { return units - from < AT_ONCE ? units - from : AT_ONCE; }

static void activate_units(const network *net, const layer *of, int from, int units) {
    activate((REAL *)(of->a + from * net->pitch), (const REAL *)(of->z + from * net->pitch), units,
             net->pitch * LANES, VECTORS(net->is_alone, net->points) * LANES, of->activation, of->factor);
}

/* The derivatives d by values become those by the numbers before the activation. */
static void multiply_by_slopes(const network *net, const layer *of, int from, int units) {
    multiply_by_slope((REAL *)(of->d + from * net->pitch), (const REAL *)(of->a + from * net->pitch),
                      (const REAL *)(of->z + from * net->pitch), units, net->pitch * LANES,
                      VECTORS(net->is_alone, net->points) * LANES, of->activation, of->factor);
}

static void compute_units(const network *net, const layer *of, int from, int units) {
    const lanes *p = of->p + from * of->row;
    if (of->activation == RELU) {
        compute_rectified(net->is_alone, of->a + from * net->pitch, p, of->row, of->in, units, of->inputs, net->points);
    } else {
        compute_numbers(net->is_alone, of->z + from * net->pitch, p, of->row, of->in, units, of->inputs, net->points);
        activate_units(net, of, from, units);
    }
}

/* The values of all layers, of net->inputs. */
static void forward(const network *net) {
    const layer *last = net->layers + net->count - 1;
    for (int o = 0; o < last->units; o++) {
        const lanes bias = load(net->is_alone, (const REAL *)(last->p + o * last->row) + last->inputs * STEP(net->is_alone));
        for (int t = 0; t < VECTORS(net->is_alone, net->points); t++) last->z[o * net->pitch + t] = bias;
    }
    for (const layer *of = net->layers; of < last; of++)
        for (int from = 0; from < of->units; from += AT_ONCE) {
            const int units = some_of(of->units, from);
            compute_units(net, of, from, units);
            if (of + 1 == last)
                add_numbers(net->is_alone, last->z, last->p + VECTORS(net->is_alone, from), last->row,
                            of->a + from * net->pitch, last->units, units, net->points);
        }
    if (net->count == 1)
        add_numbers(net->is_alone, last->z, last->p, last->row, last->in, last->units, last->inputs, net->points);
    activate_units(net, last, 0, last->units);
}

/* After `forward`: the derivatives of all layers' values along net->directions, in d. */
static void forward_derivatives(const network *net) {
    for (const layer *of = net->layers; of < net->layers + net->count; of++) {
        memset(of->d, 0, (size_t)(of->units * net->pitch) * sizeof(lanes));
        add_numbers(net->is_alone, of->d, of->p, of->row, of->in_d, of->units, of->inputs, net->points);
        multiply_by_slopes(net, of, 0, of->units);
    }
}

static void turn_across(const network *net, const layer *of) {
    const REAL *in = (const REAL *)of->in;
    for (int t = 0; t < net->points; t++)
        for (int i = 0; i < of->inputs; i++) ((REAL *)(of->across + t * of->row))[i] = in[i * MOST_POINTS + t];
}

/* After `forward`, with the loss's derivatives in the last layer's d: the gradients of all parameters, or those
   added to them. */
static void backward(const network *net, int adds) {
    const layer *last = net->layers + net->count - 1;
    const int is_alone = net->is_alone, points = net->points;
    if (is_alone)
        for (const layer *of = net->layers; of <= last; of++) turn_across(net, of);
    multiply_by_slopes(net, last, 0, last->units);
    for (const layer *of = last - 1; of >= net->layers; of--)
        for (int from = 0; from < of->units; from += AT_ONCE) {
            const int units = some_of(of->units, from);
            const layer *above = of + 1;
            const lanes *weights = above->p + VECTORS(is_alone, from);
            lanes *a = of->a + from * net->pitch, *d = of->d + from * net->pitch;
            if (above == last && !is_alone)
                compute_gradients(0, last->g + from, last->row, last->d, a, last->units, units, points, adds);
            if (of->activation == RELU) {
                compute_masked(is_alone, d, weights, above->row, above->d, units, above->units, points, a);
            } else {
                compute_derivatives(is_alone, d, weights, above->row, above->d, units, above->units, points);
                multiply_by_slopes(net, of, from, units);
            }
            compute_gradients(is_alone, of->g + from * of->row, of->row, d, is_alone ? of->across : of->in, units,
                              of->inputs + 1, points, adds);
        }
    if (is_alone) {
        compute_gradients(1, last->g, last->row, last->d, last->across, last->units, last->inputs + 1, points, adds);
        return;
    }
    const int done = net->count > 1 ? last->inputs : 0; /* all but the bias's */
    compute_gradients(0, last->g + done, last->row, last->d, last->in + done * net->pitch, last->units,
                      last->inputs + 1 - done, points, adds);
}
