#include "CTeredoLinux.h"
