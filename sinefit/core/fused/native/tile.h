/* The arithmetic of a tile: products of matrices, a few rows times a few columns at a time, as many as the
   processor's registers hold.

   Together, each number is a vector, one lane a run. Alone, a run has its columns in the lanes: points, or the
   inputs of a layer. Both do the same for each number of a run, in the same order, so its bits are the same. */

#if defined __AVX512VL__ || defined __aarch64__
#define WIDE 4 /* columns of the largest tile: 16 sums, of 32 registers */
#else
#define WIDE 2 /* 8 sums, of 16 registers */
#endif
#define INLINE static inline __attribute__((always_inline))

#define MOST_POINTS 32 /* that go through a network together */

/* Vectors from unit to unit. Together they are odd: else many units would share a place in the cache. */
#define PITCH(is_alone) ((is_alone) ? MOST_POINTS / LANES : MOST_POINTS + 1)
/* Numbers of a run from one to the next. */
#define STEP(is_alone) ((is_alone) ? 1 : LANES)
/* Vectors that hold so many columns. */
#define VECTORS(is_alone, columns) ((is_alone) ? ((columns) + LANES - 1) / LANES : (columns))

/* What a product is added to: nothing, one number a row, or what `out` holds. */
enum start { ZERO, BIAS, SUMS };

/* What becomes of a sum: itself, the rectifier's value of it, or 0 where that of the same place was 0. */
enum end { PLAIN, RECTIFIED, MASKED };

/* out[r * row + c] = sum over k of x[r * x_row + k * x_step] * y[c * y_row + k * y_step], for rows r and columns
   c of vectors; see `start` and `end`. x and the biases are vectors, or alone one number for all lanes. */
typedef struct {
    lanes *out;
    int64_t row;
    const REAL *x;
    int64_t x_row, x_step;
    const lanes *y;
    int64_t y_row, y_step;
    int64_t rows, columns, depth;
    const REAL *bias;    /* that of row r at bias[r * x_row] */
    const lanes *values; /* of the rectifier, as far apart as out's numbers */
    int is_alone;
} product;

/* The compiler loads a number once, not for each product that it is in: half as long. */
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

INLINE lanes load(const int is_alone, const REAL *at) { return is_alone ? splat(*at) : *(const lanes *)at; }

INLINE void compute_tile(const int rows, const int columns, const enum start start, const enum end end,
                         const product of, int64_t r, int64_t c) {
    lanes sums[4][8], left[4], right[8];
    const REAL *x = of.x + r * of.x_row;
    const lanes *y = of.y + c * of.y_row;
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++)
            sums[i][j] = start == BIAS ? load(of.is_alone, of.bias + (r + i) * of.x_row) : (lanes){0};
    for (int64_t k = 0; k < of.depth; k++, x += of.x_step, y += of.y_step) {
        for (int i = 0; i < rows; i++) left[i] = in_register(load(of.is_alone, x + i * of.x_row));
        for (int j = 0; j < columns; j++) right[j] = in_register(y[j * of.y_row]);
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < columns; j++) sums[i][j] = (lanes)MULTIPLY_ADD(left[i], right[j], sums[i][j]);
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

/* Below, parameters p of a layer lie `row` vectors from unit to unit, and numbers of its units PITCH. Each
   function is compiled twice, for runs together and for one alone, with what differs as constants. */

INLINE product numbers_of(const int is_alone, lanes *z, const lanes *p, int64_t row, const lanes *a, int units,
                          int inputs, int points) {
    const REAL *x = (const REAL *)p;
    return (product){.out = z, .row = PITCH(is_alone), .x = x, .x_row = row * LANES, .x_step = STEP(is_alone),
                     .y = a, .y_row = 1, .y_step = PITCH(is_alone), .rows = units,
                     .columns = VECTORS(is_alone, points), .depth = inputs, .bias = x + inputs * STEP(is_alone),
                     .is_alone = is_alone};
}

/* Numbers z (units, points) of parameters p (units, inputs and a bias) and values a (inputs, points). */
static void compute_numbers(int is_alone, lanes *z, const lanes *p, int64_t row, const lanes *a, int units,
                            int inputs, int points) {
    if (is_alone) compute(BIAS, PLAIN, numbers_of(1, z, p, row, a, units, inputs, points));
    else compute(BIAS, PLAIN, numbers_of(0, z, p, row, a, units, inputs, points));
}

/* The same, after the rectifier. */
static void compute_rectified(int is_alone, lanes *z, const lanes *p, int64_t row, const lanes *a, int units,
                              int inputs, int points) {
    if (is_alone) compute(BIAS, RECTIFIED, numbers_of(1, z, p, row, a, units, inputs, points));
    else compute(BIAS, RECTIFIED, numbers_of(0, z, p, row, a, units, inputs, points));
}

/* What some of a layer's inputs (inputs, points) add to its numbers, without biases. */
static void add_numbers(int is_alone, lanes *z, const lanes *p, int64_t row, const lanes *a, int units, int inputs,
                        int points) {
    if (is_alone) compute(SUMS, PLAIN, numbers_of(1, z, p, row, a, units, inputs, points));
    else compute(SUMS, PLAIN, numbers_of(0, z, p, row, a, units, inputs, points));
}

/* Derivatives (inputs, points) by some of a layer's inputs, of those d (units, points) by its numbers. */
INLINE product derivatives_of(const int is_alone, lanes *to, const lanes *p, int64_t row, const lanes *d, int inputs,
                              int units, int points, const lanes *rectified) {
    return (product){.out = to, .row = PITCH(is_alone), .x = (const REAL *)p, .x_row = STEP(is_alone),
                     .x_step = row * LANES, .y = d, .y_row = 1, .y_step = PITCH(is_alone), .rows = inputs,
                     .columns = VECTORS(is_alone, points), .depth = units, .values = rectified,
                     .is_alone = is_alone};
}

static void compute_derivatives(int is_alone, lanes *to, const lanes *p, int64_t row, const lanes *d, int inputs,
                                int units, int points) {
    if (is_alone) compute(ZERO, PLAIN, derivatives_of(1, to, p, row, d, inputs, units, points, NULL));
    else compute(ZERO, PLAIN, derivatives_of(0, to, p, row, d, inputs, units, points, NULL));
}

/* The same, by the numbers before the rectifier that the inputs come from. */
static void compute_masked(int is_alone, lanes *to, const lanes *p, int64_t row, const lanes *d, int inputs,
                           int units, int points, const lanes *rectified) {
    if (is_alone) compute(ZERO, MASKED, derivatives_of(1, to, p, row, d, inputs, units, points, rectified));
    else compute(ZERO, MASKED, derivatives_of(0, to, p, row, d, inputs, units, points, rectified));
}

/* Gradients g (units, columns) of parameters: of derivatives d (units, points) and the values a that they are
   multiplied with: (columns, points), or alone (points, columns), `row` from point to point. */
INLINE product gradients_of(const int is_alone, lanes *g, int64_t row, const lanes *d, const lanes *a, int units,
                            int columns, int points) {
    return (product){.out = g, .row = row, .x = (const REAL *)d, .x_row = PITCH(is_alone) * LANES,
                     .x_step = STEP(is_alone), .y = a, .y_row = is_alone ? 1 : PITCH(0), .y_step = is_alone ? row : 1,
                     .rows = units, .columns = VECTORS(is_alone, columns), .depth = points, .is_alone = is_alone};
}

/* Added to what g holds, or not. */
static void compute_gradients(int is_alone, lanes *g, int64_t row, const lanes *d, const lanes *a, int units,
                              int columns, int points, int adds) {
    if (adds && is_alone) compute(SUMS, PLAIN, gradients_of(1, g, row, d, a, units, columns, points));
    else if (adds) compute(SUMS, PLAIN, gradients_of(0, g, row, d, a, units, columns, points));
    else if (is_alone) compute(ZERO, PLAIN, gradients_of(1, g, row, d, a, units, columns, points));
    else compute(ZERO, PLAIN, gradients_of(0, g, row, d, a, units, columns, points));
}
