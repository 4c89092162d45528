#define _GNU_SOURCE
#include <link.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "CTeredoLinux.h"

static int release_segments(struct dl_phdr_info *program, size_t size, void *context) {
    (void)size, (void)context;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    for (int i = 0; i < program->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &program->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD || segment->p_flags & PF_W) continue;
        uintptr_t start = (program->dlpi_addr + segment->p_vaddr) & ~(page - 1);
        uintptr_t end = (program->dlpi_addr + segment->p_vaddr + segment->p_memsz) & ~(page - 1);
        // Nobody can have written here, so the kernel reads it from the file again when it is needed.
        if (end > start) madvise((void *)start, end - start, MADV_DONTNEED);
    }
    // The first one is the program itself; libraries are shared with others.
    return 1;
}

void teredo_release_code(void) { dl_iterate_phdr(release_segments, NULL); }
