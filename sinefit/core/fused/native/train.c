/* Trains the runs of a stack, each by itself: its numbers stay in the cache for an epoch.

   Knows nothing of how runs begin and end: Python hands out the epochs. All arrays are Python's. */

#ifdef IS_DOUBLE
#define REAL double
#define WHOLE int64_t
#define TANH_ tanh
#define EXP_ exp
#define ERF_ erf
#define SIN_ sin
#define COS_ cos
#define SQRT_ sqrt
#else
#define REAL float
#define WHOLE int32_t
#define TANH_ tanhf
#define EXP_ expf
#define ERF_ erff
#define SIN_ sinf
#define COS_ cosf
#define SQRT_ sqrtf
#endif

#include <math.h>

/* The C library's vector forms of these, which its header only declares to inexact mathematics. */
#if defined __x86_64__ && defined __GLIBC__
#if __GLIBC_PREREQ(2, 35)
#pragma omp declare simd notinbranch
REAL TANH_(REAL);
#pragma omp declare simd notinbranch
REAL EXP_(REAL);
#pragma omp declare simd notinbranch
REAL ERF_(REAL);
#pragma omp declare simd notinbranch
REAL SIN_(REAL);
#pragma omp declare simd notinbranch
REAL COS_(REAL);
#endif
#endif

#include "network.h"
#include "order.h"

enum { MSE, L1, HUBER, SMOOTH_L1 };
enum { SCALES_BEFORE = 1, SCALES_AFTER = 2 };

/* The rule's numbers for one run, as in rule.py. */
typedef struct {
    REAL l2, keep_v, take_v, keep_m, take_m, use_g, use_m, eps;
} coefficients;

/* Points of all runs, and which a run has. */
typedef struct {
    const REAL *x, *y; /* different inputs (size, inputs) and targets (size, outputs), one set after the other */
    const int32_t *which_x, *which_y;
    int64_t size;
    int32_t inputs, outputs;
} points;

/* The runs: flat parameters p and state m and v, each run's from at[r] to at[r + 1]. */
typedef struct {
    int64_t count;
    const int64_t *at;
    REAL *p, *m, *v;
    const int32_t *shape_at, *shapes; /* from shape_at[r]: layers, sizes, activations */
    const double *factors;            /* beside the activations */
    const int32_t *loss;
    const double *loss_factor;
    const coefficients *rule;
    const int32_t *scales;
    const double *clip;
} runs;

static network network_of(const runs *s, int64_t r) {
    const int32_t *shape = s->shapes + s->shape_at[r];
    int layers = shape[0];
    return (network){layers, shape + 1, shape + layers + 2, s->factors + s->shape_at[r] + layers + 2};
}

/* Numbers `from` to `from + count` of an order of x (size, width) into a tile; missing ones are copies of the
   last, so that they stay finite as long as the others do. */
static void gather(REAL *restrict tile, const REAL *restrict x, const int32_t *restrict order, int64_t from,
                   int count, int width) {
    int32_t at[TILE];
    for (int t = 0; t < TILE; t++) {
        int64_t place = from + (t < count ? t : count - 1);
        at[t] = order ? order[place] : (int32_t)place;
    }
    if (width == 1)
        for (int t = 0; t < TILE; t++) tile[t] = x[at[t]];
    else
        for (int i = 0; i < width; i++)
            for (int t = 0; t < TILE; t++) tile[i * TILE + t] = x[(int64_t)at[t] * width + i];
}

/* Losses of errors e, and their slopes. */
static void losses_of(REAL *restrict losses, REAL *restrict slopes, const REAL *restrict e, int loss, REAL factor) {
    switch (loss) {
    case MSE:
        for (int t = 0; t < TILE; t++) losses[t] = e[t] * e[t], slopes[t] = 2 * e[t];
        break;
    case L1:
        for (int t = 0; t < TILE; t++) {
            losses[t] = e[t] < 0 ? -e[t] : e[t];
            slopes[t] = e[t] > 0 ? 1 : e[t] < 0 ? -1 : e[t];
        }
        break;
    case HUBER:
        for (int t = 0; t < TILE; t++) {
            REAL size = e[t] < 0 ? -e[t] : e[t];
            losses[t] = size <= factor ? (REAL)0.5 * e[t] * e[t] : factor * (size - (REAL)0.5 * factor);
            slopes[t] = size <= factor ? e[t] : e[t] < 0 ? -factor : factor;
        }
        break;
    default: /* SMOOTH_L1 */
        for (int t = 0; t < TILE; t++) {
            REAL size = e[t] < 0 ? -e[t] : e[t];
            losses[t] = size < factor ? (REAL)0.5 * e[t] * e[t] / factor : size - (REAL)0.5 * factor;
            slopes[t] = size < factor ? e[t] / factor : e[t] < 0 ? -1 : 1;
        }
    }
}

/* The sum of the losses of a tile's `count` points; d gets their slopes times `share`. */
static double tile_loss(const REAL *restrict a, REAL *restrict d, const REAL *restrict targets, int count,
                        int outputs, int loss, REAL factor, REAL share) {
    double sum = 0;
    for (int o = 0; o < outputs; o++, a += TILE, d += TILE, targets += TILE) {
        REAL errors[TILE], losses[TILE];
        for (int t = 0; t < TILE; t++) errors[t] = a[t] - targets[t];
        losses_of(losses, d, errors, loss, factor);
        for (int t = 0; t < TILE; t++) d[t] = t < count ? d[t] * share : 0;
        for (int t = 0; t < TILE; t++) losses[t] = t < count ? losses[t] : 0;
        sum += (double)sum_of(add_up((const vector *)losses));
    }
    return sum;
}

/* The mean loss of points `from` to `from + count` of an order; with g, also the parameters' gradients. */
static double mean_loss(const runs *s, int64_t r, const network *net, const points *data, const int32_t *order,
                        int64_t from, int64_t count, REAL *g, workspace *work) {
    const REAL *p = s->p + s->at[r];
    const REAL *x = data->x + data->which_x[r] * data->size * data->inputs;
    const REAL *y = data->y + data->which_y[r] * data->size * data->outputs;
    int64_t parameters = s->at[r + 1] - s->at[r];
    double numbers = (double)count * data->outputs, sum = 0;
    if (g) memset(g, 0, (size_t)parameters * sizeof(REAL));
    for (int64_t done = 0; done < count; done += TILE) {
        int some = count - done < TILE ? (int)(count - done) : TILE;
        gather(work->a[0], x, order, from + done, some, data->inputs);
        gather(work->targets, y, order, from + done, some, data->outputs);
        forward(net, p, work);
        sum += tile_loss(work->a[net->layers], work->d[net->layers], work->targets, some, data->outputs, s->loss[r], (REAL)s->loss_factor[r], (REAL)(1 / numbers));
        if (g) backward(net, p, g, parameters, work);
    }
    return sum / numbers;
}

static void clip(REAL *g, int64_t parameters, double largest) {
    double squares = 0;
    for (int64_t i = 0; i < parameters; i++) squares += (double)g[i] * g[i];
    REAL norm = (REAL)sqrt(squares), scale = (REAL)largest / (norm + (REAL)1e-6);
    if (scale < 1 || scale != scale)
        for (int64_t i = 0; i < parameters; i++) g[i] *= scale;
}

/* One step of the rule in rule.py. */
static void update(REAL *restrict p, REAL *restrict m, REAL *restrict v, const REAL *restrict gradient,
                   int64_t parameters, coefficients c, int scales, REAL rate, REAL root_scale, REAL decay) {
    if (scales == 0)
        for (int64_t i = 0; i < parameters; i++) {
            REAL q = p[i] * (1 - decay), g = gradient[i] + c.l2 * q;
            m[i] = c.keep_m * m[i] + c.take_m * g;
            p[i] = q - rate * (c.use_g * g + c.use_m * m[i]);
        }
    else
        for (int64_t i = 0; i < parameters; i++) {
            REAL q = p[i] * (1 - decay), g = gradient[i] + c.l2 * q;
            v[i] = c.keep_v * v[i] + c.take_v * g * g;
            REAL root = SQRT_(v[i]);
            REAL u = scales == SCALES_BEFORE ? g / (root + c.eps) : g;
            m[i] = c.keep_m * m[i] + c.take_m * u;
            REAL d = c.use_g * u + c.use_m * m[i];
            p[i] = q - rate * (scales == SCALES_AFTER ? d / (root * root_scale + c.eps) : d);
        }
}

static int64_t most_numbers(const runs *s, int64_t *parameters) {
    int64_t most = 0;
    *parameters = 0;
    for (int64_t r = 0; r < s->count; r++) {
        network net = network_of(s, r);
        int64_t numbers = count_numbers(&net), own = s->at[r + 1] - s->at[r];
        if (numbers > most) most = numbers;
        if (own > *parameters) *parameters = own;
    }
    return most;
}

static REAL *allocate(int64_t numbers) {
    return aligned_alloc(64, ((size_t)numbers * sizeof(REAL) + 63) / 64 * 64);
}

/* An epoch for the runs in `alive`, `count` of them. losses, rate, root_scale and decay are (steps, count). A
   run ends its epoch with its first loss that is not finite; finite (count) tells whether its parameters are.
   Returns 0, or 1 if memory is short. */
int train_epoch(const runs *s, const points *data, const int32_t *alive, int64_t count, const int32_t *orders,
                const int32_t *which_order, int64_t batch, const REAL *rate, const REAL *root_scale,
                const REAL *decay, REAL *losses, uint8_t *finite) {
    int64_t parameters, numbers = most_numbers(s, &parameters);
    workspace work;
    REAL *memory = allocate(numbers), *g = allocate(parameters);
    int short_of_memory = !memory || !g;
    for (int64_t i = 0; i < count && !short_of_memory; i++) {
        int64_t r = alive[i], own = s->at[r + 1] - s->at[r], step = 0;
        network net = network_of(s, r);
        lay_out(&work, memory, &net);
        const int32_t *order = orders + which_order[r] * data->size;
        REAL *p = s->p + s->at[r];
        for (int64_t from = 0; from < data->size; from += batch, step++) {
            int64_t some = data->size - from < batch ? data->size - from : batch, at = step * count + i;
            REAL loss = (REAL)mean_loss(s, r, &net, data, order, from, some, g, &work);
            losses[at] = loss;
            if (!isfinite(loss)) break;
            if (s->clip[r] < INFINITY) clip(g, own, s->clip[r]);
            update(p, s->m + s->at[r], s->v + s->at[r], g, own, s->rule[r], s->scales[r], rate[at],
                   root_scale[at], decay[at]);
        }
        finite[i] = 1;
        for (int64_t k = 0; k < own; k++)
            if (!isfinite(p[k])) finite[i] = 0;
    }
    free(memory), free(g);
    return short_of_memory;
}

/* The mean loss of all points, for the runs in `alive`: losses (count). */
int evaluate_losses(const runs *s, const points *data, const int32_t *alive, int64_t count, REAL *losses) {
    int64_t parameters, numbers = most_numbers(s, &parameters);
    workspace work;
    REAL *memory = allocate(numbers);
    if (!memory) return 1;
    for (int64_t i = 0; i < count; i++) {
        int64_t r = alive[i];
        network net = network_of(s, r);
        lay_out(&work, memory, &net);
        losses[i] = (REAL)mean_loss(s, r, &net, data, NULL, 0, data->size, NULL, &work);
    }
    free(memory);
    return 0;
}

/* Outputs (points, outputs) of run r with parameters p at x (points, inputs); with `derivatives`, also theirs
   along one of the inputs. */
int predict(const runs *s, int64_t r, const REAL *p, const REAL *x, int64_t size, REAL *outputs,
            REAL *derivatives, int32_t along) {
    network net = network_of(s, r);
    workspace work;
    int inputs = net.sizes[0], last = net.layers, width = net.sizes[last];
    REAL *memory = allocate(count_numbers(&net));
    if (!memory) return 1;
    lay_out(&work, memory, &net);
    for (int64_t from = 0; from < size; from += TILE) {
        int some = size - from < TILE ? (int)(size - from) : TILE;
        gather(work.a[0], x, NULL, from, some, inputs);
        forward(&net, p, &work);
        if (derivatives) {
            for (int k = 0; k < inputs * TILE; k++) work.d[0][k] = k / TILE == along;
            forward_derivatives(&net, p, &work);
        }
        for (int t = 0; t < some; t++)
            for (int o = 0; o < width; o++) {
                outputs[(from + t) * width + o] = work.a[last][o * TILE + t];
                if (derivatives) derivatives[(from + t) * width + o] = work.d[last][o * TILE + t];
            }
    }
    free(memory);
    return 0;
}
