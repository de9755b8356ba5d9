// Floating point as the boot ROM offers it, by the compiler's own library. Conversions to integers
// and fixed point round down and saturate (RP2040 datasheet section 2.8.3).
#include <stdint.h>

double floor(double);
double scalbn(double, int);
double __ieee754_sqrt(double);
double __ieee754_exp(double);
double __ieee754_log(double);
double __ieee754_atan2(double, double);
double sin(double), cos(double), tan(double);
float sinf(float), cosf(float), tanf(float);
float __ieee754_sqrtf(float);
float __ieee754_expf(float);
float __ieee754_logf(float);
float __ieee754_atan2f(float, float);

static int32_t to_int(double value) {
  value = floor(value);
  if (value >= 2147483647.0) return INT32_MAX;
  return value <= -2147483648.0 ? INT32_MIN : (int32_t)value;
}
static uint32_t to_uint(double value) {
  value = floor(value);
  if (value >= 4294967295.0) return UINT32_MAX;
  return value <= 0 ? 0 : (uint32_t)value;
}
static int64_t to_int64(double value) {
  value = floor(value);
  if (value >= 9223372036854775807.0) return INT64_MAX;
  return value <= -9223372036854775808.0 ? INT64_MIN : (int64_t)value;
}
static uint64_t to_uint64(double value) {
  value = floor(value);
  if (value >= 18446744073709551615.0) return UINT64_MAX;
  return value <= 0 ? 0 : (uint64_t)value;
}

// The same functions for both types. A 64-bit number may need more bits than a double has, and
// rounds once only if it is converted before it is scaled.
#define ARITHMETIC(p, T)                                                       \
  T rom_##p##add(T a, T b) { return a + b; }                                   \
  T rom_##p##sub(T a, T b) { return a - b; }                                   \
  T rom_##p##mul(T a, T b) { return a * b; }                                   \
  T rom_##p##div(T a, T b) { return a / b; }                                   \
  int rom_##p##cmp(T a, T b) { return a < b ? -1 : a > b; }                    \
  int32_t rom_##p##2int(T a) { return to_int(a); }                             \
  int32_t rom_##p##2fix(T a, int n) { return to_int(scalbn(a, n)); }            \
  uint32_t rom_##p##2uint(T a) { return to_uint(a); }                          \
  uint32_t rom_##p##2ufix(T a, int n) { return to_uint(scalbn(a, n)); }         \
  int64_t rom_##p##2int64(T a) { return to_int64(a); }                         \
  int64_t rom_##p##2fix64(T a, int n) { return to_int64(scalbn(a, n)); }        \
  uint64_t rom_##p##2uint64(T a) { return to_uint64(a); }                      \
  uint64_t rom_##p##2ufix64(T a, int n) { return to_uint64(scalbn(a, n)); }     \
  T rom_int2##p(int32_t a) { return (T)a; }                                    \
  T rom_fix2##p(int32_t a, int n) { return (T)scalbn((T)a, -n); }               \
  T rom_uint2##p(uint32_t a) { return (T)a; }                                  \
  T rom_ufix2##p(uint32_t a, int n) { return (T)scalbn((T)a, -n); }             \
  T rom_int642##p(int64_t a) { return (T)a; }                                  \
  T rom_fix642##p(int64_t a, int n) { return (T)scalbn((T)a, -n); }             \
  T rom_uint642##p(uint64_t a) { return (T)a; }                                \
  T rom_ufix642##p(uint64_t a, int n) { return (T)scalbn((T)a, -n); }

ARITHMETIC(f, float)
ARITHMETIC(d, double)

float rom_fsqrt(float a) { return __ieee754_sqrtf(a); }
float rom_fcos(float a) { return cosf(a); }
float rom_ftan(float a) { return tanf(a); }
float rom_fexp(float a) { return __ieee754_expf(a); }
float rom_fln(float a) { return __ieee754_logf(a); }
float rom_fatan2(float y, float x) { return __ieee754_atan2f(y, x); }
double rom_f2d(float a) { return a; }

double rom_dsqrt(double a) { return __ieee754_sqrt(a); }
double rom_dcos(double a) { return cos(a); }
double rom_dsin(double a) { return sin(a); }
double rom_dtan(double a) { return tan(a); }
double rom_dexp(double a) { return __ieee754_exp(a); }
double rom_dln(double a) { return __ieee754_log(a); }
double rom_datan2(double y, double x) { return __ieee754_atan2(y, x); }
float rom_d2f(double a) { return (float)a; }

// The sine's register is followed by the cosine's; sincosf() relies on it.
uint64_t rom_fsin(float a) {
  union {
    float f[2];
    uint64_t both;
  } result = {{sinf(a), cosf(a)}};
  return result.both;
}
void rom_dsincos_into(double a, double *out) {
  out[0] = sin(a);
  out[1] = cos(a);
}
