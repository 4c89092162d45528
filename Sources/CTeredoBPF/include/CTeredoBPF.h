// The programs for the kernel's virtual machine, compiled: scripts/build-bpf makes objects.c out of bpf/*.bpf.c.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// The ELF object made from bpf/server.bpf.c; stores its length.
const uint8_t *teredo_bpf_server_object(size_t *length);

/// The ELF object made from bpf/datapath.bpf.c; stores its length.
const uint8_t *teredo_bpf_datapath_object(size_t *length);
