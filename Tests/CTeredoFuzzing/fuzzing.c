#include "CTeredoFuzzing.h"

#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int teredo_bpf_try(int program, const uint8_t *input, uint32_t input_length, uint8_t *output, uint32_t *length) {
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.test.prog_fd = (uint32_t)program;
    attributes.test.data_in = (uintptr_t)input;
    attributes.test.data_size_in = input_length;
    attributes.test.data_out = (uintptr_t)output;
    attributes.test.data_size_out = *length;
    attributes.test.repeat = 1;
    if (syscall(SYS_bpf, BPF_PROG_TEST_RUN, &attributes, sizeof attributes) < 0) return TEREDO_BPF_UNTRIED;
    *length = attributes.test.data_size_out;
    return (int)attributes.test.retval;
}
