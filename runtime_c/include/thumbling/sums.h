/* SPDX-License-Identifier: MIT */
/*
 * A few sums at `sum` that grow in straight code: copies of them that GCC keeps in registers. Clang
 * would rather keep much else there, and of the sums several copies on the stack; it grows them in
 * memory.
 */
#ifndef THUMBLING_SUMS_H
#define THUMBLING_SUMS_H

#include "compiler.h"

#if THB_CLANG
#define THB_SUM(k)            sum[k]
#define THB_SUM_LOAD(type, k) ((void)0)
#define THB_SUM_STORE(k)      ((void)0)
#else
#define THB_SUM(k)            sum##k
#define THB_SUM_LOAD(type, k) type sum##k = sum[k]
#define THB_SUM_STORE(k)      sum[k] = sum##k
#endif

#endif
