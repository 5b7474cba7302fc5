/* Runs side by side: number l of a vector belongs to the run in lane l, and nothing is ever summed across lanes.
   So a run's bits cannot follow from its neighbours or from its lane.

   REAL is float or double, WHOLE the integer of its size. Both the lanes of a group and the sums of a tile
   keep to registers of 32 bytes, also where a processor has wider ones: half as many runs wait for each other,
   and a run alone takes half as long. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef IS_DOUBLE
#define REAL double
#define WHOLE int64_t
#define OF_REAL(name) name
#else
#define REAL float
#define WHOLE int32_t
#define OF_REAL(name) name##f
#endif

#if defined __AVX512VL__
#define REGISTER_BYTES 64
#elif defined __AVX__
#define REGISTER_BYTES 32
#else
#define REGISTER_BYTES 16
#endif
#ifndef VECTOR_BYTES
#define VECTOR_BYTES (REGISTER_BYTES < 32 ? REGISTER_BYTES : 32)
#endif
#define LANES ((int)(VECTOR_BYTES / sizeof(REAL)))

typedef REAL lanes __attribute__((vector_size(VECTOR_BYTES)));
typedef WHOLE whole_lanes __attribute__((vector_size(VECTOR_BYTES)));

/* a * b + c, rounded once where the processor can; nowhere else does the compiler contract a product and a sum,
   for it does so in one place and not in another. */
#if defined __FMA__ && VECTOR_BYTES <= REGISTER_BYTES
#include <immintrin.h>
#if VECTOR_BYTES == 64
#define X86(name) _mm512_##name
#elif VECTOR_BYTES == 32
#define X86(name) _mm256_##name
#else
#define X86(name) _mm_##name
#endif
#ifdef IS_DOUBLE
#define MULTIPLY_ADD(a, b, c) X86(fmadd_pd)(a, b, c)
#else
#define MULTIPLY_ADD(a, b, c) X86(fmadd_ps)(a, b, c)
#endif
#elif defined __aarch64__ && VECTOR_BYTES <= REGISTER_BYTES
#include <arm_neon.h>
#ifdef IS_DOUBLE
#define MULTIPLY_ADD(a, b, c) vfmaq_f64(c, a, b)
#else
#define MULTIPLY_ADD(a, b, c) vfmaq_f32(c, a, b)
#endif
#else
#define MULTIPLY_ADD(a, b, c) ((a) * (b) + (c))
#endif

static inline lanes splat(REAL x) { return x - (lanes){0}; }

/* `on` where a mask is all ones, `off` where it is 0. */
static inline lanes choose(whole_lanes mask, lanes on, lanes off) {
    return (lanes)((mask & (whole_lanes)on) | (~mask & (whole_lanes)off));
}
