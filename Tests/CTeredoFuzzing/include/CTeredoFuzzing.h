// What fuzz targets need that Swift cannot call: libFuzzer itself, programs of the kernel, and sockets around the forwarder of names.

#ifndef CTEREDOFUZZING_H
#define CTEREDOFUZZING_H

#include <stddef.h>
#include <stdint.h>

/// The entry point of libFuzzer, which clang's runtime library has (-sanitize=fuzzer): fuzzes `callback` as the arguments say, which may be changed, and returns the exit status.
int LLVMFuzzerRunDriver(int *count, char ***arguments, int (*callback)(const uint8_t *octets, size_t length));

/// Runs a program of the kernel on `input`; what it made of it goes into `output`, which has room for `*length` octets. Returns
/// what the program returned, or TEREDO_BPF_UNTRIED with errno: programs of traffic control return -1 as well.
#define TEREDO_BPF_UNTRIED (-1000)
int teredo_bpf_try(int program, const uint8_t *input, uint32_t input_length, uint8_t *output, uint32_t *length);

/// Has the forwarder of names live through what an input says; returns what did not hold, NULL when all did.
const char *teredo_fuzz_names(const uint8_t *input, size_t length);

#endif
