/* The arithmetic of a tile: products of matrices whose numbers are lanes, a few rows times a few columns at a
   time, as many as the processor's registers hold.

   A layer's values, its gradients and those of its inputs are all such products; what differs is where their
   numbers lie, which costs nothing since each number is a whole vector. Each sum goes over the depth in order,
   so its bits do not follow from how rows and columns are cut. */

#if defined __AVX512VL__ || defined __aarch64__
#define WIDE 4 /* columns of the largest tile: 16 sums, of 32 registers */
#else
#define WIDE 2 /* 8 sums, of 16 registers */
#endif
#define INLINE static inline __attribute__((always_inline))

#define MOST_POINTS 32          /* that go through a network together */
#define PITCH (MOST_POINTS + 1) /* numbers from unit to unit; odd, else many would share a place in the cache */

/* What a product is added to: nothing, one number a row, or what `out` holds. */
enum start { ZERO, BIAS, SUMS };

/* What becomes of a sum: itself, the rectifier's value of it, or 0 where that of the same place was 0. */
enum end { PLAIN, RECTIFIED, MASKED };

/* A matrix: number (r, k) at at[r * row + k * step]. */
typedef struct {
    const lanes *at;
    int64_t row, step;
} matrix;

/* out[r * row + c] = sum over k of x(r, k) * y(c, k), for rows r and columns c; see `start` and `end`. */
typedef struct {
    lanes *out;
    int64_t row;
    matrix x, y;
    int64_t rows, columns, depth;
    const lanes *bias;   /* that of row r at bias[r * x.row] */
    const lanes *values; /* of the rectifier, as far apart as out's numbers */
} product;

/* The compiler loads a number once, not for each product that it is in: twice as fast. */
static inline lanes in_register(lanes x) {
#if VECTOR_BYTES > REGISTER_BYTES
    /* nothing: it has several */
#elif defined __AVX512VL__
    __asm__("" : "+v"(x));
#elif defined __x86_64__
    __asm__("" : "+x"(x));
#elif defined __aarch64__
    __asm__("" : "+w"(x));
#endif
    return x;
}

/* nan stays nan, as in torch. */
static inline lanes rectify(lanes z) { return (lanes)(~(whole_lanes)(z <= 0) & (whole_lanes)z); }
static inline lanes mask(lanes d, lanes a) { return (lanes)(~(whole_lanes)(a <= 0) & (whole_lanes)d); }

INLINE void compute_tile(const int rows, const int columns, const enum start start, const enum end end,
                         const product of, int64_t r, int64_t c) {
    lanes sums[4][8], left[4], right[8];
    const lanes *x = of.x.at + r * of.x.row, *y = of.y.at + c * of.y.row;
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++) sums[i][j] = start == BIAS ? of.bias[(r + i) * of.x.row] : (lanes){0};
    for (int64_t k = 0; k < of.depth; k++, x += of.x.step, y += of.y.step) {
        for (int i = 0; i < rows; i++) left[i] = in_register(x[i * of.x.row]);
        for (int j = 0; j < columns; j++) right[j] = in_register(y[j * of.y.row]);
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < columns; j++) sums[i][j] += left[i] * right[j];
    }
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++) {
            const int64_t at = (r + i) * of.row + c + j;
            const lanes sum = start == SUMS ? of.out[at] + sums[i][j] : sums[i][j];
            of.out[at] = end == RECTIFIED ? rectify(sum) : end == MASKED ? mask(sum, of.values[at]) : sum;
        }
}

/* All columns of `rows` rows, `wide` at a time, then fewer. */
INLINE void compute_rows(const int rows, const int wide, const enum start start, const enum end end,
                         const product of, int64_t r) {
    int64_t c = 0;
    for (; c + wide <= of.columns; c += wide) compute_tile(rows, wide, start, end, of, r, c);
    if (wide > 4 && c + 4 <= of.columns) compute_tile(rows, 4, start, end, of, r, c), c += 4;
    if (of.columns - c == 3) compute_tile(rows, 3, start, end, of, r, c);
    if (of.columns - c == 2) compute_tile(rows, 2, start, end, of, r, c);
    if (of.columns - c == 1) compute_tile(rows, 1, start, end, of, r, c);
}

INLINE void compute(const enum start start, const enum end end, const product of) {
    int64_t r = 0;
    for (; r + 4 <= of.rows; r += 4) compute_rows(4, WIDE, start, end, of, r);
    if (r + 2 <= of.rows) compute_rows(2, 4, start, end, of, r), r += 2;
    if (r < of.rows) compute_rows(1, 8, start, end, of, r);
}

/* Numbers z (units, points) of parameters p (units, inputs + 1), the bias last, and values a (inputs, points). */
static void compute_numbers(lanes *z, const lanes *p, const lanes *a, int units, int inputs, int points) {
    const product of = {.out = z, .row = PITCH, .x = {p, inputs + 1, 1}, .y = {a, 1, PITCH}, .rows = units,
                        .columns = points, .depth = inputs, .bias = p + inputs};
    compute(BIAS, PLAIN, of);
}

/* The same, after the rectifier. */
static void compute_rectified(lanes *z, const lanes *p, const lanes *a, int units, int inputs, int points) {
    const product of = {.out = z, .row = PITCH, .x = {p, inputs + 1, 1}, .y = {a, 1, PITCH}, .rows = units,
                        .columns = points, .depth = inputs, .bias = p + inputs};
    compute(BIAS, RECTIFIED, of);
}

/* The same without biases, which have no direction. */
static void compute_directions(lanes *z, const lanes *p, const lanes *a, int units, int inputs, int points) {
    const product of = {.out = z, .row = PITCH, .x = {p, inputs + 1, 1}, .y = {a, 1, PITCH}, .rows = units,
                        .columns = points, .depth = inputs};
    compute(ZERO, PLAIN, of);
}

/* What some of a layer's inputs (inputs, points) add to its numbers; its units' parameters lie `row` apart. */
static void add_numbers(lanes *z, const lanes *p, int row, const lanes *a, int units, int inputs, int points) {
    const product of = {.out = z, .row = PITCH, .x = {p, row, 1}, .y = {a, 1, PITCH}, .rows = units,
                        .columns = points, .depth = inputs};
    compute(SUMS, PLAIN, of);
}

/* Gradients g (units, inputs) of weights, those of units `row` apart: of derivatives d (units, points) and values
   a (inputs, points). Added to g, or not. */
static void compute_gradients(lanes *g, int row, const lanes *d, const lanes *a, int units, int inputs, int points,
                              int adds) {
    const product of = {.out = g, .row = row, .x = {d, PITCH, 1}, .y = {a, PITCH, 1}, .rows = units,
                        .columns = inputs, .depth = points};
    if (adds) compute(SUMS, PLAIN, of);
    else compute(ZERO, PLAIN, of);
}

/* Derivatives (inputs, points) by a layer's inputs, of those d (units, points) by its numbers; its units' weights p
   lie `row` apart. If the inputs come from the rectifier, those by the numbers before it. */
static void compute_derivatives(lanes *to, const lanes *p, int row, const lanes *d, int inputs, int units, int points,
                                const lanes *rectified) {
    const product of = {.out = to, .row = PITCH, .x = {p, 1, row}, .y = {d, 1, PITCH}, .rows = inputs,
                        .columns = points, .depth = units, .values = rectified};
    if (rectified) compute(ZERO, MASKED, of);
    else compute(ZERO, PLAIN, of);
}
