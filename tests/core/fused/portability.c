/* Trains runs alone and in companies and compares their bits; scripts/test-portability compiles this for several
   processors. It prints what all builds must agree on: lines that begin with `exact`, and lines that begin with
   `close`, whose numbers agree within rounding. Exits with 1 if a run's bits follow from its company. */

#include <stdio.h>

#include "train.c"

enum { TANH = 2, SIGMOID, GELU, SILU, SINE, SNAKE }; /* places in the table of activations, from 1 */
enum { MSE, L1, HUBER };                             /* places in the table of losses */
enum { NETWORKS = 2, RULES = 3, STRUCTURES = NETWORKS * RULES, EACH = 17, RUNS = STRUCTURES * EACH };
enum { EPOCHS = 12, GENERATORS = 3, TARGETS = 2, ALIKE = GENERATORS * TARGETS, COMPANIES = ALIKE + EACH };

/* What is trained in one call: two networks on points of one size. */
typedef struct {
    const char *name;
    sizes sizes;
    int inputs, outputs;
    int is_shuffled, loss;
    int32_t shapes[NETWORKS][8];
    double factors[NETWORKS][3], loss_factor;
} task;

static const task TASKS[] = {
    {"rectifier", {70, 9, 70}, 1, 1, 1, MSE, {{2, 1, 10, 1, RELU, 0}, {1, 1, 1, 0}}, {{1, 1}, {1}}, 1},
    {"tanh", {38, 5, 7}, 2, 3, 1, HUBER, {{2, 2, 5, 3, TANH, 0}, {2, 2, 37, 3, SIGMOID, 0}},
     {{1, 1}, {1, 1}}, 0.3},
    {"gelu", {45, 33, 40}, 3, 2, 0, MSE, {{3, 3, 16, 16, 2, GELU, SINE, 0}, {3, 3, 18, 5, 2, SNAKE, SILU, RELU}},
     {{1, 2, 1}, {2, 1, 1}}, 1},
};

static const run BY_RULE[RULES] = {
    {.keep_m = 0.9, .take_m = 1, .use_g = 1, .use_m = 0.9, .eps = 1}, /* Nesterov's momentum */
    {.scales = SCALES_AFTER, .keep_v = 0.999, .take_v = 0.001, .keep_m = 0.9, .take_m = 0.1, .use_m = 1,
     .eps = 1e-8, .decay = 0.1, .beta1 = 0.9, .beta2 = 0.999}, /* AdamW */
    {.scales = SCALES_BEFORE, .l2 = 0.01, .keep_v = 0.9, .take_v = 0.1, .keep_m = 0.5, .take_m = 1, .use_m = 1,
     .eps = 1e-3, .lr_decay = 0.01}, /* RMSprop */
};

/* A task's points. Their numbers are products, rounded once: no build contracts them. */
typedef struct {
    REAL *x, *y[TARGETS], *held_out_x, *held_out_y[TARGETS];
} points;

/* All that becomes of a run; what it has no more when it has ended is 0. */
typedef struct {
    double train_loss[EPOCHS], validation_loss[EPOCHS], best, to_beat;
    int64_t waited, whole_epochs, ending, unfinished_steps;
    REAL p[512], m[512], v[512], kept[512];
} result;

/* `count` numbers between -bound and bound. */
static REAL *draw_numbers(int64_t seed, int64_t count, double bound) {
    const uniform draws = {0, count, -bound, bound};
    uint64_t generator[3 + STATE];
    float *drawn = malloc((size_t)count * sizeof *drawn);
    REAL *numbers = malloc((size_t)count * sizeof *numbers);
    draw_parameters(seed, &draws, 1, drawn, generator);
    for (int64_t i = 0; i < count; i++) numbers[i] = drawn[i];
    free(drawn);
    return numbers;
}

static REAL *compute_targets(const REAL *x, int64_t size, int inputs, int outputs, REAL factor) {
    REAL *y = malloc((size_t)(size * outputs) * sizeof *y);
    for (int64_t i = 0; i < size * outputs; i++) y[i] = factor * x[i / outputs * inputs + i % outputs % inputs];
    return y;
}

static points make_points(const task *of) {
    points made;
    const int64_t size = of->sizes.size, held_out = of->sizes.held_out;
    made.x = draw_numbers(1, size * of->inputs, 1);
    made.held_out_x = draw_numbers(2, held_out * of->inputs, 1);
    for (int k = 0; k < TARGETS; k++) {
        const REAL factor = k ? (REAL)-0.7 : 1;
        made.y[k] = compute_targets(made.x, size, of->inputs, of->outputs, factor);
        made.held_out_y[k] = compute_targets(made.held_out_x, held_out, of->inputs, of->outputs, factor);
    }
    return made;
}

static void free_points(points *of) {
    free(of->x), free(of->held_out_x);
    for (int k = 0; k < TARGETS; k++) free(of->y[k]), free(of->held_out_y[k]);
}

/* Run k of a task before its first epoch. Of each structure's runs, those of equal j % ALIKE have the same points
   in the same order; one diverges, and some end before the others. */
static run make_run(const task *of, const points *points, int k) {
    static double lrs[RUNS][3];
    const int network = k % NETWORKS, by = k % STRUCTURES / NETWORKS, j = k / STRUCTURES, target = j % TARGETS;
    const int32_t *shape = of->shapes[network];
    const int64_t parameters = count_parameters(0, shape);
    run made = BY_RULE[by];
    made.p = draw_numbers(k + ((int64_t)1 << 40), parameters, 0.5);
    made.m = calloc((size_t)parameters, sizeof(REAL)), made.v = calloc((size_t)parameters, sizeof(REAL));
    made.kept = malloc((size_t)parameters * sizeof(REAL));
    memcpy(made.kept, made.p, (size_t)parameters * sizeof(REAL));
    made.structure = k % STRUCTURES, made.shape = shape, made.factors = of->factors[network];
    made.loss = of->loss, made.loss_factor = of->loss_factor;
    made.x = points->x, made.y = points->y[target];
    made.held_out_x = points->held_out_x, made.held_out_y = points->held_out_y[target];
    made.generator = j % GENERATORS;
    for (int e = 0; e < 3; e++) lrs[k][e] = j == 8 ? 1e300 : 0.002 * (1 + j % 4) / (1 + e);
    made.lrs = lrs[k], made.num_lrs = 1 + j % 3;
    made.clip = j % 4 == 1 ? 0.1 : (double)INFINITY;
    made.target_loss = j == 3 ? 0.5 : -(double)INFINITY;
    made.best = made.to_beat = (double)INFINITY;
    made.patience = j % 5 == 2 ? 1 + j % 2 : -1, made.min_improvement = 0.1, made.evaluate_every = 1 + j % 2;
    made.max_epochs = j == 4 ? 7 : EPOCHS + 1;
    return made;
}

static void free_run(run *of) { free(of->p), free(of->m), free(of->v), free(of->kept); }

static void take_result(const run *from, result *to) {
    const size_t bytes = (size_t)count_parameters(0, from->shape) * sizeof(REAL);
    to->best = from->best, to->to_beat = from->to_beat, to->waited = from->waited;
    memcpy(to->kept, from->kept, bytes);
    if (to->ending != GOES_ON) return;
    memcpy(to->p, from->p, bytes), memcpy(to->m, from->m, bytes), memcpy(to->v, from->v, bytes);
}

/* One call of the program for the runs `who`, of which those that go on stay in `who`; their number. */
static int train_some(const task *of, run *runs, int *who, int count, int64_t first, int64_t epochs,
                      result *results) {
    run *each[RUNS];
    int64_t seeds[EPOCHS * GENERATORS], whole[RUNS], endings[RUNS], unfinished[RUNS];
    double train_loss[EPOCHS * RUNS], validation_loss[EPOCHS * RUNS];
    int left = 0;
    for (int64_t i = 0; i < epochs * GENERATORS; i++)
        seeds[i] = ((int64_t)1 << 33) + (first * GENERATORS + i) * 1000;
    for (int i = 0; i < count; i++) each[i] = runs + who[i];
    if (train(each, count, &of->sizes, first, epochs, of->is_shuffled ? seeds : NULL, GENERATORS, train_loss,
              validation_loss, whole, endings, unfinished))
        abort();
    for (int i = 0; i < count; i++) {
        result *to = results + who[i];
        for (int64_t e = 0; e < whole[i]; e++) {
            to->train_loss[first - 1 + e] = train_loss[e * count + i];
            to->validation_loss[first - 1 + e] = validation_loss[e * count + i];
        }
        to->whole_epochs += whole[i], to->ending = endings[i], to->unfinished_steps = unfinished[i];
        if (endings[i] == GOES_ON) who[left++] = who[i];
    }
    return left;
}

static void train_company(const task *of, const points *points, const int *who, int count, int64_t epochs_a_call,
                          result *results) {
    static run runs[RUNS];
    int going_on[RUNS], left = count;
    memcpy(going_on, who, (size_t)count * sizeof *who);
    for (int i = 0; i < count; i++) {
        runs[who[i]] = make_run(of, points, who[i]);
        memset(results + who[i], 0, sizeof *results);
    }
    for (int64_t first = 1; first <= EPOCHS && left > 0; first += epochs_a_call) {
        const int64_t epochs = EPOCHS - first + 1 < epochs_a_call ? EPOCHS - first + 1 : epochs_a_call;
        left = train_some(of, runs, going_on, left, first, epochs, results);
    }
    for (int i = 0; i < count; i++) take_result(runs + who[i], results + who[i]), free_run(runs + who[i]);
}

/* The first companies are runs with equal points and orders. Then come all runs, and all but some; each in another
   lane and beside others every time, forwards and backwards. */
static int choose_company(int number, int *who) {
    int count = 0;
    for (int s = 0; s < STRUCTURES; s++)
        for (int i = 0; i < EACH; i++) {
            const int j = ((number % 2 ? EACH - 1 - i : i) + number) % EACH;
            const int is_in = number < ALIKE ? j % ALIKE == number : number == ALIKE || (j + s + number) % 5;
            if (is_in) who[count++] = s + j * STRUCTURES;
        }
    return count;
}

/* How many runs have other bits in some company than alone. */
static int compare(const task *of, const points *points, const result *alone, result *results) {
    int differ = 0, who[RUNS];
    for (int number = 0; number < COMPANIES; number++) {
        const int count = choose_company(number, who);
        const int64_t epochs_a_call = 1 + (number + EPOCHS - ALIKE - 1) % EPOCHS; /* all runs: all epochs */
        train_company(of, points, who, count, epochs_a_call, results);
        for (int i = 0; i < count; i++)
            if (memcmp(alone + who[i], results + who[i], sizeof *alone)) {
                printf("%s: run %d has other bits in company %d than alone\n", of->name, who[i], number);
                differ++;
            }
    }
    return differ;
}

/* Whether the runs end in all ways, and differ. */
static int is_telling(const task *of, const result *alone) {
    int endings[DIVERGED + 1] = {0}, is_telling = 1;
    for (int k = 0; k < RUNS; k++) endings[alone[k].ending]++;
    for (int ending = 0; ending <= DIVERGED; ending++) is_telling &= endings[ending] > 0;
    for (int k = 0; k < RUNS; k++)
        for (int i = 0; i < k; i++) is_telling &= memcmp(alone + i, alone + k, sizeof *alone) != 0;
    if (!is_telling) printf("%s: some runs are equal, or none ends in one of the ways\n", of->name);
    return is_telling;
}

/* Losses of a run, the mean of its outputs at the training points, and that of their derivatives. */
static void print_run(const task *of, const points *points, int k, const result *alone) {
    run r = make_run(of, points, k);
    const int64_t size = of->sizes.size, numbers = size * of->outputs, last = alone->whole_epochs - 1;
    REAL *along = malloc((size_t)(size * of->inputs) * sizeof *along);
    REAL *outputs = malloc((size_t)numbers * sizeof *outputs), *slopes = malloc((size_t)numbers * sizeof *slopes);
    double output = 0, slope = 0;
    for (int64_t i = 0; i < size * of->inputs; i++) along[i] = 1;
    if (predict(&r, alone->kept, r.x, size, outputs, along, slopes)) abort();
    for (int64_t i = 0; i < numbers; i++) output += outputs[i], slope += slopes[i];
    printf("exact %s run %d epochs %d ending %d\n", of->name, k, (int)alone->whole_epochs, (int)alone->ending);
    printf("close %s run %d %.17g %.17g %.17g\n", of->name, k, alone->train_loss[last], output / (double)numbers,
           slope / (double)numbers);
    free(along), free(outputs), free(slopes), free_run(&r);
}

static int try_task(const task *of) {
    static result alone[RUNS], results[RUNS];
    points points = make_points(of);
    for (int k = 0; k < RUNS; k++) train_company(of, &points, &k, 1, EPOCHS, alone);
    for (int k = 0; k < RUNS; k++)
        if (alone[k].ending != DIVERGED) print_run(of, &points, k, alone + k);
    const int is_right = is_telling(of, alone) && compare(of, &points, alone, results) == 0;
    free_points(&points);
    return is_right;
}

/* Permutations of several generators, the first few numbers and a sum over all. */
static void print_orders(int32_t points) {
    enum { SEEDS = 9, SHOWN = 12 };
    int64_t seeds[SEEDS];
    int32_t *orders = malloc((size_t)(SEEDS * points) * sizeof *orders);
    for (int k = 0; k < SEEDS; k++) seeds[k] = k + ((int64_t)1 << 62);
    draw_orders(seeds, SEEDS, points, orders);
    for (int k = 0; k < SEEDS; k++) {
        const int32_t *order = orders + k * points;
        uint64_t sum = 0;
        printf("exact order of %d:", points);
        for (int i = 0; i < points && i < SHOWN; i++) printf(" %d", order[i]);
        for (int i = 0; i < points; i++) sum = sum * 31 + (uint64_t)order[i];
        printf(" sum %llu\n", (unsigned long long)sum);
    }
    free(orders);
}

int main(void) {
    int is_right = 1;
    const int32_t sizes_of_orders[] = {1, 2, 12, 700, 3000};
    for (int i = 0; i < 5; i++) print_orders(sizes_of_orders[i]);
    for (size_t i = 0; i < sizeof TASKS / sizeof *TASKS; i++) is_right &= try_task(TASKS + i);
    return !is_right;
}
