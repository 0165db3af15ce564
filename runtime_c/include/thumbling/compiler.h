/* SPDX-License-Identifier: MIT */
/*
 * What the runtime and generated code ask of compilers. Private: no header that a user includes
 * includes this one. GNU C stands behind __GNUC__ alone; other compilers are given C99.
 */
#ifndef THUMBLING_COMPILER_H
#define THUMBLING_COMPILER_H

#include "thumbling.h"

/* Define it to do without assembly and builtins: the portable C then is all there is. */
#if !defined(__GNUC__) && !defined(THB_NO_INTRINSICS)
#define THB_NO_INTRINSICS
#endif

/* Clang defines __GNUC__ too. */
#if defined(__GNUC__) && defined(__clang__)
#define THB_CLANG 1
#else
#define THB_CLANG 0
#endif

#if defined(__GNUC__)
#define THB_INLINE    static inline __attribute__((always_inline))
#define THB_NOINLINE  __attribute__((noinline))
#define THB_LIKELY(x) __builtin_expect(!!(x), 1)
#else
#define THB_INLINE static inline
#define THB_NOINLINE
#define THB_LIKELY(x) (x)
#endif

/* A field of an initialiser by its name, as C99 has it; C++ before 20 goes by the order alone. */
#if defined(__cplusplus) && __cplusplus < 202002L
#define THB_FIELD(name, ...) __VA_ARGS__
#else
#define THB_FIELD(name, ...) .name = __VA_ARGS__
#endif

/* A section of its own, so that the linker can drop a descriptor also where no flag asks for one
 * section a constant. */
#if defined(__GNUC__) && defined(__ELF__)
#define THB_OWN_SECTION(name) __attribute__((section(".rodata." name)))
#else
#define THB_OWN_SECTION(name)
#endif

/*
 * Functions that are not inlined. Every model's folder brings them, and a program may hold several
 * models: linkers keep one of equal copies. A name carries the ABI number, so that models of two
 * versions each find their own.
 */
#if defined(__GNUC__)
#define THB_SHARED __attribute__((weak))
#else
#define THB_SHARED
#endif
#define THB_PASTE_(name, abi)  name##_abi##abi
#define THB_EXPAND_(name, abi) THB_PASTE_(name, abi)
#define THB_SHARED_NAME(name)  THB_EXPAND_(name, THB_RUNTIME_ABI)

/* A function that Clang must not merge with others like it: it would keep what they read, and what
 * they answer, of all of them on the stack. */
#if THB_CLANG
#define THB_APART THB_NOINLINE static
#else
#define THB_APART static inline
#endif

/* Makes Clang compute a variable here: it would keep what it is made of until it is needed. */
#if THB_CLANG
#define THB_NOW(variable) __asm__ volatile("" : "+r"(variable))
#else
#define THB_NOW(variable) ((void)0)
#endif

/* In a loop that sets memory: keeps compilers from making a call of memset or memcpy of it. */
#if defined(__GNUC__)
#define THB_NO_LIBRARY_CALL() __asm__ volatile("" ::: "memory")
#else
#define THB_NO_LIBRARY_CALL() ((void)0)
#endif

/* Before an inner loop: how many turns stand in a row; and of a few turns, no loop at all. */
#if defined(__GNUC__) && !THB_CLANG
#define THB_PRAGMA_(text)     _Pragma(#text)
#define THB_UNROLL_BY(number) THB_PRAGMA_(GCC unroll number)
#else
#define THB_UNROLL_BY(number)
#endif
#define THB_UNROLL THB_UNROLL_BY(16)

/* Before a loop over an array that is to stay in memory: unrolled, its elements would be spilled
 * registers. */
#if THB_CLANG
#define THB_ROLLED _Pragma("clang loop unroll(disable) vectorize(disable)")
#else
#define THB_ROLLED THB_UNROLL_BY(1)
#endif

#endif
