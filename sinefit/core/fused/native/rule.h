/* A step of the rule in rule.py, for the runs in the lanes, each with numbers of its own. */

enum { SCALES_BEFORE = 1, SCALES_AFTER = 2 };

/* As in rule.py; what changes from step to step comes first. */
typedef struct {
    lanes rate, root_scale, decay;
    lanes l2, keep_v, take_v, keep_m, take_m, use_g, use_m, eps;
    int scales;
} rule;

static inline lanes root_of(lanes x) {
    REAL numbers[LANES];
    memcpy(numbers, &x, sizeof x);
    for (int l = 0; l < LANES; l++) numbers[l] = OF_REAL(sqrt)(numbers[l]);
    memcpy(&x, numbers, sizeof x);
    return x;
}

INLINE void update_all(const int scales, const rule *by, lanes *restrict p, lanes *restrict m,
                       lanes *restrict v, const lanes *restrict gradients, int64_t parameters) {
    const lanes shrinks = 1 - by->decay;
    for (int64_t i = 0; i < parameters; i++) {
        lanes q = p[i] * shrinks, g = gradients[i] + by->l2 * q, u = g, root = q;
        if (scales) v[i] = by->keep_v * v[i] + by->take_v * g * g, root = root_of(v[i]);
        if (scales & SCALES_BEFORE) u = g / (root + by->eps);
        m[i] = by->keep_m * m[i] + by->take_m * u;
        lanes d = by->use_g * u + by->use_m * m[i];
        if (scales & SCALES_AFTER) d = d / (root * by->root_scale + by->eps);
        p[i] = q - by->rate * d;
    }
}

static void update(const rule *by, lanes *p, lanes *m, lanes *v, const lanes *g, int64_t parameters) {
    if (by->scales == 0) update_all(0, by, p, m, v, g, parameters);
    else if (by->scales == SCALES_BEFORE) update_all(SCALES_BEFORE, by, p, m, v, g, parameters);
    else if (by->scales == SCALES_AFTER) update_all(SCALES_AFTER, by, p, m, v, g, parameters);
    else update_all(SCALES_BEFORE | SCALES_AFTER, by, p, m, v, g, parameters);
}

/* Scales each lane's gradient to a norm of at most `largest`, by the sums of its squares. As torch, whose sum is a
   REAL: where it overflows, the gradient becomes 0. */
static void clip(lanes *g, int64_t parameters, const double *squares, const double *largest) {
    lanes scales = splat(1);
    for (int l = 0; l < LANES; l++) {
        REAL norm = isinf((REAL)squares[l]) ? (REAL)INFINITY : (REAL)sqrt(squares[l]);
        REAL scale = (REAL)largest[l] / (norm + (REAL)1e-6);
        if (largest[l] < (double)INFINITY && !(scale >= 1)) scales[l] = scale;
    }
    for (int64_t i = 0; i < parameters; i++) g[i] *= scales;
}
