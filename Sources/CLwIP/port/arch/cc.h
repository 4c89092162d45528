// What lwIP asks of the compiler and the C library; everything else is as in its arch.h.
#ifndef TEREDO_LWIP_CC_H
#define TEREDO_LWIP_CC_H

// What must never be is the end of the process, whatever came in: memory that is not understood is not used.
void teredo_tcp_fault(const char *message) __attribute__((noreturn));
#define LWIP_PLATFORM_ASSERT(message) teredo_tcp_fault(message)
#define LWIP_PLATFORM_DIAG(arguments)

#endif
