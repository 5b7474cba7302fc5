/* torch's random draws: its generator is the Mersenne twister MT19937 (Matsumoto and Nishimura 1998), seeded by
   the low 32 bits of a seed. Normal draws are left to torch: it computes them by vector instructions, and
   their bits follow from the processor. */

#include <stdint.h>

#define STATE 624
#define SHIFT 397
#define TOGETHER 8

static void seed_one(int64_t seed, uint32_t *state) {
    state[0] = (uint32_t)seed;
    for (uint32_t i = 1; i < STATE; i++) state[i] = 1812433253u * (state[i - 1] ^ (state[i - 1] >> 30)) + i;
}

/* Up to TOGETHER generators at once, for each number follows from the one before it. */
static void seed_some(const int64_t *seeds, int count, uint32_t (*states)[STATE]) {
    typedef uint32_t vector __attribute__((vector_size(4 * TOGETHER)));
    vector all[STATE];
    for (int k = 0; k < TOGETHER; k++) all[0][k] = (uint32_t)seeds[k < count ? k : 0];
    for (uint32_t i = 1; i < STATE; i++) all[i] = 1812433253u * (all[i - 1] ^ (all[i - 1] >> 30)) + i;
    for (int k = 0; k < count; k++)
        for (int i = 0; i < STATE; i++) states[k][i] = all[i][k];
}

static uint32_t twist(uint32_t high, uint32_t low, uint32_t far) {
    uint32_t mixed = (high & 0x80000000u) | (low & 0x7fffffffu);
    return far ^ (mixed >> 1) ^ (-(low & 1) & 0x9908b0dfu);
}

static uint32_t temper(uint32_t y) {
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680u;
    y ^= (y << 15) & 0xefc60000u;
    return y ^ (y >> 18);
}

/* The first `count` of a generator's next STATE numbers. */
static void draw(uint32_t *restrict state, int32_t count, uint32_t *restrict numbers) {
    int last = STATE - 1, back = STATE - SHIFT;
    for (int i = 0; i < back; i++) state[i] = twist(state[i], state[i + 1], state[i + SHIFT]);
    for (int i = back; i < last; i++) state[i] = twist(state[i], state[i + 1], state[i - back]);
    state[last] = twist(state[last], state[0], state[last - back]);
    for (int32_t i = 0; i < count; i++) numbers[i] = temper(state[i]);
}

/* numbers[i] %= most - i, where most - i is 2 or more. A quotient that is no whole number is at least
   1 / (most - i) below the next one; rounding adds less than 2^-17 / (most - i). What the factor adds makes up
   for rounding down, so that the integer part is exact. */
static void take_remainders(uint32_t *numbers, int32_t count, int32_t most) {
    for (int32_t i = 0; i < count; i++) {
        int32_t quotient = (int32_t)(numbers[i] * ((1 + 0x1p-50) / (most - i)));
        numbers[i] -= (uint32_t)quotient * (uint32_t)(most - i);
    }
}

/* torch.randperm(points) of a generator that was just seeded: the shuffle of Fisher and Yates. */
static void shuffle(uint32_t *state, int32_t points, int32_t *order) {
    uint32_t numbers[STATE];
    for (int32_t i = 0; i < points; i++) order[i] = i;
    for (int32_t first = 0; first < points - 1; first += STATE) {
        int32_t count = points - 1 - first < STATE ? points - 1 - first : STATE;
        draw(state, count, numbers);
        take_remainders(numbers, count, points - first);
        for (int32_t i = 0; i < count; i++) {
            int32_t *here = order + first + i, *other = here + numbers[i], kept = *here;
            *here = *other;
            *other = kept;
        }
    }
}

/* Orders of points, one for each of 1 to TOGETHER seeds, as by
   torch.randperm(points, generator=torch.Generator().manual_seed(seed)) for fewer than 2^32 / 20 points. */
static void permute_some(const int64_t *seeds, int count, int32_t points, int32_t *const orders[]) {
    uint32_t states[TOGETHER][STATE];
    if (count == 1)
        seed_one(seeds[0], states[0]);
    else
        seed_some(seeds, count, states);
    for (int k = 0; k < count; k++) shuffle(states[k], points, orders[k]);
}

/* orders (count, points): one permutation for each seed. */
void draw_orders(const int64_t *seeds, int64_t count, int32_t points, int32_t *orders) {
    for (int64_t done = 0; done < count; done += TOGETHER) {
        int some = count - done < TOGETHER ? (int)(count - done) : TOGETHER;
        int32_t *each[TOGETHER];
        for (int k = 0; k < some; k++) each[k] = orders + (done + k) * points;
        permute_some(seeds + done, some, points, each);
    }
}

/* Numbers for a model's parameters; initial.py says the same. */
typedef struct {
    int64_t first, count; /* the first of these parameters; -1 if the numbers are drawn and not used */
    double low, high;
} uniform;

/* What tensor.uniform_(low, high) makes of a number, for a tensor of float32. */
static float in_range(uint32_t number, float low, float high) {
    return (float)((number & 0xffffff) * 0x1p-24 * (high - low) + low);
}

/* A model's first parameters, as torch draws them after torch.manual_seed(seed), and its generator afterwards.
   The generator's words are those of torch.get_rng_state() after as many draws of another seed. */
void draw_parameters(int64_t seed, const uniform *draws, int64_t count, float *parameters, uint64_t *generator) {
    uint32_t state[STATE], numbers[STATE];
    int64_t used = STATE;
    seed_one(seed, state);
    for (int64_t d = 0; d < count; d++) {
        float low = (float)draws[d].low, high = (float)draws[d].high;
        for (int64_t done = 0; done < draws[d].count;) {
            if (used == STATE) draw(state, STATE, numbers), used = 0;
            int64_t left = draws[d].count - done, some = left < STATE - used ? left : STATE - used;
            if (draws[d].first >= 0)
                for (int64_t i = 0; i < some; i++)
                    parameters[draws[d].first + done + i] = in_range(numbers[used + i], low, high);
            done += some, used += some;
        }
    }
    generator[0] = (uint64_t)seed;
    for (int i = 0; i < STATE; i++) generator[3 + i] = state[i];
}
