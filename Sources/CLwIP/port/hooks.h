// What lwIP calls instead of functions of its own.
#ifndef TEREDO_LWIP_HOOKS_H
#define TEREDO_LWIP_HOOKS_H

#include "lwip/arch.h"

u32_t teredo_tcp_first_number(void);

#endif
