/* Trains the runs of a stack, those of one structure side by side in the lanes of vectors.

   Independent of how runs begin, and of files. All arrays are Python's. What depends on the tables of
   activations and losses is in tables.h, which Python writes. */

#include <math.h>

#include "lanes.h"

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

#include "tile.h"

#include "network.h"

#include "rule.h"

#include "draws.h"

#include "group.h"

#include "batch.h"

enum { GOES_ON, COMPLETED, CONVERGED, STOPPED, DIVERGED };

/* What a stack's runs share. */
typedef struct {
    int64_t size, held_out, batch; /* training points, held-out points, training points of a batch */
} sizes;

/* The rule's numbers of the t-th step; powers of the same betas are worked out once. */
static void set_rates(group *of, const double *lrs, int64_t t) {
    const run *last = NULL;
    double correction = 1, root_scale = 1;
    for (int l = 0; l < LANES; l++) {
        const run *r = of->runs[l];
        if (!last || r->beta1 != last->beta1 || r->beta2 != last->beta2) {
            correction = r->beta1 != 0 ? 1 - pow(r->beta1, (double)t) : 1;
            root_scale = r->beta2 != 0 ? 1 / sqrt(1 - pow(r->beta2, (double)t)) : 1;
            last = r;
        }
        const double rate = lrs[l] / (1 + (double)(t - 1) * r->lr_decay) / correction;
        of->rule.rate[l] = (REAL)rate, of->rule.root_scale[l] = (REAL)root_scale;
        of->rule.decay[l] = (REAL)(lrs[l] * r->decay);
    }
}

/* What became of a run in the epochs of a call. */
typedef struct {
    int64_t *whole_epochs, *ending, *unfinished_steps; /* steps of an epoch that is not whole */
} fate;

static void diverge(group *of, fate *fates, int lane, int64_t steps) {
    of->goes_on[lane] = 0;
    *fates[lane].ending = DIVERGED, *fates[lane].unfinished_steps = steps;
}

static int any_goes_on(const group *of) {
    for (int l = 0; l < of->count; l++)
        if (of->goes_on[l]) return 1;
    return 0;
}

/* An epoch; the mean loss of each lane's points before each step. Lanes whose loss or parameters are not
   finite diverge. */
static void train_epoch(group *of, const sizes *sizes, int64_t epoch, double *means, fate *fates) {
    double losses[LANES], totals[LANES] = {0}, lrs[LANES];
    for (int l = 0; l < LANES; l++) {
        const run *r = of->runs[l];
        lrs[l] = r->lrs[(epoch < r->num_lrs ? epoch : r->num_lrs) - 1];
    }
    int64_t step = 0, steps = (sizes->size + sizes->batch - 1) / sizes->batch, before = (epoch - 1) * steps;
    for (int64_t from = 0; from < sizes->size; from += sizes->batch) {
        int64_t some = sizes->size - from < sizes->batch ? sizes->size - from : sizes->batch;
        mean_losses(of, losses, &of->training, from, some, 1);
        step++;
        for (int l = 0; l < LANES; l++) {
            losses[l] = (REAL)losses[l];
            totals[l] += losses[l] * (double)some;
        }
        for (int l = 0; l < of->count; l++)
            if (of->goes_on[l] && !isfinite(losses[l])) diverge(of, fates, l, step);
        if (!any_goes_on(of)) return;
        if (of->any_clips) {
            double squares[LANES] = {0};
            add_squares(&of->net, of->g, 1, squares);
            clip(of->g, of->parameters, squares, of->clips);
        }
        set_rates(of, lrs, before + step);
        update(&of->rule, of->p, of->m, of->v, of->g, of->parameters);
    }
    double zeros[LANES] = {0};
    add_squares(&of->net, of->p, 0, zeros);
    for (int l = 0; l < of->count; l++)
        if (of->goes_on[l] && zeros[l] != 0) diverge(of, fates, l, steps);
    for (int l = 0; l < LANES; l++) means[l] = totals[l] / (double)sizes->size;
}

/* The rule in stopping.py. validation_loss is nan if not evaluated; *keeps tells whether the parameters are to
   be kept as they are now. */
static int end_epoch(run *r, int64_t epoch, double train_loss, double validation_loss, int is_evaluated,
                     int *keeps) {
    *keeps = r->patience < 0 || r->best == (double)INFINITY;
    if (is_evaluated) {
        r->waited++;
        if (validation_loss < r->to_beat - r->min_improvement) r->to_beat = validation_loss, r->waited = 0;
        if (validation_loss < r->best) r->best = validation_loss, *keeps = 1;
    }
    if (train_loss <= r->target_loss) return CONVERGED;
    if (r->patience >= 0 && r->waited >= r->patience) return STOPPED;
    return epoch >= r->max_epochs ? COMPLETED : GOES_ON;
}

/* Ends the epoch of each run that goes on. */
static void end_epochs(group *of, const sizes *sizes, int64_t epoch, const double *means, double *train_loss,
                       double *validation_loss, fate *fates) {
    double held_out[LANES];
    whole_lanes keeps_lane = {0};
    int is_due[LANES] = {0}, any_due = 0, any_keeps = 0;
    for (int l = 0; l < of->count; l++) {
        is_due[l] = of->goes_on[l] && sizes->held_out > 0 && epoch % of->runs[l]->evaluate_every == 0;
        any_due |= is_due[l];
    }
    if (any_due) mean_losses(of, held_out, &of->held_out, 0, sizes->held_out, 0);
    for (int l = 0; l < of->count; l++) {
        if (!of->goes_on[l]) continue;
        double loss = is_due[l] ? (double)(REAL)held_out[l] : (double)NAN;
        int keeps;
        train_loss[l] = means[l], validation_loss[l] = loss;
        ++*fates[l].whole_epochs;
        *fates[l].ending = end_epoch(of->runs[l], epoch, means[l], loss, is_due[l], &keeps);
        of->goes_on[l] = *fates[l].ending == GOES_ON;
        keeps_lane[l] = -keeps, any_keeps |= keeps;
        if (of->net.is_alone) keeps_lane = (whole_lanes){0} - keeps;
    }
    if (any_keeps)
        for (int64_t i = 0; i < of->parameters; i++) of->kept[i] = choose(keeps_lane, of->p[i], of->kept[i]);
}

/* The orders of points that the runs in the lanes have in some epochs; drawn anew only for other generators. */
typedef struct {
    const int64_t *seeds; /* (epochs, generators) */
    int64_t generators, epochs, size;
    int count;            /* different generators in the lanes, and which */
    int64_t drawn[LANES], *their_seeds;
    int32_t *orders;      /* (count, epochs, size) */
} shuffles;

/* Which of the drawn generators each lane has. */
static void draw_for(shuffles *of, const group *runs, int *which) {
    int64_t wanted[LANES];
    int count = 0;
    for (int l = 0; l < LANES; l++) {
        for (which[l] = 0; which[l] < count && wanted[which[l]] != runs->runs[l]->generator;) which[l]++;
        if (which[l] == count) wanted[count++] = runs->runs[l]->generator;
    }
    if (count == of->count && !memcmp(wanted, of->drawn, (size_t)count * sizeof *wanted)) return;
    of->count = count, memcpy(of->drawn, wanted, (size_t)count * sizeof *wanted);
    for (int k = 0; k < count; k++)
        for (int64_t e = 0; e < of->epochs; e++)
            of->their_seeds[k * of->epochs + e] = of->seeds[e * of->generators + wanted[k]];
    draw_orders(of->their_seeds, count * of->epochs, (int32_t)of->size, of->orders);
}

static void *allocate(int64_t numbers, size_t bytes) {
    return aligned_alloc(64, ((size_t)numbers * bytes + 63) / 64 * 64);
}

/* Trains `count` runs for `epochs` epochs from `first` on, or until they end; those of one structure follow
   each other. seeds (epochs, generators) are those of the orders of points; without them points come in their
   own order. What becomes of the runs: train_loss and validation_loss (epochs, count), and for each run the
   whole epochs, how it ended, and the steps of an epoch that is not whole. Returns 0, or 1 if memory is
   short. */
int train(run *const *runs, int64_t count, const sizes *sizes, int64_t first, int64_t epochs,
          const int64_t *seeds, int64_t generators, double *train_loss, double *validation_loss,
          int64_t *whole_epochs, int64_t *endings, int64_t *unfinished_steps) {
    int64_t vectors = 0;
    for (int64_t i = 0; i < count; i++)
        for (int is_alone = 0; is_alone < 2; is_alone++)
            if (count_vectors(is_alone, runs[i]->shape) > vectors) vectors = count_vectors(is_alone, runs[i]->shape);
    lanes *memory = allocate(vectors, sizeof(lanes));
    shuffles orders = {.seeds = seeds, .generators = generators, .epochs = epochs, .size = sizes->size};
    if (seeds) {
        orders.their_seeds = allocate(LANES * epochs, sizeof(int64_t));
        orders.orders = allocate(LANES * epochs * sizes->size, sizeof(int32_t));
    }
    int is_short = !memory || (seeds && (!orders.their_seeds || !orders.orders));
    group g;
    for (int64_t i = 0, some; i < count && !is_short; i += some) {
        fate fates[LANES];
        int which[LANES];
        some = count_together(runs + i, count - i);
        fill_lanes(&g, runs + i, (int)some, memory);
        if (seeds) draw_for(&orders, &g, which);
        see_whether_one(&g.held_out);
        for (int l = 0; l < some; l++) {
            fates[l] = (fate){whole_epochs + i + l, endings + i + l, unfinished_steps + i + l};
            *fates[l].whole_epochs = *fates[l].unfinished_steps = 0, *fates[l].ending = GOES_ON;
        }
        for (int64_t e = 0; e < epochs && any_goes_on(&g); e++) {
            double means[LANES];
            for (int l = 0; seeds && l < LANES; l++)
                g.training.order[l] = orders.orders + (which[l] * epochs + e) * sizes->size;
            see_whether_one(&g.training);
            train_epoch(&g, sizes, first + e, means, fates);
            end_epochs(&g, sizes, first + e, means, train_loss + e * count + i, validation_loss + e * count + i,
                       fates);
        }
        empty_lanes(&g);
    }
    free(memory), free(orders.their_seeds), free(orders.orders);
    return is_short;
}

/* Outputs (points, outputs) of a run's network with parameters p at x (points, inputs); with `tangents`
   (points, inputs), also their derivatives along these. */
int predict(const run *r, const REAL *p, const REAL *x, int64_t size, REAL *outputs, const REAL *tangents,
            REAL *derivatives) {
    network net;
    const source own = {{x}, {tangents}, {NULL}, 1};
    const int64_t parameters = count_parameters(1, r->shape);
    lanes *memory = allocate(parameters + count_numbers(1, r->shape), sizeof(lanes));
    if (!memory) return 1;
    lay_out(&net, 1, r->shape, r->factors, memory + parameters, memory, NULL);
    copy_parameters(&net, memory, (REAL *)p, 0, 0); /* which only reads it */
    const layer *last = net.layers + net.count - 1;
    for (int64_t from = 0; from < size; from += MOST_POINTS) {
        net.points = size - from < MOST_POINTS ? (int)(size - from) : MOST_POINTS;
        gather(&net, net.inputs, own.x, &own, from, net.points, net.layers[0].inputs);
        forward(&net);
        if (tangents) {
            gather(&net, net.directions, own.y, &own, from, net.points, net.layers[0].inputs);
            forward_derivatives(&net);
        }
        for (int t = 0; t < net.points; t++)
            for (int o = 0; o < last->units; o++) {
                const int64_t to = (from + t) * last->units + o;
                outputs[to] = ((const REAL *)(last->a + o * net.pitch))[t];
                if (tangents) derivatives[to] = ((const REAL *)(last->d + o * net.pitch))[t];
            }
    }
    free(memory);
    return 0;
}
