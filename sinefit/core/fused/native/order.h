/* torch.randperm's permutations: the Mersenne twister MT19937 (Matsumoto and Nishimura 1998) and the shuffle
   of Fisher and Yates, as torch.randperm(n, generator=torch.Generator().manual_seed(seed)) gives them. */

#include <stdint.h>

#define STATE 624
#define SHIFT 397

static uint32_t twist(uint32_t high, uint32_t low, uint32_t far) {
    uint32_t mixed = (high & 0x80000000u) | (low & 0x7fffffffu);
    return far ^ (mixed >> 1) ^ (low & 1 ? 0x9908b0dfu : 0);
}

static void refill(uint32_t *state) {
    for (int i = 0; i < STATE - SHIFT; i++) state[i] = twist(state[i], state[i + 1], state[i + SHIFT]);
    for (int i = STATE - SHIFT; i < STATE - 1; i++)
        state[i] = twist(state[i], state[i + 1], state[i + SHIFT - STATE]);
    state[STATE - 1] = twist(state[STATE - 1], state[0], state[SHIFT - 1]);
}

static uint32_t temper(uint32_t y) {
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680u;
    y ^= (y << 15) & 0xefc60000u;
    return y ^ (y >> 18);
}

static void permute(uint32_t seed, int32_t points, int32_t *order) {
    uint32_t state[STATE] = {seed};
    for (uint32_t i = 1; i < STATE; i++)
        state[i] = 1812433253u * (state[i - 1] ^ (state[i - 1] >> 30)) + i;
    for (int32_t i = 0; i < points; i++) order[i] = i;
    for (int32_t i = 0, next = STATE; i < points - 1; i++) {
        if (next == STATE) refill(state), next = 0;
        int32_t other = i + (int32_t)(temper(state[next++]) % (uint32_t)(points - i)), kept = order[i];
        order[i] = order[other];
        order[other] = kept;
    }
}

/* orders (count, points): one permutation for each seed. */
void draw_orders(const int64_t *seeds, int64_t count, int32_t points, int32_t *orders) {
    for (int64_t i = 0; i < count; i++) permute((uint32_t)seeds[i], points, orders + i * points);
}
