/* Runs in the lanes of vectors, or one alone: how their numbers come in and go out. */

#define FEWEST_TOGETHER 3 /* runs; fewer are trained one by one, which takes less time */

/* A run; structures.py says the same. */
typedef struct {
    REAL *p, *m, *v, *kept; /* parameters, the rule's m and v, and the parameters to keep, in torch's order */
    int64_t structure;      /* runs in which this, and so all of the next five, are equal share lanes */
    const int32_t *shape;   /* layers, the sizes (layers + 1), the activations */
    const double *factors;  /* one an activation */
    double loss_factor;
    int32_t loss, scales;
    const REAL *x, *y, *held_out_x, *held_out_y; /* points (size, inputs) and (size, outputs) */
    int64_t generator;                           /* which seed of an epoch is this run's */
    const double *lrs;                           /* of the first epochs; the last one holds for all that follow */
    int64_t num_lrs;
    double clip;
    double l2, keep_v, take_v, keep_m, take_m, use_g, use_m, eps; /* as in rule.py, as are the next */
    double decay, lr_decay, beta1, beta2;
    double target_loss, min_improvement, best, to_beat; /* as in stopping.py; target_loss is -infinity for none */
    int64_t patience, evaluate_every, max_epochs, waited; /* patience is -1 for none */
} run;

/* Where the points of the runs in the lanes lie, and in which order they come; NULL for their own. */
typedef struct {
    const REAL *x[LANES], *y[LANES];
    const int32_t *order[LANES];
    int is_one; /* whether all lanes have the same */
} source;

/* Runs that share lanes, or one alone. Lanes without a run repeat the first one's settings, and nobody asks what
   becomes of them. */
typedef struct {
    int count, goes_on[LANES], any_clips;
    run *runs[LANES];
    network net;
    int64_t parameters; /* vectors of them */
    lanes *p, *m, *v, *kept, *g;
    rule rule;
    double clips[LANES];
    source training, held_out;
} group;

/* Parameters between torch's order, a layer's weights and then its biases, and a group's. */
static void copy_parameters(const network *net, lanes *vectors, REAL *flat, int lane, int is_out) {
    for (const layer *of = net->layers; of < net->layers + net->count; of++) {
        REAL *bias = flat + (int64_t)of->units * of->inputs;
        for (int o = 0; o < of->units; o++, vectors += of->row)
            for (int i = 0; i <= of->inputs; i++) {
                REAL *here = (REAL *)vectors + i * STEP(net->is_alone) + lane;
                REAL *there = i < of->inputs ? flat + (int64_t)o * of->inputs + i : bias + o;
                if (is_out) *there = *here;
                else *here = *there;
            }
        flat = bias + of->units;
    }
}

/* For each lane, or alone for all: the sum of the squares of a group's numbers, which lie as its parameters do,
   times a factor; with 0 it is nan where one is not finite. */
static void add_squares(const network *net, const lanes *vectors, REAL factor, double *squares) {
    for (const layer *of = net->layers; of < net->layers + net->count; of++)
        for (int o = 0; o < of->units; o++, vectors += of->row)
            for (int i = 0; i <= of->inputs; i++) {
                const REAL *number = (const REAL *)vectors + i * STEP(net->is_alone);
                for (int l = 0; l < STEP(net->is_alone); l++) squares[l] += (double)(number[l] * factor) * number[l];
            }
    for (int l = STEP(net->is_alone); l < LANES; l++) squares[l] = squares[0];
}

/* How many runs, of the first on, share lanes. */
static int64_t count_together(run *const *runs, int64_t count) {
    int64_t same = 1;
    while (same < count && same < LANES && runs[same]->structure == runs[0]->structure) same++;
    return same < FEWEST_TOGETHER ? 1 : same;
}

/* Memory that a group takes, in vectors. */
static int64_t count_vectors(int is_alone, const int32_t *shape) {
    return 5 * count_parameters(is_alone, shape) + count_numbers(is_alone, shape);
}

/* All that is kept of a run between two calls, into its lane or out of it. */
static void copy_run(const group *of, int lane, int is_out) {
    const run *r = of->runs[lane];
    copy_parameters(&of->net, of->p, r->p, lane, is_out), copy_parameters(&of->net, of->m, r->m, lane, is_out);
    copy_parameters(&of->net, of->v, r->v, lane, is_out), copy_parameters(&of->net, of->kept, r->kept, lane, is_out);
}

static void fill_lanes(group *of, run *const *runs, int count, lanes *memory) {
    const int32_t *shape = runs[0]->shape;
    const int is_alone = count == 1;
    const int64_t parameters = of->parameters = count_parameters(is_alone, shape);
    of->p = memory, of->m = memory + parameters, of->v = of->m + parameters, of->kept = of->v + parameters;
    of->g = of->kept + parameters;
    memset(memory, 0, (size_t)(5 * parameters) * sizeof(lanes));
    lay_out(&of->net, is_alone, shape, runs[0]->factors, of->g + parameters, of->p, of->g);
    of->count = count;
    of->rule.scales = runs[0]->scales;
    of->any_clips = 0;
    for (int l = 0; l < LANES; l++) {
        run *r = of->runs[l] = runs[l < count ? l : 0];
        of->goes_on[l] = l < count;
        if (!is_alone || l == 0) copy_run(of, l, 0);
        of->clips[l] = r->clip, of->any_clips |= r->clip < (double)INFINITY;
        rule *by = &of->rule;
        by->l2[l] = (REAL)r->l2, by->keep_v[l] = (REAL)r->keep_v, by->take_v[l] = (REAL)r->take_v;
        by->keep_m[l] = (REAL)r->keep_m, by->take_m[l] = (REAL)r->take_m, by->use_g[l] = (REAL)r->use_g;
        by->use_m[l] = (REAL)r->use_m, by->eps[l] = (REAL)r->eps;
        of->training.x[l] = r->x, of->training.y[l] = r->y, of->training.order[l] = NULL;
        of->held_out.x[l] = r->held_out_x, of->held_out.y[l] = r->held_out_y, of->held_out.order[l] = NULL;
    }
}

/* Of a run that has ended, p, m and v have gone on with its neighbours and mean nothing; `kept` is what it kept. */
static void empty_lanes(const group *of) {
    for (int l = 0; l < of->count; l++) copy_run(of, l, 1);
}

static void see_whether_one(source *of) {
    of->is_one = 1;
    for (int l = 1; l < LANES; l++)
        of->is_one &= of->x[l] == of->x[0] && of->y[l] == of->y[0] && of->order[l] == of->order[0];
}

