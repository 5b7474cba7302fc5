/* Trains the runs of a stack, each by itself: its numbers stay in the cache for some epochs.

   Independent of how runs begin, and of files. All arrays are Python's. REAL is float or double, WHOLE the
   integer of its size. What depends on the tables of activations and losses is in tables.h, which Python
   writes. */

#ifdef IS_DOUBLE
#define REAL double
#define WHOLE int64_t
#define OF_REAL(name) name
#else
#define REAL float
#define WHOLE int32_t
#define OF_REAL(name) name##f
#endif

#include <math.h>

/* The C library's vector forms of these, which its header only declares to inexact mathematics. */
#if defined __x86_64__ && defined __GLIBC__
#if __GLIBC_PREREQ(2, 35)
#pragma omp declare simd notinbranch
REAL OF_REAL(tanh)(REAL);
#pragma omp declare simd notinbranch
REAL OF_REAL(exp)(REAL);
#pragma omp declare simd notinbranch
REAL OF_REAL(expm1)(REAL);
#pragma omp declare simd notinbranch
REAL OF_REAL(log)(REAL);
#pragma omp declare simd notinbranch
REAL OF_REAL(log1p)(REAL);
#pragma omp declare simd notinbranch
REAL OF_REAL(erf)(REAL);
#pragma omp declare simd notinbranch
REAL OF_REAL(sin)(REAL);
#pragma omp declare simd notinbranch
REAL OF_REAL(cos)(REAL);
#endif
#endif

#include <tgmath.h> /* exp(z) is expf(z) for a float z */

#include "network.h"
#include "draws.h"

enum { SCALES_BEFORE = 1, SCALES_AFTER = 2 };
enum { GOES_ON, COMPLETED, CONVERGED, STOPPED, DIVERGED };

/* What a stack's runs share. */
typedef struct {
    int64_t size, held_out, batch; /* training points, held-out points, training points of a batch */
    int32_t inputs, outputs;
} sizes;

/* A run; structures.py says the same. */
typedef struct {
    REAL *p, *m, *v, *kept; /* parameters, the rule's m and v, and the parameters to keep */
    int64_t parameters;
    const int32_t *shape;  /* layers, the sizes (layers + 1), the activations */
    const double *factors; /* one an activation */
    const REAL *x, *y, *held_out_x, *held_out_y; /* points (size, inputs) and (size, outputs) */
    int64_t generator;                           /* which seed of an epoch is this run's */
    const double *lrs;                           /* of the first epochs; the last one holds for all that follow */
    int64_t num_lrs;
    double loss_factor, clip;
    int32_t loss, scales;
    double l2, keep_v, take_v, keep_m, take_m, use_g, use_m, eps; /* as in rule.py, as are the next */
    double decay, lr_decay, beta1, beta2;
    double target_loss, min_improvement, best, to_beat; /* as in stopping.py; target_loss is -infinity for none */
    int64_t patience, evaluate_every, max_epochs, waited; /* patience is -1 for none */
} run;

static network network_of(const run *r) {
    int layers = r->shape[0];
    return (network){layers, r->shape + 1, r->shape + layers + 2, r->factors};
}

/* Numbers `from` to `from + count` of an order of x (size, width) into a tile; missing ones are copies of the
   last, so that they stay finite as long as the others do. */
static void gather(REAL *restrict tile, const REAL *restrict x, const int32_t *restrict order, int64_t from,
                   int count, int width) {
    int32_t at[TILE];
    for (int t = 0; t < TILE; t++) {
        int64_t index = from + (t < count ? t : count - 1);
        at[t] = order ? order[index] : (int32_t)index;
    }
    if (width == 1)
        for (int t = 0; t < TILE; t++) tile[t] = x[at[t]];
    else
        for (int i = 0; i < width; i++)
            for (int t = 0; t < TILE; t++) tile[i * TILE + t] = x[(int64_t)at[t] * width + i];
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
static double mean_loss(const run *r, const network *net, const REAL *x, const REAL *y, const int32_t *order,
                        int64_t from, int64_t count, REAL *g, workspace *work) {
    int inputs = net->sizes[0], outputs = net->sizes[net->layers];
    double numbers = (double)count * outputs, sum = 0;
    if (g) memset(g, 0, (size_t)r->parameters * sizeof(REAL));
    for (int64_t done = 0; done < count; done += TILE) {
        int some = count - done < TILE ? (int)(count - done) : TILE;
        gather(work->a[0], x, order, from + done, some, inputs);
        gather(work->targets, y, order, from + done, some, outputs);
        forward(net, r->p, work);
        sum += tile_loss(work->a[net->layers], work->d[net->layers], work->targets, some, outputs, r->loss,
                         (REAL)r->loss_factor, (REAL)(1 / numbers));
        if (g) backward(net, r->p, g, r->parameters, work);
    }
    return sum / numbers;
}

/* As torch, whose sum of squares is a REAL: where it overflows, the gradient becomes 0. */
static void clip(REAL *g, int64_t parameters, double largest) {
    double squares = 0;
    for (int64_t i = 0; i < parameters; i++) squares += (double)g[i] * g[i];
    REAL norm = isinf((REAL)squares) ? (REAL)INFINITY : (REAL)sqrt(squares);
    REAL scale = (REAL)largest / (norm + (REAL)1e-6);
    if (scale < 1 || scale != scale)
        for (int64_t i = 0; i < parameters; i++) g[i] *= scale;
}

/* One step of the rule in rule.py. */
static void update(const run *r, const REAL *restrict gradient, REAL rate, REAL root_scale, REAL decay) {
    REAL *restrict p = r->p, *restrict m = r->m, *restrict v = r->v;
    const REAL l2 = (REAL)r->l2, keep_v = (REAL)r->keep_v, take_v = (REAL)r->take_v, keep_m = (REAL)r->keep_m,
               take_m = (REAL)r->take_m, use_g = (REAL)r->use_g, use_m = (REAL)r->use_m, eps = (REAL)r->eps;
    const int scales = r->scales;
    if (scales == 0)
        for (int64_t i = 0; i < r->parameters; i++) {
            REAL q = p[i] * (1 - decay), g = gradient[i] + l2 * q;
            m[i] = keep_m * m[i] + take_m * g;
            p[i] = q - rate * (use_g * g + use_m * m[i]);
        }
    else
        for (int64_t i = 0; i < r->parameters; i++) {
            REAL q = p[i] * (1 - decay), g = gradient[i] + l2 * q;
            v[i] = keep_v * v[i] + take_v * g * g;
            REAL root = sqrt(v[i]);
            REAL u = scales == SCALES_BEFORE ? g / (root + eps) : g;
            m[i] = keep_m * m[i] + take_m * u;
            REAL d = use_g * u + use_m * m[i];
            p[i] = q - rate * (scales == SCALES_AFTER ? d / (root * root_scale + eps) : d);
        }
}

/* a * b, rounded: not contracted into a sum, which Python's floats would round once more. */
static inline double product(double a, double b) {
    volatile double rounded = a * b;
    return rounded;
}

/* One step on points `from` to `from + count` of an order, the t-th of the run; its loss before the step. */
static REAL take_step(const run *r, const network *net, const int32_t *order, int64_t from, int64_t count,
                      int64_t t, double lr, REAL *g, workspace *work) {
    REAL loss = (REAL)mean_loss(r, net, r->x, r->y, order, from, count, g, work);
    if (!isfinite(loss)) return loss;
    if (r->clip < INFINITY) clip(g, r->parameters, r->clip);
    double rate = lr / (1 + product((double)(t - 1), r->lr_decay)), root_scale = 1;
    if (r->beta1 != 0) rate /= 1 - pow(r->beta1, (double)t);
    if (r->beta2 != 0) root_scale = 1 / sqrt(1 - pow(r->beta2, (double)t));
    update(r, g, (REAL)rate, (REAL)root_scale, (REAL)(lr * r->decay));
    return loss;
}

/* An epoch; the mean loss of its points before each step. `steps` gets the steps that were taken or, for a
   loss that is not finite, tried. The mean is not finite if a loss or a parameter is not. */
static double train_epoch(const run *r, const network *net, const sizes *of, const int32_t *order,
                          int64_t epoch, REAL *g, workspace *work, int64_t *steps) {
    double total = 0, lr = r->lrs[(epoch < r->num_lrs ? epoch : r->num_lrs) - 1];
    int64_t before = (epoch - 1) * ((of->size + of->batch - 1) / of->batch);
    *steps = 0;
    for (int64_t from = 0; from < of->size; from += of->batch) {
        int64_t some = of->size - from < of->batch ? of->size - from : of->batch;
        *steps += 1;
        REAL loss = take_step(r, net, order, from, some, before + *steps, lr, g, work);
        if (!isfinite(loss)) return loss;
        total += product((double)loss, (double)some);
    }
    for (int64_t i = 0; i < r->parameters; i++)
        if (!isfinite(r->p[i])) return NAN;
    return total / (double)of->size;
}

/* The rule in stopping.py; keeps the parameters where it says so. validation_loss is nan if not evaluated. */
static int end_epoch(run *r, int64_t epoch, double train_loss, double validation_loss, int is_evaluated) {
    int keeps = r->patience < 0 || r->best == INFINITY;
    if (is_evaluated) {
        r->waited++;
        if (validation_loss < r->to_beat - r->min_improvement) r->to_beat = validation_loss, r->waited = 0;
        if (validation_loss < r->best) r->best = validation_loss, keeps = 1;
    }
    if (keeps) memcpy(r->kept, r->p, (size_t)r->parameters * sizeof(REAL));
    if (train_loss <= r->target_loss) return CONVERGED;
    if (r->patience >= 0 && r->waited >= r->patience) return STOPPED;
    return epoch >= r->max_epochs ? COMPLETED : GOES_ON;
}

static int64_t most_numbers(run *const *runs, int64_t count, int64_t *parameters) {
    int64_t most = 0;
    *parameters = 0;
    for (int64_t i = 0; i < count; i++) {
        network net = network_of(runs[i]);
        int64_t numbers = count_numbers(&net);
        if (numbers > most) most = numbers;
        if (runs[i]->parameters > *parameters) *parameters = runs[i]->parameters;
    }
    return most;
}

static void *allocate(int64_t numbers, size_t bytes) {
    return aligned_alloc(64, ((size_t)numbers * bytes + 63) / 64 * 64);
}

/* Trains `count` runs for `epochs` epochs from `first` on, or until they end. seeds (epochs, generators) are
   those of the orders of points; without them points come in their own order. What becomes of the runs:
   train_loss and validation_loss (epochs, count), and for each run the whole epochs, how it ended, and the
   steps of an epoch that is not whole. Returns 0, or 1 if memory is short. */
int train(run *const *runs, int64_t count, const sizes *of, int64_t first, int64_t epochs, const int64_t *seeds,
          int64_t generators, double *train_loss, double *validation_loss, int64_t *whole_epochs,
          int64_t *endings, int64_t *unfinished_steps) {
    int64_t parameters, numbers = most_numbers(runs, count, &parameters), drawn = -1;
    workspace work;
    REAL *memory = allocate(numbers, sizeof(REAL)), *g = allocate(parameters, sizeof(REAL));
    int32_t *orders = allocate(epochs * of->size, sizeof(int32_t));
    int short_of_memory = !memory || !g || !orders;
    for (int64_t i = 0; i < count && !short_of_memory; i++) {
        run *r = runs[i];
        network net = network_of(r);
        lay_out(&work, memory, &net);
        if (seeds && r->generator != drawn) {
            drawn = r->generator;
            for (int64_t e = 0; e < epochs; e++)
                permute_some(seeds + e * generators + drawn, 1, (int32_t)of->size,
                             (int32_t *[]){orders + e * of->size});
        }
        whole_epochs[i] = endings[i] = unfinished_steps[i] = 0;
        for (int64_t e = 0; e < epochs && endings[i] == GOES_ON; e++) {
            int64_t epoch = first + e, steps;
            const int32_t *order = seeds ? orders + e * of->size : NULL;
            double loss = train_epoch(r, &net, of, order, epoch, g, &work, &steps), held_out = NAN;
            if (!isfinite(loss)) {
                endings[i] = DIVERGED, unfinished_steps[i] = steps;
                break;
            }
            int is_evaluated = of->held_out > 0 && epoch % r->evaluate_every == 0;
            if (is_evaluated)
                held_out = (REAL)mean_loss(r, &net, r->held_out_x, r->held_out_y, NULL, 0, of->held_out, NULL, &work);
            train_loss[e * count + i] = loss, validation_loss[e * count + i] = held_out;
            whole_epochs[i]++;
            endings[i] = end_epoch(r, epoch, loss, held_out, is_evaluated);
        }
    }
    free(memory), free(g), free(orders);
    return short_of_memory;
}

/* Outputs (points, outputs) of a run's network with parameters p at x (points, inputs); with `derivatives`,
   also theirs along one of the inputs. */
int predict(const run *r, const REAL *p, const REAL *x, int64_t size, REAL *outputs, REAL *derivatives,
            int32_t along) {
    network net = network_of(r);
    workspace work;
    int inputs = net.sizes[0], last = net.layers, width = net.sizes[last];
    REAL *memory = allocate(count_numbers(&net), sizeof(REAL));
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
