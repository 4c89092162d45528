// The entry point of libFuzzer, which clang's runtime library has (-sanitize=fuzzer).

#ifndef CTEREDOFUZZING_H
#define CTEREDOFUZZING_H

#include <stddef.h>
#include <stdint.h>

/// Fuzzes `callback` as the arguments say, which may be changed, and returns the exit status.
int LLVMFuzzerRunDriver(int *count, char ***arguments, int (*callback)(const uint8_t *octets, size_t length));

#endif
